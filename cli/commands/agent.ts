import type { Command } from 'commander';
import { agentFolder, openAgent, packageIdOf, type AgentOptions } from '../agent-host.ts';
import { examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { formatBytes } from '../output/format-value.ts';
import { createProgress } from '../output/progress.ts';
import { defineView } from '../output/view.ts';
import { parseCount } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { addAgentFlags } from './agent-flags.ts';
import { explainCommand } from './agent-explain.ts';
import { rawCommands } from './agent-raw.ts';

interface FetchOptions extends AgentOptions {
  readonly untilHere?: boolean;
}

/** From the agent itself, which is only loaded when it acts. */
type Agent = Awaited<ReturnType<typeof openAgent>>;
type SourceLine = Awaited<ReturnType<Agent['sources']>>[number];

const SOURCE_VIEW = defineView<SourceLine>({
  name: (row) => row.url,
  columns: [
    { header: 'rank', value: (row) => row.rank, kind: 'number' },
    { header: 'kind', value: (row) => row.kind },
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'state', value: (row) => row.state },
    { header: 'per second', value: (row) => row.bytesPerSecond, kind: 'bytes' },
    { header: 'errors', value: (row) => row.errors, kind: 'number' },
    { header: 'url', value: (row) => row.url },
    { header: 'reason', value: (row) => row.reason, wide: true },
  ],
});

interface SyncLine {
  readonly packageId: string;
  readonly name: string;
  readonly requiredVersion: number;
  readonly state: string;
  readonly detail: string;
}

const SYNC_VIEW = defineView<SyncLine>({
  name: (row) => row.packageId,
  columns: [
    { header: 'package', value: (row) => row.packageId, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'required', value: (row) => row.requiredVersion },
    { header: 'state', value: (row) => row.state },
    { header: 'detail', value: (row) => row.detail },
  ],
});

/** What a managed computer does, by hand; and what the server would tell it. */
export function agentCommand(app: App): Command {
  const noun = app.noun('agent', 'act as an agent, and see what agents are told');
  const fetch = addAgentFlags(
    noun.command('fetch').summary('get a package as an agent does').argument('<package>'),
  )
    .option('--until-here', 'try again by the retry schedule until it is here')
    .option('--max-rate <bytes>', 'bytes per second at most', parseCount)
    .option('--allow-unsigned', 'take packages of servers that do not sign their snapshots')
    .action(app.action(fetchOne));
  examples(fetch, [
    'agent fetch {46D50E6E-183C-4D15-9767-EE14EBEA5ED4} --server http://smp1.example:8080',
    'agent fetch "7-Zip" --until-here',
  ]);
  const sync = addAgentFlags(
    noun.command('sync').summary("get every package of the computer's policies"),
  )
    .option('--allow-unsigned', 'take packages of servers that do not sign their snapshots')
    .action(app.action(syncAll));
  examples(sync, ['agent sync', 'agent sync --resource PC-0042']);
  const sources = addAgentFlags(
    noun
      .command('sources')
      .summary('list the sources of a package, as in Download History > Sources (KB 180560)')
      .argument('<package>'),
  ).action(app.action(listSources));
  examples(sources, ['agent sources "7-Zip"']);
  noun.addCommand(explainCommand(app));
  for (const command of rawCommands(app)) noun.addCommand(command);
  return noun;
}

async function fetchOne(session: Session<FetchOptions>, text: string): Promise<void> {
  const { io, options, printer, note } = session;
  const agent = await openAgent(session);
  const progress = createProgress(session);
  const request = {
    packageId: await packageIdOf(session, text),
    ...(options.tryingFor === undefined ? {} : { tryingForMs: options.tryingFor }),
    signal: io.signal,
    onProgress: (state: TransferState) =>
      progress.show({ percent: percentOf(state), text: transferText(state) }),
    onWait: ({ delayMs, reason }: { delayMs: number; reason: string }) =>
      note(`${reason} Trying again in ${Math.round(delayMs / 60_000)} min.`),
  };
  try {
    const outcome = options.untilHere
      ? await agent.fetchUntilHere(request)
      : await agent.fetchPackage(request);
    progress.end();
    if (outcome.state === 'WAITING') {
      throw new CliError(
        EXIT.FAILED,
        outcome.reason,
        'Why: canopy agent explain --package <package>',
      );
    }
    printer.data(outcome, `${outcome.folder}\n`);
    const fetched = formatBytes(outcome.bytesFetched);
    note(`Version ${outcome.internalVersion} is here and verified; ${fetched} were fetched.`);
  } finally {
    progress.end();
  }
}

interface TransferState {
  readonly phase: string;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly rateBytesPerSecond: number;
  readonly etaMs: number | undefined;
}

function percentOf({ bytesDone, bytesTotal }: TransferState): number {
  return bytesTotal > 0 ? Math.floor((bytesDone / bytesTotal) * 100) : 0;
}

function transferText(state: TransferState): string {
  const files = `${state.filesDone} of ${state.filesTotal} files`;
  const bytes = `${formatBytes(state.bytesDone)} of ${formatBytes(state.bytesTotal)}`;
  const rate = `${formatBytes(state.rateBytesPerSecond)}/s`;
  const left = state.etaMs === undefined ? '' : `, ${Math.ceil(state.etaMs / 1000)} s left`;
  return `${state.phase.toLowerCase()} · ${files} · ${bytes} · ${rate}${left}`;
}

async function syncAll(session: Session<AgentOptions>): Promise<void> {
  const agent = await openAgent(session);
  const synced = await agent.syncPolicies({ signal: session.io.signal });
  const lines = synced.map(({ packageId, name, requiredVersion, outcome }) => ({
    packageId,
    name,
    requiredVersion,
    state: outcome.state,
    detail: 'reason' in outcome ? outcome.reason : outcome.folder,
  }));
  session.printer.list(SYNC_VIEW, lines);
  const open = lines.filter(({ state }) => state === 'WAITING' || state === 'FAILED');
  if (open.length === 0) return;
  throw new CliError(
    open.length < lines.length ? EXIT.PARTLY_DONE : EXIT.FAILED,
    `${open.length} of ${lines.length} packages are not here.`,
    'Why: canopy agent explain --package <package>',
  );
}

async function listSources(session: Session<AgentOptions>, text: string): Promise<void> {
  const agent = await openAgent(session);
  const rows = await agent.sources(await packageIdOf(session, text));
  session.printer.list(SOURCE_VIEW, rows);
  session.note(`Files: ${agentFolder(session)}`);
}
