import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import { Idle } from '../../catalog/idle.ts';
import type { Wakeups } from '../../catalog/ports.ts';
import type { CatalogQueries } from '../../catalog/queries.ts';
import type { Child, NodeSummary } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import { bracedGuid, type Guid } from '../../core/guid.ts';
import { abortable } from '../abortable.ts';
import { measureConvergence, type Convergence } from './measure-convergence.ts';
import { progressOf } from './progress-of.ts';
import { NO_RAISE } from '../link/raises.ts';

export interface ConvergenceInputs {
  readonly context: CatalogContext;
  readonly queries: CatalogQueries;
  readonly wakeups: Wakeups;
}

/** One version of a package; the current one when `internalVersion` is absent. */
export interface SnapshotReference {
  readonly packageId: Guid;
  readonly internalVersion?: number | undefined;
}

export interface AuthorizedConvergence {
  /** Throws `NOT_FOUND` for a package, or a version, that this node does not know. */
  of(snapshot: SnapshotReference): Promise<Convergence>;
  /** The present state, then each that differs, at most four a second. */
  watch(snapshot: SnapshotReference, signal: AbortSignal): AsyncIterable<Convergence>;
}

const NODES_MAX = 10_000;
const SETTLE_MS = 250;

export function convergenceFor(
  inputs: ConvergenceInputs,
  current: () => Principal | undefined,
): AuthorizedConvergence {
  return {
    of: async (snapshot) => {
      requireRole(current(), 'VIEWER');
      return measure(inputs, { ...snapshot, internalVersion: versionOf(inputs, snapshot) });
    },
    watch: (snapshot, signal) => {
      requireRole(current(), 'VIEWER');
      const internalVersion = versionOf(inputs, snapshot);
      return abortable(signal, (inner) => follow(inputs, { ...snapshot, internalVersion }, inner));
    },
  };
}

type ExactReference = Required<SnapshotReference> & { readonly internalVersion: number };

function versionOf({ context }: ConvergenceInputs, snapshot: SnapshotReference): number {
  const { packageId, internalVersion } = snapshot;
  const one = context.model.package(packageId);
  if (!one) {
    throw new CanopyError('NOT_FOUND', `There is no package ${bracedGuid(packageId)}.`, {
      path: ['by'],
    });
  }
  const version = internalVersion ?? one.internalVersion;
  if (version > 0 && version <= one.internalVersion) return version;
  throw new CanopyError('NOT_FOUND', `${one.name} has no version ${version} here.`, {
    path: ['by', 'internalVersion'],
    hint:
      one.internalVersion === 0
        ? 'It has no version yet; run a distribution point update.'
        : `Its current version is ${one.internalVersion}.`,
  });
}

async function* follow(
  inputs: ConvergenceInputs,
  snapshot: ExactReference,
  signal: AbortSignal,
): AsyncGenerator<Convergence> {
  const { clock } = inputs.context;
  let told = '';
  while (!signal.aborted) {
    const idle = new Idle({ wakeups: inputs.wakeups, clock }, signal);
    try {
      const now = await measure(inputs, snapshot);
      const spelling = JSON.stringify(now);
      if (spelling !== told) {
        told = spelling;
        yield now;
      }
      await idle.wait();
    } finally {
      idle.stop();
    }
    await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
  }
}

async function measure(
  { context, queries }: ConvergenceInputs,
  { packageId, internalVersion }: ExactReference,
): Promise<Convergence> {
  const { model, identity } = context;
  const { nodeId } = identity;
  const ofPackage = { field: 'packageId', comparison: 'eq', value: packageId } as const;
  const page = { orderBy: [], limit: NODES_MAX };
  const [{ items: stored }, { items: summaries }, [item]] = await Promise.all([
    queries.page('progress', { ...page, conditions: [ofPackage] }),
    queries.page('nodeSummary', { ...page, conditions: [] }),
    queries.getMany('treeItem', [`PACKAGE/${packageId}`]),
  ]);
  // What is stored of this node goes up and may be a moment old; here it is looked at now.
  const own = progressOf(model, nodeId, { packageId, item });
  return measureConvergence({
    internalVersion,
    nodeId,
    summaries: [
      summaryOf(context, nodeId),
      ...summaries.filter((one) => one.nodeId !== nodeId),
      ...silentChildren(context, nodeId, summaries),
    ],
    progress: [...stored.filter((one) => one.nodeId !== nodeId), ...(own ? [own] : [])],
    childGets: (childNodeId) => gets(model.tree.childByNodeId(childNodeId), packageId),
  });
}

function gets(child: Child | undefined, packageId: Guid): boolean {
  if (child?.state !== 'JOINED') return false;
  return child.rule.kind === 'EVERYTHING' || child.rule.packageIds.includes(packageId);
}

/** Children that joined and have not said anything of themselves. */
function silentChildren(
  { model }: CatalogContext,
  parentNodeId: string,
  summaries: readonly NodeSummary[],
): NodeSummary[] {
  const heard = new Set(summaries.map(({ nodeId }) => nodeId));
  return [...model.tree.children()]
    .filter(({ nodeId, state }) => state === 'JOINED' && !heard.has(nodeId))
    .map((child) => ({ ...UNKNOWN, ...named(child), parentNodeId, connected: false }));
}

function summaryOf({ model }: CatalogContext, nodeId: string): NodeSummary {
  return { ...UNKNOWN, nodeId, guid: model.smp.id, name: model.smp.name, connected: true };
}

function named({ nodeId, id, name, url }: Child) {
  return { nodeId, guid: id, name, url };
}

const UNKNOWN = {
  parentNodeId: '',
  placement: 0,
  telling: 0,
  url: '',
  version: '',
  packages: 0,
  packageServers: 0,
  packageServersConnected: 0,
  computers: 0,
  sites: 0,
  packageReplicationReady: false,
  readinessReasons: [],
  rejectedItems: 0,
  takesReplication: true,
  getsEverything: true,
  gone: false,
  storedAtMs: 0,
  ageMs: 0,
  ...NO_RAISE,
} as const satisfies Partial<NodeSummary>;
