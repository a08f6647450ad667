import { Option, type Command } from 'commander';
import {
  accepted,
  HierarchyStatusDocument,
  JoinHierarchyDocument,
  RunCompleteReplicationDocument,
  type JoinCheckFieldsFragment,
  type JoinHierarchyInput,
  type ParentLinkFieldsFragment,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { followJobs, refuseFailedJobs, type WaitOptions } from '../jobs/follow-jobs.ts';
import { addWaitFlags } from '../jobs/wait-flags.ts';
import { createProgress } from '../output/progress.ts';
import { readNamedFile } from '../package-server-host.ts';
import type { Session } from '../session.ts';
import { HEALTH_VIEW } from './hierarchy-status.ts';
import { JOIN_CHECK_VIEW, RELATION_VIEW } from './hierarchy-views.ts';

interface JoinOptions extends WaitOptions {
  readonly joinTokenFile?: string;
  readonly onConflict?: 'refuse' | 'adopt' | 'keep-local';
  readonly metadataOnly?: boolean;
  readonly expectRoot?: string;
  readonly replaceParent?: boolean;
  readonly dryRun?: boolean;
}

/** Between two looks at a join that completes by itself. */
const LOOK_MS = 500;

/** The verbs of `hierarchy` that make the SMP a child of another. */
export function hierarchyJoinCommands(app: App, noun: Command): void {
  const parentOf = (command: Command): Command =>
    command
      .argument('<parent-url>', 'where the parent is reached: https://host:port')
      .option(
        '--join-token-file <file>',
        'file with the token, - for stdin (or CANOPY_JOIN_TOKEN); asked for when absent',
      )
      .addOption(
        new Option(
          '--on-conflict <choice>',
          'local packages that have the GUID of one of the parent (refuse)',
        ).choices(['refuse', 'adopt', 'keep-local']),
      )
      .option('--metadata-only', 'without package servers; packages never move')
      .option('--expect-root <node-id>', 'node id that the root of the tree must have')
      .option('--replace-parent', 'take the place of the present parent');
  examples(
    parentOf(
      noun.command('check').summary('run every check of a join on both sides; change nothing'),
    ).action(app.action(check)),
    ['hierarchy check https://smp1.example --join-token-file child.token'],
  );
  examples(
    addWaitFlags(
      parentOf(noun.command('join').summary('make the SMP a child of another')).option(
        '--dry-run',
        'as check: change nothing',
      ),
    ).action(app.action(join)),
    [
      'hierarchy join https://smp1.example --join-token-file child.token',
      'hierarchy join https://smp1.example --join-token-file child.token --wait --timeout 10m',
      'hierarchy join https://smp1.example --join-token-file - --on-conflict adopt',
    ],
  );
}

async function check(session: Session<JoinOptions>, parentUrl: string): Promise<void> {
  const client = await session.client();
  const input = { ...(await joinInput(session, parentUrl)), dryRun: true };
  const answer = await client.execute(JoinHierarchyDocument, { input });
  const checks = accepted(answer.joinHierarchy).checks ?? [];
  session.printer.list(JOIN_CHECK_VIEW, checks);
  noteCures(session, checks);
  const inTheWay = checks.filter(
    ({ outcome }) => outcome === 'FAILED' || outcome === 'NOT_RUN',
  ).length;
  if (inTheWay === 0) return session.note('Nothing is in the way of the join.');
  throw new CliError(EXIT.CONFLICT, `${inTheWay} of ${checks.length} checks are in the way.`);
}

/** What to do, beside the table, for people. */
function noteCures(session: Session, checks: readonly JoinCheckFieldsFragment[]): void {
  for (const { side, text, outcome, cures } of checks) {
    if (outcome === 'PASSED' || cures.length === 0) continue;
    session.note(`${side.toLowerCase()}: ${text}`);
    for (const cure of cures) {
      session.note(`  ${cure.text}`);
      if (cure.command) session.note(`    $ ${cure.command}`);
    }
  }
}

async function join(session: Session<JoinOptions>, parentUrl: string): Promise<void> {
  if (session.options.dryRun) return check(session, parentUrl);
  const client = await session.client();
  const input = await joinInput(session, parentUrl);
  const answer = await client.execute(JoinHierarchyDocument, { input });
  const parent = accepted(answer.joinHierarchy).parent!;
  if (session.options.wait) return waitForParent(session, client, parent);
  session.printer.one(RELATION_VIEW, { ...parent, role: 'parent' });
  if (parent.state !== 'JOINING') return;
  session.note('The join completes by itself. See it: canopy hierarchy list');
}

/** Until both sides agree, the link is open, and everything of the parent's that is for it is here. */
async function waitForParent(
  session: Session<JoinOptions>,
  client: SmpClient,
  { guid, name }: ParentLinkFieldsFragment,
): Promise<void> {
  const { io, options } = session;
  const startedAtMs = io.clock.monotonicMs();
  const leftMs = (): number =>
    (options.timeout ?? Infinity) - (io.clock.monotonicMs() - startedAtMs);
  const progress = createProgress(session);
  try {
    for (;;) {
      const { parent } = (await client.execute(HierarchyStatusDocument, {})).smp;
      if (parent?.guid !== guid || parent.state === 'LEFT') throw notJoined(name, parent?.reason);
      if (parent.state === 'JOINED' && parent.connected) break;
      const what = parent.state === 'JOINED' ? 'opening the link' : 'joining';
      const text = [`${name}: ${what}`, parent.lastError].filter(Boolean).join(' · ');
      progress.show({ percent: 0, text });
      if (leftMs() <= 0) throw stillJoining(text);
      await io.clock.sleep(Math.min(LOOK_MS, Math.max(1, leftMs())), io.signal);
    }
  } finally {
    progress.end();
  }
  const input = { neighbourId: guid };
  const { runCompleteReplication } = await client.execute(RunCompleteReplicationDocument, {
    input,
  });
  // Timers take whole milliseconds, and the clock counts parts of them.
  const timeout =
    options.timeout === undefined ? {} : { timeout: Math.ceil(Math.max(1, leftMs())) };
  const waiting = { ...session, options: { ...options, ...timeout } };
  refuseFailedJobs(await followJobs(waiting, [accepted(runCompleteReplication).job!]));
  const { parent } = (await client.execute(HierarchyStatusDocument, {})).smp;
  session.printer.one(HEALTH_VIEW, { ...parent!, role: 'parent' });
}

function notJoined(name: string, reason: string | null | undefined): CliError {
  const text = `The join to ${name} came to nothing${reason ? `: ${reason}` : '.'}`;
  return new CliError(EXIT.CONFLICT, text, 'See what is in the way: canopy hierarchy check');
}

function stillJoining(text: string): CliError {
  const hint = 'See it: canopy hierarchy status';
  return new CliError(EXIT.TIMED_OUT, `${text}. It goes on by itself.`, hint);
}

async function joinInput(
  session: Session<JoinOptions>,
  parentUrl: string,
): Promise<JoinHierarchyInput> {
  const { onConflict, metadataOnly, expectRoot, replaceParent } = session.options;
  return {
    parentUrl,
    token: (await joinToken(session)).trim(),
    ...(onConflict === undefined ? {} : { onConflict: CONFLICT_CHOICES[onConflict] }),
    ...(metadataOnly ? { metadataOnly } : {}),
    ...(expectRoot === undefined ? {} : { expectRoot }),
    ...(replaceParent ? { replaceParent } : {}),
  };
}

const CONFLICT_CHOICES = {
  refuse: 'REFUSE',
  adopt: 'ADOPT',
  'keep-local': 'KEEP_LOCAL',
} as const;

async function joinToken(session: Session<JoinOptions>): Promise<string> {
  const { io, options } = session;
  const { joinTokenFile: file } = options;
  if (file === '-') return io.readStdin();
  if (file !== undefined) return (await readNamedFile(session, file)).toString('utf8');
  return (
    io.environment['CANOPY_JOIN_TOKEN'] ??
    (await session.askSecret(
      'Token of the parent: ',
      'The token of the parent is missing; use --join-token-file or CANOPY_JOIN_TOKEN.',
    ))
  );
}
