import { CanopyError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { Change, Scope } from '../catalog/items.ts';
import type { ChangeLog, Position, Wakeups } from '../catalog/ports.ts';
import { abortable } from './abortable.ts';
import { issueCursor, readCursor } from './change-cursor.ts';
import { Idle } from '../catalog/idle.ts';

export const PAGE_CHANGES = 200;
export const PAGE_BYTES = 256 * 1024;
/** A reader of one scope is told how far the log went at least every so many revisions. */
const SILENT_REVISIONS = 1_000;

/** What a feed reads from. `cursorKey` is secret and survives restarts. */
export interface FeedSource {
  readonly log: ChangeLog;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly cursorKey: Uint8Array;
}

/** A stretch of the log: revisions `after < r ≤ upTo`, filtered by scope. */
export interface ChangePage {
  readonly epoch: string;
  readonly after: number;
  /** Counts filtered revisions too. */
  readonly upTo: number;
  readonly changes: readonly Change[];
  readonly more: boolean;
  /** Opaque; stands for `upTo`. */
  readonly cursor: string;
}

export interface FeedRequest {
  /** Cursor of the last page that was dealt with; the present when absent. */
  readonly after?: string | undefined;
  readonly scope?: Scope | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The changes after a cursor, in order and without a gap, at the reader's own pace: a page is read
 * from the log only when the one before was taken. The first page comes at once, maybe empty, so
 * that the reader has a cursor. Ends when `signal` aborts.
 * Throws `CURSOR_INVALID`, `EPOCH_CHANGED` (also for a cursor of a history that was undone) or
 * `CURSOR_TOO_OLD`.
 */
export function subscribeChanges(
  source: FeedSource,
  request: FeedRequest,
): AsyncIterableIterator<ChangePage> {
  return abortable(request.signal, (signal) => follow(source, request, signal));
}

/** One page, without waiting; errors as {@link subscribeChanges}. */
export async function readChanges(
  source: FeedSource,
  request: FeedRequest & { readonly limit?: number },
): Promise<ChangePage> {
  const start = await startingPosition(source, request.after);
  return readPage(source, start, request);
}

async function* follow(
  source: FeedSource,
  request: FeedRequest,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  let position = await startingPosition(source, request.after);
  let told: number | undefined;
  while (!signal.aborted) {
    // Listening begins before the read: a commit between the two must not be slept through.
    const idle = new Idle(source, signal);
    try {
      const page = await readPage(source, position, request);
      position = { epoch: position.epoch, revision: page.upTo };
      const due = told === undefined || page.upTo - told >= SILENT_REVISIONS;
      if (page.changes.length > 0 || due) {
        told = page.upTo;
        yield page;
      }
      if (!page.more) await idle.wait();
    } finally {
      idle.stop();
    }
  }
}

async function startingPosition(source: FeedSource, after: string | undefined): Promise<Position> {
  if (after === undefined) return source.log.position();
  const position = readCursor(source.cursorKey, after);
  if (await source.log.holds(position)) return position;
  throw new CanopyError(
    'EPOCH_CHANGED',
    'after: the database was replaced or restored since this cursor was issued.',
    { path: ['after'], hint: 'Read the present state, then start without a cursor.' },
  );
}

async function readPage(
  source: FeedSource,
  { epoch, revision }: Position,
  { scope, limit = PAGE_CHANGES }: { readonly scope?: Scope | undefined; readonly limit?: number },
): Promise<ChangePage> {
  const read = await source.log.read(revision, Math.min(limit, PAGE_CHANGES), scope);
  const fitting = countWithin(read.changes, PAGE_BYTES);
  const whole = fitting === read.changes.length;
  const changes = whole ? read.changes : read.changes.slice(0, fitting);
  const upTo = whole ? read.upTo : changes.at(-1)!.revision;
  const cursor = issueCursor(source.cursorKey, { epoch, run: source.log.run, revision: upTo });
  return { epoch, after: revision, upTo, changes, more: read.more || !whole, cursor };
}

/** How many changes fit; at least one, for a change larger than a page must still get through. */
function countWithin(changes: readonly Change[], limitBytes: number): number {
  let bytes = 0;
  for (const [index, change] of changes.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(change));
    if (bytes > limitBytes && index > 0) return index;
  }
  return changes.length;
}
