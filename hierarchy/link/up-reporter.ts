import type { CatalogStore, FeedState, FeedKinds, Position, Wakeups } from '../../catalog/ports.ts';
import type { Clock } from '../../core/clock.ts';
import { issueCursor, readCursor } from '../change-cursor.ts';
import { Idle } from '../idle.ts';
import type { UpPage } from './link-protocol.ts';
import type { ParentDoor } from './parent-door.ts';

export interface UpReporterOptions {
  readonly store: Pick<CatalogStore, 'log' | 'states'>;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly cursorKey: Uint8Array;
  readonly door: Pick<ParentDoor, 'report'>;
}

const PAGE_STATES = 200;
const PAGE_BYTES = 256 * 1024;
/** Changes within so long of each other are told together; states only once. */
const SETTLE_MS = 200;

/**
 * Reports what goes up, from where the parent stands, for as long as the link lasts. `upCursor` is
 * what this node gave it with the last page; one of another database or an undone history, or one
 * that cannot be read, starts over. Until the signal aborts; throws what stops the link.
 */
export async function reportUp(
  options: UpReporterOptions,
  upCursor: string,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, door, cursorKey } = options;
  const start = await startingPosition(options, upCursor);
  const { epoch } = start;
  let { revision } = start;
  while (!signal.aborted) {
    const idle = new Idle(options, signal);
    try {
      const read = await store.states.read('UP', revision, { limit: PAGE_STATES });
      const states = within(read.states.map((state) => sent(state, clock.nowMs())));
      const isWhole = states.length === read.states.length;
      const upTo = isWhole ? read.upTo : read.states[states.length - 1]!.revision;
      if (states.length > 0) {
        const cursor = issueCursor(cursorKey, { epoch, run: store.log.run, revision: upTo });
        await door.report({ states, cursor });
      }
      revision = upTo;
      if (read.more || !isWhole) continue;
      await idle.wait();
    } finally {
      idle.stop();
    }
    await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
  }
}

async function startingPosition(
  { store, cursorKey }: UpReporterOptions,
  upCursor: string,
): Promise<Position> {
  const { epoch } = await store.log.position();
  const beginning = { epoch, revision: 0 };
  if (upCursor === '') return beginning;
  try {
    const position = readCursor(cursorKey, upCursor);
    return (await store.log.holds(position)) ? position : beginning;
  } catch {
    return beginning;
  }
}

type UpState = UpPage['states'][number];

/** Ages add up on the way, since no two clocks are compared. */
function sent({ kind, item }: FeedState<FeedKinds['UP']>, nowMs: number): UpState {
  if (kind === 'progress') return { kind, item };
  const ageMs = item.ageMs + Math.max(0, nowMs - item.storedAtMs);
  return { kind, item: { ...item, ageMs } };
}

/** As many as a page may carry; at least one, for a larger one must still get through. */
function within(states: readonly UpState[]): readonly UpState[] {
  let bytes = 0;
  const end = states.findIndex((state, index) => {
    bytes += Buffer.byteLength(JSON.stringify(state));
    return bytes > PAGE_BYTES && index > 0;
  });
  return end < 0 ? states : states.slice(0, end);
}
