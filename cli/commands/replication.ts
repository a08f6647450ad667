import type { Command } from 'commander';
import {
  ConvergenceChangedDocument,
  GetConvergenceDocument,
  resumable,
  type ConvergenceFieldsFragment,
  type NodeConvergenceFieldsFragment,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { guidOf } from '../look-up.ts';
import { createProgress } from '../output/progress.ts';
import { defineView } from '../output/view.ts';
import { parseCount, parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';

interface VersionOptions {
  /** `--internal-version`; the current one when absent. */
  readonly internalVersion?: number;
}

interface WaitOptions extends VersionOptions {
  /** Milliseconds; without it there is no end. */
  readonly timeout?: number;
}

export function replicationCommand(app: App): Command {
  const noun = app.noun('replication', 'how far versions have come in the tree');
  examples(
    versionFlag(
      noun.command('show').summary('how far a version has come, server by server'),
    ).action(app.action(show)),
    ['replication show "7-Zip"', 'replication show "7-Zip" -o json'],
  );
  examples(
    versionFlag(
      noun.command('wait').summary('wait until every SMP and package server below has a version'),
    )
      .option('--timeout <duration>', 'no longer than this (90s, 10m)', parseDurationMs)
      .action(app.action(wait)),
    ['replication wait "7-Zip"', 'replication wait "7-Zip" --timeout 30m'],
  );
  return noun;
}

function versionFlag(command: Command): Command {
  return command
    .argument('<package>', 'GUID or exact name')
    .option('--internal-version <number>', 'this version; the current one without it', parseCount);
}

const CONVERGENCE_VIEW = defineView<ConvergenceFieldsFragment>({
  name: (row) => String(row.internalVersion),
  columns: [
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'percent', value: (row) => row.percent, kind: 'number' },
    { header: 'SMPs', value: (row) => `${row.nodes.done} of ${row.nodes.total}` },
    {
      header: 'package servers',
      value: (row) => `${row.packageServers.done} of ${row.packageServers.total}`,
    },
    { header: 'received p95 ms', value: (row) => row.received.p95Ms, kind: 'number' },
    { header: 'verified p95 ms', value: (row) => row.verified.p95Ms, kind: 'number' },
    { header: 'waits for', value: (row) => blockerText(row) },
  ],
});

const NODE_VIEW = defineView<NodeConvergenceFieldsFragment>({
  name: (row) => row.nodeId,
  columns: [
    { header: 'SMP', value: (row) => row.name },
    { header: 'received', value: (row) => row.received },
    { header: 'took ms', value: (row) => row.tookMs, kind: 'number' },
    { header: 'package servers', value: serversText },
    { header: 'waits for', value: waitingText },
    { header: 'connected', value: (row) => row.connected, wide: true },
    { header: 'node id', value: (row) => row.nodeId, wide: true },
  ],
});

function serversText({ packageServers }: NodeConvergenceFieldsFragment): string {
  const verified = packageServers.filter((server) => server.verified).length;
  return packageServers.length === 0 ? '' : `${verified} of ${packageServers.length}`;
}

function waitingText({ reason, packageServers }: NodeConvergenceFieldsFragment): string {
  const waiting = packageServers.filter(({ verified }) => !verified);
  const first = waiting[0];
  if (reason || !first) return reason ?? '';
  const more = waiting.length > 1 ? ` (and ${waiting.length - 1} more)` : '';
  return `${first.name}: ${first.reason ?? first.state}${more}`;
}

function blockerText({ blocker }: ConvergenceFieldsFragment): string {
  if (!blocker) return '';
  const at = blocker.kind === 'SMP' ? '' : ` of ${blocker.nodeName}`;
  return `${blocker.name}${at}: ${blocker.reason}`;
}

async function show(session: Session<VersionOptions>, name: string): Promise<void> {
  const client = await session.client();
  const by = await versionOf(session, name);
  const nodes = await collectPages(undefined, async (page) => {
    const { convergence } = await client.execute(GetConvergenceDocument, { by, ...page });
    return convergence.byNode;
  });
  session.printer.list(NODE_VIEW, nodes);
}

async function wait(session: Session<WaitOptions>, name: string): Promise<void> {
  const client = await session.client();
  const by = await versionOf(session, name);
  const { timeout: timeoutMs } = session.options;
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signal = deadline ? AbortSignal.any([session.io.signal, deadline]) : session.io.signal;
  const progress = createProgress(session);
  let last: ConvergenceFieldsFragment | undefined;
  try {
    const states = resumable(client, {
      document: ConvergenceChangedDocument,
      variables: () => ({ by }),
      signal,
    });
    for await (const { convergenceChanged } of states) {
      last = convergenceChanged;
      progress.show({ percent: last.percent, text: stateText(last) });
      if (last.complete) break;
    }
  } catch (error) {
    if (!deadline?.aborted) throw error;
    throw new CliError(
      EXIT.TIMED_OUT,
      `It goes on, but ${name} is not everywhere yet${last ? `: ${stateText(last)}` : '.'}`,
      `See where: canopy replication show ${JSON.stringify(name)}`,
    );
  } finally {
    progress.end();
  }
  if (last) session.printer.one(CONVERGENCE_VIEW, last);
}

function stateText(state: ConvergenceFieldsFragment): string {
  const { nodes, packageServers, percent } = state;
  const counts =
    `${percent} % · ${nodes.done} of ${nodes.total} SMPs · ` +
    `${packageServers.done} of ${packageServers.total} package servers`;
  const blocker = blockerText(state);
  return blocker === '' ? counts : `${counts} · waits for ${blocker}`;
}

async function versionOf(session: Session<VersionOptions>, name: string) {
  const packageId = await guidOf(await session.client(), 'package', name);
  const { internalVersion } = session.options;
  return internalVersion === undefined
    ? { packageId }
    : { version: { packageId, internalVersion } };
}
