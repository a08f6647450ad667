import type { FeedState, StateFeeds } from '../../catalog/ports.ts';
import type { NodeSummary } from '../../catalog/tree-model.ts';
import type { Clock } from '../../core/clock.ts';
import type { UpPage } from './link-protocol.ts';

type UpState = UpPage['states'][number];

export interface PageUp {
  readonly states: readonly UpState[];
  /** The parent has everything up to here once it has this page. */
  readonly upTo: number;
}

const PAGE_STATES = 200;
const PAGE_BYTES = 256 * 1024;

export interface UpSource {
  readonly feeds: StateFeeds;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ownNodeId: string;
}

/** One read is one moment, so all summaries come in one, but for trees beyond any that there are. */
const SUMMARIES = 10_000;

/**
 * What changed after `after`, in an order in which the parent can take it: it passes over what is
 * said of a node before it knows that the node is below this one. So summaries come first: those of
 * nodes nearer to this one before the others, and of nodes that went away last, so that who moved on
 * before is not forgotten with them. Then progress, in pages of its own: a summary may make the parent
 * forget progress, and what is forgotten and told in one transaction is no change to be told on. The
 * position moves with the progress: a run that breaks off begins with the summaries again. The last
 * page may be empty.
 */
export async function* pagesAfter(
  { feeds, clock, ownNodeId }: UpSource,
  after: number,
): AsyncGenerator<PageUp> {
  const read = await summariesAfter(feeds, after);
  const { end } = read;
  const summaries = topDown(read.summaries, ownNodeId);
  let states: UpState[] = [];
  let bytes = 0;
  let upTo = after;
  for await (const state of inOrder(feeds, { summaries, after, end })) {
    const next = sent(state, clock.nowMs());
    const size = Buffer.byteLength(JSON.stringify(next));
    // One that is larger than a page must still get through.
    const isFull = states.length === PAGE_STATES || bytes + size > PAGE_BYTES;
    const isOther = states[0]?.kind !== next.kind;
    if (states.length > 0 && (isFull || isOther)) {
      yield { states, upTo };
      states = [];
      bytes = 0;
    }
    states.push(next);
    bytes += size;
    if (state.kind === 'progress') upTo = state.revision;
  }
  yield { states, upTo: end };
}

interface Stretch {
  readonly summaries: readonly FeedState<'nodeSummary'>[];
  readonly after: number;
  readonly end: number;
}

/** Progress that changed after `end` is left for the next run: its summary may have, too. */
async function* inOrder(
  feeds: StateFeeds,
  { summaries, after, end }: Stretch,
): AsyncGenerator<FeedState<'nodeSummary' | 'progress'>> {
  yield* summaries;
  let at = after;
  for (let more = true; more && at < end;) {
    const read = await feeds.read('PROGRESS', at, { limit: PAGE_STATES });
    for (const state of read.states) {
      if (state.revision > end) return;
      yield state;
    }
    ({ more, upTo: at } = read);
  }
}

/** Every summary that changed between `after` and `end`, as it is now. */
async function summariesAfter(
  feeds: StateFeeds,
  after: number,
): Promise<Pick<Stretch, 'summaries' | 'end'>> {
  const found = new Map<string, FeedState<'nodeSummary'>>();
  let end = after;
  for (let more = true; more;) {
    const read = await feeds.read('NODES', end, { limit: SUMMARIES });
    for (const state of read.states) found.set(state.item.nodeId, state);
    ({ more, upTo: end } = read);
  }
  return { summaries: [...found.values()], end };
}

/**
 * This node comes first, and each other one after the node that it is below; those that went away come
 * last.
 */
function topDown(
  summaries: readonly FeedState<'nodeSummary'>[],
  ownNodeId: string,
): FeedState<'nodeSummary'>[] {
  const parentOf = new Map(summaries.map(({ item }) => [item.nodeId, item.parentNodeId]));
  // A node above this one may have been below it once, and be known here as such.
  parentOf.delete(ownNodeId);
  const placeOf = ({ nodeId, gone }: NodeSummary): number => {
    if (gone) return Infinity;
    const line = new Set<string>();
    // Ends also when the summaries claim a loop.
    for (let at: string | undefined = nodeId; at !== undefined && !line.has(at);) {
      line.add(at);
      at = parentOf.get(at);
    }
    return line.size;
  };
  const places = new Map(summaries.map((state) => [state, placeOf(state.item)]));
  const ranked = [...places].sort(([, left], [, right]) => (left === right ? 0 : left - right));
  return ranked.map(([state]) => state);
}

/** Ages add up on the way, since no two clocks are compared. */
function sent({ kind, item }: FeedState<'nodeSummary' | 'progress'>, nowMs: number): UpState {
  if (kind === 'progress') return { kind, item };
  const { raiseAbove: _above, raiseVia: _via, ...told } = item;
  const ageMs = item.ageMs + Math.max(0, nowMs - item.storedAtMs);
  return { kind, item: { ...told, ageMs } };
}
