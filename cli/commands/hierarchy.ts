import { Option, type Command } from 'commander';
import {
  accepted,
  CreateEnrollmentTokenDocument,
  HierarchyRelationsDocument,
  JoinHierarchyDocument,
  LeaveHierarchyDocument,
  RemoveChildDocument,
  type JoinCheckFieldsFragment,
  type JoinHierarchyInput,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { readNamedFile } from '../package-server-host.ts';
import { parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { childGuid } from '../look-up-neighbour.ts';
import { hierarchyReplicationCommands } from './hierarchy-replication.ts';
import { hierarchyStatusCommand } from './hierarchy-status.ts';
import { hierarchyTreeCommand } from './hierarchy-tree.ts';
import { JOIN_CHECK_VIEW, RELATION_VIEW } from './hierarchy-views.ts';

interface JoinOptions {
  readonly joinTokenFile?: string;
  readonly onConflict?: 'refuse' | 'adopt' | 'keep-local';
  readonly metadataOnly?: boolean;
  readonly expectRoot?: string;
  readonly replaceParent?: boolean;
  readonly dryRun?: boolean;
}

interface EndOptions {
  readonly items: 'keep' | 'delete';
  readonly dryRun?: boolean;
}

export function hierarchyCommand(app: App): Command {
  const noun = app.noun('hierarchy', 'the tree of SMPs that this one belongs to');
  tokenCommand(app, noun);
  joinCommands(app, noun);
  endCommands(app, noun);
  hierarchyStatusCommand(app, noun);
  hierarchyReplicationCommands(app, noun);
  hierarchyTreeCommand(app, noun);
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list the parent and the children of the SMP')
      .action(app.action(list)),
    ['hierarchy list', 'hierarchy list -o wide'],
  );
  return noun;
}

function tokenCommand(app: App, noun: Command): void {
  const token = noun.command('token').summary('tokens with which SMPs join this one');
  examples(
    token
      .command('create')
      .summary('make a token with which one SMP joins this one as a child, once')
      .option('--expires-in <duration>', 'how long it is good (1h)', parseDurationMs)
      .action(app.action(createToken)),
    ['hierarchy token create > child.token', 'hierarchy token create --expires-in 2d'],
  );
}

function joinCommands(app: App, noun: Command): void {
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
    parentOf(noun.command('join').summary('make the SMP a child of another'))
      .option('--dry-run', 'as check: change nothing')
      .action(app.action(join)),
    [
      'hierarchy join https://smp1.example --join-token-file child.token',
      'hierarchy join https://smp1.example --join-token-file - --on-conflict adopt',
    ],
  );
}

function endCommands(app: App, noun: Command): void {
  const ending = (command: Command): Command =>
    command
      .addOption(
        new Option('--items <choice>', 'packages that came from the parent')
          .choices(['keep', 'delete'])
          .default('keep'),
      )
      .option('--dry-run', 'only tell what would happen');
  examples(
    ending(noun.command('leave').summary('leave the parent, also while it is down')).action(
      app.action(leave),
    ),
    ['hierarchy leave', 'hierarchy leave --items delete --yes'],
  );
  examples(
    ending(noun.command('remove').alias('rm').summary('remove a child, also while it is down'))
      .argument('<child>', 'GUID or exact name')
      .action(app.action(remove)),
    ['hierarchy remove smp2', 'hierarchy remove smp2 --items delete --yes'],
  );
}

/** The token alone goes to stdout as a table, so that it can be put into a file. */
async function createToken(session: Session<{ readonly expiresIn?: number }>): Promise<void> {
  const client = await session.client();
  const { expiresIn } = session.options;
  const life = expiresIn === undefined ? {} : { expiresInMinutes: Math.ceil(expiresIn / 60_000) };
  const input = { kind: 'CHILD' as const, ...life };
  const answer = await client.execute(CreateEnrollmentTokenDocument, { input });
  const { token, expiresAt } = accepted(answer.createEnrollmentToken);
  session.printer.data({ token, expiresAt }, `${token}\n`);
  session.note('This is the only time that the token is shown; one SMP can join with it, once.');
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
  const { parent } = accepted(answer.joinHierarchy);
  session.printer.one(RELATION_VIEW, { ...parent!, role: 'parent' });
  if (parent!.state === 'JOINING') {
    session.note('The join completes by itself. See it: canopy hierarchy list');
  }
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

async function leave(session: Session<EndOptions>): Promise<void> {
  const { dryRun = false, items } = session.options;
  const client = await session.client();
  if (!dryRun) await session.confirm(`Leave the parent and ${items} the packages it sent?`);
  const input = { items: items === 'keep' ? ('KEEP' as const) : ('DELETE' as const), dryRun };
  const answer = await client.execute(LeaveHierarchyDocument, { input });
  const { parent } = accepted(answer.leaveHierarchy);
  session.printer.one(RELATION_VIEW, { ...parent!, role: 'parent' });
  if (dryRun) session.note('Nothing was changed.');
}

async function remove(session: Session<EndOptions>, text: string): Promise<void> {
  const { dryRun = false, items } = session.options;
  const client = await session.client();
  const childId = await childGuid(client, text);
  if (!dryRun) await session.confirm(`Remove the child '${text}'?`);
  const input = {
    childId,
    items: items === 'keep' ? ('KEEP' as const) : ('DELETE' as const),
    dryRun,
  };
  const answer = await client.execute(RemoveChildDocument, { input });
  const { child } = accepted(answer.removeChild);
  session.printer.one(RELATION_VIEW, { ...child!, role: 'child' });
  if (dryRun) session.note('Nothing was changed.');
}

async function list(session: Session): Promise<void> {
  const client = await session.client();
  const { smp } = await client.execute(HierarchyRelationsDocument, {});
  const parents = [...(smp.parent ? [smp.parent] : []), ...smp.leftParents];
  session.printer.list(RELATION_VIEW, [
    ...parents.map((parent) => ({ ...parent, role: 'parent' as const })),
    ...smp.children.map((child) => ({ ...child, role: 'child' as const })),
  ]);
}
