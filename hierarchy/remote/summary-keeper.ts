import type { CatalogContext } from '../../catalog/context.ts';
import type { NodeSummary, ToldSummary } from '../../catalog/tree-model.ts';
import { canonicalJson, type Json } from '../../core/canonical-json.ts';
import { NO_RAISE } from '../link/raises.ts';

/** What the summary says at most so often. */
const INTERVAL_MS = 1_000;

interface SummarySources {
  readonly version: string;
  /** Where people reach this server; empty when nowhere. */
  readonly url: string;
  readonly packageServersConnected: () => number;
  /** Why packages cannot move here, one sentence each; empty when they can. */
  readonly readinessReasons: () => readonly string[];
}

type Told = Omit<ToldSummary, 'placement' | 'telling' | 'storedAtMs' | 'ageMs'>;

/**
 * Keeps what this node says of itself as an item that goes up the tree. Looks once a second, which
 * costs a few counts in memory, and writes only what differs from what is stored.
 */
export class SummaryKeeper {
  private readonly context: CatalogContext;
  private readonly sources: SummarySources;
  private last = '';

  constructor(context: CatalogContext, sources: SummarySources) {
    this.context = context;
    this.sources = sources;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.context;
    while (!signal.aborted) {
      try {
        await this.keep();
      } catch (error) {
        logger.error({ err: error }, 'the summary of this SMP could not be stored; trying again');
      }
      await clock.sleep(INTERVAL_MS, signal).catch(() => undefined);
    }
  }

  private async keep(): Promise<void> {
    const { store, clock } = this.context;
    const told = this.current();
    const spelled = canonicalJson(told as unknown as Json);
    if (spelled === this.last) return;
    await store.transact(async (tx) => {
      const stored = await tx.get('nodeSummary', told.nodeId);
      if (stored && spellingOf(stored) === spelled) return;
      const { placement = 0, telling = 0 } = stored ?? {};
      const storedAtMs = clock.nowMs();
      tx.put('nodeSummary', { ...told, placement, telling, storedAtMs, ageMs: 0, ...NO_RAISE });
    });
    this.last = spelled;
  }

  private current(): Told {
    const { model, identity } = this.context;
    const { version, url, packageServersConnected, readinessReasons } = this.sources;
    const { parent } = model.tree;
    const reasons = readinessReasons();
    return {
      nodeId: identity.nodeId,
      parentNodeId: parent?.state === 'JOINED' ? parent.nodeId : '',
      guid: model.smp.id,
      name: model.smp.name,
      url,
      version,
      packages: count(model.packages()),
      packageServers: count(model.packageServers()),
      packageServersConnected: packageServersConnected(),
      computers: count(model.computers()),
      sites: count(model.sites()),
      packageReplicationReady: reasons.length === 0,
      readinessReasons: reasons,
      rejectedItems: count(model.tree.rejections()),
      connected: true,
      takesReplication: parent?.replicationEnabled ?? true,
      getsEverything: true,
      gone: false,
    };
  }
}

function spellingOf({
  placement: _placement,
  telling: _telling,
  storedAtMs: _storedAtMs,
  ageMs: _ageMs,
  raiseAbove: _raiseAbove,
  raiseVia: _raiseVia,
  ...told
}: NodeSummary): string {
  return canonicalJson(told as unknown as Json);
}

function count(items: Iterable<unknown>): number {
  let found = 0;
  for (const _ of items) found += 1;
  return found;
}
