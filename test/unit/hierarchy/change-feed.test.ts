// The change feed: lossless and in order at the reader's pace, whatever is written meanwhile.
import { isCanopyError } from '../../../core/errors.ts';
import { systemClock } from '../../../core/clock.ts';
import type { Change, Scope } from '../../../catalog/items.ts';
import type { ChangeLog } from '../../../catalog/ports.ts';
import { issueCursor, readCursor } from '../../../hierarchy/change-cursor.ts';
import {
  PAGE_BYTES,
  PAGE_CHANGES,
  readChanges,
  subscribeChanges,
  type ChangePage,
  type FeedSource,
} from '../../../hierarchy/change-feed.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import { aSite } from '../../support/database-items.ts';

const KEY = new Uint8Array(32).fill(7);

/** A log in memory that can lose wake-ups and history. */
function memoryLog() {
  const changes: Change[] = [];
  const wakeups = createWakeups();
  const state = { epoch: 'one', wakes: true, reads: 0 };
  const log: ChangeLog = {
    run: 'first',
    holds: async ({ epoch, run, revision }) =>
      epoch === state.epoch && run === 'first' && revision <= changes.length,
    position: async () => ({ epoch: state.epoch, revision: changes.length }),
    horizon: async () => 0,
    read: async (after: number, limit: number, scope?: Scope) => {
      state.reads += 1;
      const wanted = changes.filter((one) => !scope || one.scope === scope);
      const rest = wanted.filter((one) => one.revision > after);
      const taken = rest.slice(0, limit);
      const more = rest.length > taken.length;
      return { changes: taken, upTo: more ? taken.at(-1)!.revision : changes.length, more };
    },
    compact: async () => ({ removed: 0 }),
  };
  const source: FeedSource = { log, wakeups, clock: systemClock, cursorKey: KEY };
  const append = (count: number, description = ''): void => {
    for (let index = 0; index < count; index++) {
      const item = aSite({ description });
      const revision = changes.length + 1;
      changes.push({ revision, scope: 'NODE', kind: 'site', key: item.id, item, atMs: 1 });
    }
    if (state.wakes) wakeups.notify();
  };
  return { source, append, state, changes };
}

async function take(pages: AsyncIterator<ChangePage>, until: number): Promise<ChangePage[]> {
  const taken: ChangePage[] = [];
  for (;;) {
    const { value, done } = await pages.next();
    if (done) return taken;
    taken.push(value);
    if (value.upTo >= until) return taken;
  }
}

const revisionsOf = (pages: readonly ChangePage[]): number[] =>
  pages.flatMap(({ changes }) => changes.map(({ revision }) => revision));
const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (isCanopyError(error) ? error.code : String(error)),
  );
}

test('without a cursor it starts at the present with an empty page', async () => {
  const { source, append } = memoryLog();
  append(3);
  const pages = subscribeChanges(source, {});
  const first = await pages.next();
  expect(first.value).toMatchObject({ after: 3, upTo: 3, changes: [], more: false });
  append(1);
  const second = await pages.next();
  expect(revisionsOf([second.value])).toEqual([4]);
  await pages.return!();
});

test('a burst in one commit comes whole, in pages within both limits', async () => {
  const { source, append } = memoryLog();
  const pages = subscribeChanges(source, {});
  await pages.next();
  append(5_000, 'x'.repeat(2_000));
  const taken = await take(pages, 5_000);
  expect(revisionsOf(taken)).toEqual(upTo(5_000));
  for (const { changes } of taken) {
    expect(changes.length).toBeLessThanOrEqual(PAGE_CHANGES);
    expect(JSON.stringify(changes).length).toBeLessThanOrEqual(PAGE_BYTES + changes.length + 2);
  }
  await pages.return!();
});

test('a change larger than a page still comes', async () => {
  const { source, append } = memoryLog();
  const { cursor } = await readChanges(source, {});
  append(1, 'x'.repeat(PAGE_BYTES + 1));
  append(1);
  const page = await readChanges(source, { after: cursor });
  expect(revisionsOf([page])).toEqual([1]);
  expect(page.more).toBe(true);
  expect(revisionsOf([await readChanges(source, { after: page.cursor })])).toEqual([2]);
});

test('a reader that resumes anywhere gets exactly the rest', async () => {
  const { source, append } = memoryLog();
  const start = (await readChanges(source, {})).cursor;
  append(450);
  const pages = subscribeChanges(source, { after: start });
  const first = (await pages.next()).value as ChangePage;
  await pages.return!();
  const rest = await take(subscribeChanges(source, { after: first.cursor }), 450);
  expect(revisionsOf([first, ...rest])).toEqual(upTo(450));
});

test('a lost wake-up costs a tick, not a change', async () => {
  const { source, append, state } = memoryLog();
  const ticks = {
    ...systemClock,
    sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(5, signal),
  };
  const pages = subscribeChanges({ ...source, clock: ticks }, {});
  await pages.next();
  state.wakes = false;
  const pending = pages.next();
  append(1);
  expect(revisionsOf([(await pending).value])).toEqual([1]);
  await pages.return!();
});

test('a stalled reader is not read for', async () => {
  const { source, append, state } = memoryLog();
  const pages = subscribeChanges(source, {});
  await pages.next();
  const before = state.reads;
  for (let round = 0; round < 50; round++) append(10);
  await Promise.resolve();
  expect(state.reads).toBe(before);
  expect(revisionsOf(await take(pages, 500))).toEqual(upTo(500));
  await pages.return!();
});

test('leaving ends a pending read at once', async () => {
  const { source } = memoryLog();
  const pages = subscribeChanges(source, {});
  await pages.next();
  const pending = pages.next();
  await pages.return!();
  expect((await pending).done).toBe(true);
});

test('its owner can end it', async () => {
  const { source } = memoryLog();
  const owner = new AbortController();
  const pages = subscribeChanges(source, { signal: owner.signal });
  await pages.next();
  const pending = pages.next();
  owner.abort();
  expect((await pending).done).toBe(true);
});

test('forged, foreign and future cursors are told apart', async () => {
  const { source, append, state } = memoryLog();
  append(2);
  const { cursor } = await readChanges(source, {});
  const forged = `${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`;
  const foreign = issueCursor(new Uint8Array(32), { epoch: 'one', run: 'first', revision: 1 });
  const future = issueCursor(KEY, { epoch: 'one', run: 'first', revision: 3 });
  expect(await codeOf(readChanges(source, { after: forged }))).toBe('CURSOR_INVALID');
  expect(await codeOf(readChanges(source, { after: foreign }))).toBe('CURSOR_INVALID');
  expect(await codeOf(readChanges(source, { after: '' }))).toBe('CURSOR_INVALID');
  expect(await codeOf(readChanges(source, { after: future }))).toBe('EPOCH_CHANGED');
  state.epoch = 'two';
  expect(await codeOf(readChanges(source, { after: cursor }))).toBe('EPOCH_CHANGED');
});

test('a cursor is the position it was issued for', () => {
  const position = { epoch: 'one', run: 'first', revision: 2 ** 50, bound: ['reader', 7] };
  expect(readCursor(KEY, issueCursor(KEY, position))).toEqual(position);
});
