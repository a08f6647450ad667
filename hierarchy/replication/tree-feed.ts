import type { CatalogContext } from '../../catalog/context.ts';
import type { FeedKinds, FeedState, StatePage } from '../../catalog/ports.ts';
import type { Child, ReplicationRule, TreeItem } from '../../catalog/tree-model.ts';
import { CanopyError, isCanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import { issueCursor, readCursor, type Cursor } from '../change-cursor.ts';
import type { FeedStep } from '../link/child-services.ts';
import type { DownNews } from '../link/down-watch.ts';
import type { SentItem } from '../link/link-protocol.ts';

export const PAGE_ITEMS = 200;
export const PAGE_BYTES = 256 * 1024;

export interface TreeFeedInputs {
  readonly context: Pick<CatalogContext, 'store' | 'clock'>;
  readonly cursorKey: Uint8Array;
}

/**
 * What a child gets after a cursor under its rule: current items in the order of their last change.
 * A cursor is good for one child, one rule, and the history that it was issued in.
 */
export async function readTreePage(
  inputs: TreeFeedInputs,
  child: Child,
  { cursor, news }: { readonly cursor: string; readonly news?: DownNews | undefined },
): Promise<FeedStep> {
  if (cursor === '') return { kind: 'COMPARE', reason: 'FIRST' };
  const position = positionOf(inputs, cursor);
  const [childId, ruleRevision] = position?.bound ?? [];
  if (!position || childId !== child.id) return { kind: 'COMPARE', reason: 'CURSOR_INVALID' };
  const packageIds = packageIdsOf(child.rule);
  const read =
    (news && fromNews(news, position, packageIds)) ??
    (await inputs.context.store.states.read('DOWN', position, { limit: PAGE_ITEMS, packageIds }));
  if (!read.isHeld) return { kind: 'COMPARE', reason: 'EPOCH_CHANGED' };
  if (ruleRevision !== child.ruleRevision) return { kind: 'COMPARE', reason: 'RULE_CHANGED' };
  if (read.states.length === 0) return { kind: 'NOTHING' };
  const sent = read.states.map((state) => sentItem(inputs, state.item));
  const fitting = countWithin(sent, PAGE_BYTES);
  const isWhole = fitting === sent.length;
  const upTo = isWhole ? read.upTo : read.states[fitting - 1]!.revision;
  return {
    kind: 'PAGE',
    page: {
      items: isWhole ? sent : sent.slice(0, fitting),
      cursor: cursorFor(inputs, child, { epoch: position.epoch, revision: upTo }),
      more: read.more || !isWhole,
    },
  };
}

/**
 * What a read of the store would have answered at the news; `undefined` when they begin later. That
 * the database holds the position follows from its holding the later ones of the same process.
 */
function fromNews(
  { after, states, upTo }: DownNews,
  { epoch, run, revision }: Cursor,
  packageIds: readonly Guid[] | undefined,
): StatePage<FeedKinds['DOWN']> | undefined {
  const isOfHere = epoch === after.epoch && run === after.run;
  if (!isOfHere || revision < after.revision || revision > upTo) return undefined;
  const isNext = (state: FeedState<FeedKinds['DOWN']>): boolean =>
    state.revision > revision && (packageIds?.includes(state.item.id) ?? true);
  return { states: states.filter(isNext), upTo, more: false, isHeld: true };
}

/**
 * A cursor of the present, from which a child reads on after it has compared. It is never that of a
 * page, not even of one that ends here, so that what a child acknowledges is told apart.
 */
export async function presentCursor(inputs: TreeFeedInputs, child: Child): Promise<string> {
  return cursorFor(inputs, child, await inputs.context.store.log.position(), ['COMPARED']);
}

/**
 * The revision that a cursor stands for. Throws `CURSOR_INVALID` for one that was not issued to this
 * child.
 */
export function acknowledgedRevision(
  { cursorKey }: Pick<TreeFeedInputs, 'cursorKey'>,
  child: Child,
  cursor: string,
): number {
  const { revision, bound } = readCursor(cursorKey, cursor);
  if (bound[0] === child.id) return revision;
  throw new CanopyError('CURSOR_INVALID', 'cursor: it was issued to another child.', {
    path: ['cursor'],
  });
}

/** The chosen packages of a rule; `undefined` for all. */
export function packageIdsOf(rule: ReplicationRule): readonly Guid[] | undefined {
  return rule.kind === 'CHOSEN' ? rule.packageIds : undefined;
}

/** The item as it goes over a link now; a withdrawn one goes without its statement. */
export function sentItem(
  { context }: Pick<TreeFeedInputs, 'context'>,
  { storedAtMs, ageMs, withdrawn, ...item }: TreeItem,
): SentItem {
  if (withdrawn) return { kind: 'WITHDRAWN', itemKind: item.kind, id: item.id };
  const spanMs = Math.max(0, context.clock.nowMs() - storedAtMs);
  return { kind: 'ITEM', item, ageMs: ageMs + spanMs };
}

/** `undefined` for a cursor that this node never issued. */
function positionOf({ cursorKey }: TreeFeedInputs, cursor: string): Cursor | undefined {
  try {
    return readCursor(cursorKey, cursor);
  } catch (error) {
    if (isCanopyError(error)) return undefined;
    throw error;
  }
}

function cursorFor(
  { context, cursorKey }: TreeFeedInputs,
  child: Child,
  { epoch, revision }: { readonly epoch: string; readonly revision: number },
  marks: readonly string[] = [],
): string {
  const { run } = context.store.log;
  const bound = [child.id, child.ruleRevision, ...marks];
  return issueCursor(cursorKey, { epoch, run, revision, bound });
}

/** How many items fit; at least one, for an item larger than a page must still get through. */
function countWithin(items: readonly SentItem[], limitBytes: number): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (bytes > limitBytes && index > 0) return index;
  }
  return items.length;
}
