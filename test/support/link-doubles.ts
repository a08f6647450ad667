import type { CatalogContext } from '../../catalog/context.ts';
import type { Child, Parent, TreeItem, UpstreamServer } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import { issueCursor, readCursor } from '../../hierarchy/change-cursor.ts';
import type { ChildServices, OffersEvent } from '../../hierarchy/link/child-services.ts';
import type {
  DelegatedOperation,
  OperationAnswer,
  Raise,
  SentItem,
  UpPage,
} from '../../hierarchy/link/link-protocol.ts';
import type { ParentOutcome } from '../../hierarchy/membership/confirm.ts';
import { presentCursor } from '../../hierarchy/replication/tree-feed.ts';
import type { Arrivals, CompareSource, ParentPorts } from '../../hierarchy/link/parent-ports.ts';
import { signTreeItem, type SignedTreeItem } from '../../hierarchy/statements/tree-statement.ts';
import type { NodeIdentity } from '../../core/identity.ts';
import { systemRandom } from '../../core/random.ts';
import { aPackageState } from './tree-items.ts';

/** The parts of a parent behind its links, as simple as they can be, over the real state feed. */
export class SimpleChildServices implements ChildServices {
  readonly reports: UpPage[] = [];
  readonly acknowledged: string[] = [];
  readonly farewells: Child[] = [];
  readonly left: Child[] = [];
  offered: OffersEvent[] = [];
  upstream: readonly UpstreamServer[] = [];
  pageSize = 2;
  reads = 0;
  private readonly context: CatalogContext;
  private readonly cursorKey: Uint8Array;
  private ringOffers: () => void = () => undefined;

  constructor(context: CatalogContext, cursorKey: Uint8Array) {
    this.context = context;
    this.cursorKey = cursorKey;
  }

  async confirm(child: Child): Promise<Child> {
    if (child.state === 'JOINED') return child;
    const joined: Child = { ...child, state: 'JOINED' };
    await this.context.write(async (tx) => tx.put('child', joined));
    return joined;
  }

  async readPage(child: Child, cursor: string) {
    this.reads += 1;
    const { store } = this.context;
    const { epoch } = await store.log.position();
    let after = 0;
    if (cursor !== '') {
      try {
        const position = readCursor(this.cursorKey, cursor);
        if (position.bound[1] !== child.ruleRevision) {
          return { kind: 'COMPARE' as const, reason: 'RULE_CHANGED' as const };
        }
        after = position.revision;
      } catch {
        return { kind: 'COMPARE' as const, reason: 'CURSOR_INVALID' as const };
      }
    }
    const { states, upTo, more } = await store.states.read('DOWN', after, { limit: this.pageSize });
    if (states.length === 0) return { kind: 'NOTHING' as const };
    const items = states.map(({ item }): SentItem => ({
      kind: 'ITEM',
      item: asSent(item),
      ageMs: item.ageMs,
    }));
    return {
      kind: 'PAGE' as const,
      page: { items, more, cursor: this.issue(child, epoch, upTo) },
    };
  }

  async acknowledge(_child: Child, cursor: string): Promise<void> {
    readCursor(this.cursorKey, cursor);
    this.acknowledged.push(cursor);
  }

  async digests(child: Child) {
    const inputs = { context: this.context, cursorKey: this.cursorKey };
    return { answers: [], cursor: await presentCursor(inputs, child) };
  }

  async items(_child: Child, keys: readonly string[]) {
    const { states } = await this.context.store.states.read('DOWN', 0, { limit: 200 });
    return states
      .filter(({ item }) => keys.includes(`${item.kind}/${item.id}`))
      .map(({ item }): SentItem => ({ kind: 'ITEM', item: asSent(item), ageMs: item.ageMs }));
  }

  async offerNewer() {
    return { withdrawn: [] };
  }

  openOffers(_child: Child, ring: () => void) {
    this.ringOffers = ring;
    return { take: () => this.offered.shift(), close: () => undefined };
  }
  offer(event: OffersEvent): void {
    this.offered.push(event);
    this.ringOffers();
  }
  servers(): readonly UpstreamServer[] {
    return this.upstream;
  }

  async report(child: Child, page: UpPage): Promise<void> {
    this.reports.push(page);
    const { nodeId } = child;
    await this.context.write(async (tx) => {
      for (const { kind, item } of page.states) tx.put(kind, item as never);
      tx.put('feedPosition', { direction: 'UP', nodeId, cursor: page.cursor, atMs: 1 });
    });
  }

  async ticket(): Promise<never> {
    throw new CanopyError('NOT_FOUND', 'There is no such version.');
  }
  async leave(child: Child): Promise<void> {
    this.left.push(child);
    await this.context.write(async (tx) => tx.remove('child', child.id));
  }
  async told(child: Child): Promise<void> {
    this.farewells.push(child);
    await this.context.write(async (tx) => tx.remove('child', child.id));
  }

  private issue(child: Child, epoch: string, revision: number): string {
    const { run } = this.context.store.log;
    const bound = [child.id, child.ruleRevision];
    return issueCursor(this.cursorKey, { epoch, run, revision, bound });
  }
}

function asSent({
  withdrawn: _withdrawn,
  storedAtMs: _stored,
  ageMs: _age,
  ...item
}: TreeItem): SignedTreeItem {
  return item;
}

/** The parts of a child behind its link: what came is kept in lists. */
export class SimpleParentPorts implements ParentPorts {
  readonly applied: (Arrivals & { readonly cursor: string })[] = [];
  readonly compared: string[] = [];
  readonly standings: unknown[] = [];
  readonly raised: Raise[] = [];
  readonly offered: unknown[] = [];
  readonly upstream: unknown[] = [];
  readonly ended: (boolean | undefined)[] = [];
  cursorNow = '';
  /** Answers operations; replaced by tests. */
  answer: (operation: DelegatedOperation, signal: AbortSignal) => Promise<OperationAnswer> = async (
    operation,
  ) => ({
    id: operation.id,
    status: 'OK',
    data: { echo: operation.query },
    errors: [],
    prunedFields: [],
  });
  /** Awaited before a page is stored. */
  beforeApply: () => Promise<void> = async () => undefined;
  /** What storing a page shows; replaced by tests. */
  shown: 'STORED' | 'COMPARE' = 'STORED';

  readonly replica = {
    cursor: async () => this.cursorNow,
    apply: async (_parent: Parent, page: Arrivals & { readonly cursor: string }) => {
      await this.beforeApply();
      this.applied.push(page);
      this.cursorNow = page.cursor;
      return this.shown;
    },
    compare: async (_parent: Parent, reason: string, source: CompareSource) => {
      const { cursor } = await source.digests({ prefixes: [''] });
      this.compared.push(reason);
      return (this.cursorNow = cursor);
    },
  };

  /** What was taken over, in order. */
  get items(): SignedTreeItem[] {
    return this.applied.flatMap(({ items }) =>
      items.flatMap((sent) => (sent.kind === 'ITEM' ? [sent.item] : [])),
    );
  }

  /** What the next standings do; replaced by tests. */
  outcome: ParentOutcome = 'JOINED';
  async confirmParent(_parent: Parent, standing: unknown): Promise<ParentOutcome> {
    this.standings.push(standing);
    return this.outcome;
  }
  async raise(raises: readonly Raise[]): Promise<void> {
    this.raised.push(...raises);
  }
  crossing() {
    return {
      take: async (event: { readonly kind: string }) => {
        (event.kind === 'OFFERS' ? this.offered : this.upstream).push(event);
      },
      close: () => undefined,
    };
  }
  execute(operation: DelegatedOperation, signal: AbortSignal): Promise<OperationAnswer> {
    return this.answer(operation, signal);
  }
  async notAChild(_parent: Parent, keepsItems: boolean | undefined): Promise<void> {
    this.ended.push(keepsItems);
  }
}

/** An item that its owner signed; without a version, so that no blob is needed, unless given. */
export function anOwnItem(
  owner: NodeIdentity,
  given: Partial<Parameters<typeof aPackageState>[0]> = {},
  id = systemRandom.guid(),
) {
  const state = aPackageState({ current: undefined, internalVersion: 0, ...given });
  const item = signTreeItem(owner, { kind: 'PACKAGE', id, ownerRevision: 1, state });
  return { ...item, withdrawn: false, storedAtMs: 1_700_000_000_000, ageMs: 0 };
}
