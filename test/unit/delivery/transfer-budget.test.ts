// Shows one limit for the sum of all transfers, changed while they run, and the blackout window.
import { setImmediate } from 'node:timers/promises';
import { sleepBy, type Clock } from '../../../core/clock.ts';
import { receivePackage } from '../../../delivery/receive-package.ts';
import { guardAgainstStall } from '../../../delivery/stall-guard.ts';
import { isHeldBack, TransferBudget } from '../../../delivery/transfer-budget.ts';
import {
  Cleanup,
  noise,
  receiveOptions,
  serveFiles,
  startServer,
  temporaryFolder,
} from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const { signal } = new AbortController();

/** A clock that stands until it is moved; sleepers whose time has come wake up. */
class SettableClock implements Clock {
  private wallMs: number;
  private steadyMs = 0;
  private readonly sleepers = new Set<{ atMs: number; wake: () => void }>();

  constructor(hours: number, minutes: number) {
    this.wallMs = new Date(2025, 5, 10, hours, minutes).getTime();
  }

  nowMs = (): number => this.wallMs;
  monotonicMs = (): number => this.steadyMs;

  after(delayMs: number, run: () => void): () => void {
    const sleeper = { atMs: this.steadyMs + delayMs, wake: run };
    this.sleepers.add(sleeper);
    return () => void this.sleepers.delete(sleeper);
  }

  sleep = sleepBy((delayMs, run) => this.after(delayMs, run));

  /** Moves on in small steps, letting everything that wakes up run. */
  async pass(durationMs: number): Promise<void> {
    const stepMs = 50;
    for (let passed = 0; passed < durationMs; passed += stepMs) {
      this.wallMs += stepMs;
      this.steadyMs += stepMs;
      for (const sleeper of [...this.sleepers]) {
        if (sleeper.atMs > this.steadyMs) continue;
        this.sleepers.delete(sleeper);
        sleeper.wake();
      }
      await setImmediate();
    }
  }
}

/** Takes blocks as fast as the budget lets it, until stopped. */
function transfer(budget: TransferBudget, blockBytes: number) {
  const state = { bytes: 0, error: undefined as unknown };
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    for (;;) {
      await budget.take(blockBytes, stop.signal);
      state.bytes += blockBytes;
      // Without a limit the loop would leave no turn to anything else.
      await setImmediate();
    }
  };
  run().catch((error: unknown) => (state.error = error));
  cleanup.add(async () => stop.abort());
  return state;
}

test('the sum of several transfers keeps to the limit, over any second', async () => {
  const clock = new SettableClock(12, 0);
  const budget = new TransferBudget(clock, { maxBytesPerSecond: 10_000 });
  const transfers = [100, 300, 700].map((bytes) => transfer(budget, bytes));
  const sum = (): number => transfers.reduce((total, { bytes }) => total + bytes, 0);
  let before = 0;
  for (let second = 0; second < 10; second += 1) {
    await clock.pass(1_000);
    expect(sum() - before).toBeLessThanOrEqual(10_000 * 1.25 + 1_100);
    before = sum();
  }
  expect(before).toBeGreaterThan(95_000);
  expect(before).toBeLessThanOrEqual(102_500 + 1_100);
});

test('transfers that take at once go on one by one, and one that comes later delays none', async () => {
  const clock = new SettableClock(12, 0);
  const budget = new TransferBudget(clock, { maxBytesPerSecond: 1_000 });
  const wentOn: string[] = [];
  const take = (name: string, bytes: number) =>
    void budget.take(bytes, signal).then(() => wentOn.push(name));
  for (const name of ['first', 'second', 'third']) take(name, 1_000);
  await clock.pass(500);
  take('late', 500);
  await clock.pass(550);
  expect(wentOn).toEqual(['first']);
  await clock.pass(1_000);
  expect(wentOn).toEqual(['first', 'second']);
  await clock.pass(1_000);
  expect(wentOn).toEqual(['first', 'second', 'third']);
  await clock.pass(500);
  expect(wentOn).toEqual(['first', 'second', 'third', 'late']);
});

test('a new limit counts within 2 s, up and down, also for one who waits long', async () => {
  const clock = new SettableClock(12, 0);
  const budget = new TransferBudget(clock, { maxBytesPerSecond: 10 });
  const slow = transfer(budget, 10_000);
  await clock.pass(5_000);
  expect(slow.bytes).toBe(0);
  budget.setLimit({ maxBytesPerSecond: 100_000 });
  await clock.pass(2_000);
  expect(slow.bytes).toBeGreaterThan(100_000);
  budget.setLimit({ maxBytesPerSecond: 10_000 });
  await clock.pass(2_000);
  const before = slow.bytes;
  await clock.pass(10_000);
  expect(slow.bytes - before).toBeLessThanOrEqual(120_000);
  budget.setLimit({ maxBytesPerSecond: 1 });
  await clock.pass(500);
  const waiting = budget.take(1_000_000, signal);
  budget.setLimit({});
  await waiting;
});

test('a blackout ends what runs, admits nothing, and ends by itself', async () => {
  const clock = new SettableClock(21, 59);
  const blackout = { from: '22:00', to: '06:00' };
  const budget = new TransferBudget(clock, { maxBytesPerSecond: 1_000, blackout });
  const running = transfer(budget, 100);
  await budget.admit(signal);
  await clock.pass(59_000);
  expect(running.error).toBeUndefined();
  await clock.pass(3_000);
  expect(isHeldBack(running.error)).toBe(true);
  let admitted = false;
  const admission = budget.admit(signal).then(() => (admitted = true));
  await clock.pass(60_000);
  expect(admitted).toBe(false);
  budget.setLimit({ maxBytesPerSecond: 1_000 });
  await admission;
  budget.setLimit({ blackout: { from: '22:00', to: '22:10' } });
  const later = budget.admit(signal);
  await clock.pass(9 * 60_000);
  await later;
});

test('a window within one day; a start that is the end is no window', () => {
  const at = (hours: number, blackout: { from: string; to: string }): boolean =>
    new TransferBudget(new SettableClock(hours, 30), { blackout }).isBlackedOut;
  const day = { from: '08:00', to: '18:00' };
  expect([7, 8, 17, 18].map((hours) => at(hours, day))).toEqual([false, true, true, false]);
  expect(at(8, { from: '08:30', to: '08:30' })).toBe(false);
});

test.each([
  [{ maxBytesPerSecond: 0 }, 'maxBytesPerSecond'],
  [{ maxBytesPerSecond: Number.NaN }, 'maxBytesPerSecond'],
  [{ blackout: { from: '24:00', to: '06:00' } }, 'from'],
  [{ blackout: { from: '22:00', to: '6:00' } }, 'to'],
])('%j is refused by name', (limit, name) => {
  const clock = new SettableClock(0, 0);
  const refused = expect.objectContaining({ code: 'INVALID_INPUT' });
  expect(() => new TransferBudget(clock, limit)).toThrow(refused);
  const budget = new TransferBudget(clock);
  let problems: readonly { path: readonly string[] }[] = [];
  try {
    budget.setLimit(limit);
  } catch (error) {
    problems = (error as { problems: typeof problems }).problems;
  }
  expect(problems[0]!.path.at(-1)).toBe(name);
});

test('held back here is no stall, slow there is one even beside a budget', async () => {
  const clock = new SettableClock(12, 0);
  const limit = { windowMs: 30_000, minBytes: 15_000 };
  const held = guardAgainstStall(limit, clock, signal);
  void held.excuse(clock.sleep(300_000));
  const slow = guardAgainstStall(limit, clock, signal);
  const budget = new TransferBudget(clock);
  for (let second = 0; second < 29; second += 1) {
    slow.received(1);
    await slow.excuse(budget.take(1, signal));
    await clock.pass(1_000);
  }
  expect(slow.signal.aborted).toBe(false);
  await clock.pass(2_000);
  expect(slow.signal.reason).toMatchObject({ fault: 'STALLED' });
  await clock.pass(100_000);
  expect(held.signal.aborted).toBe(false);
  held.stop();
  slow.stop();
});

test('a download that a blackout interrupts goes on after it, without a fault', async () => {
  const files = { 'big.bin': noise(3 * 1024 * 1024, 'night') };
  const server = await startServer(cleanup, serveFiles(files));
  const folder = await temporaryFolder(cleanup);
  const options = receiveOptions({ folder, files, codebases: [server.codebase] });
  const night = { from: '00:00', to: '23:59' };
  const noon = new Date(2025, 5, 10, 12, 0).getTime();
  const clock = { ...options.clock, nowMs: () => noon };
  const budget = new TransferBudget(clock);
  let interruptions = 0;
  const reception = await receivePackage({
    ...options,
    clock: {
      ...options.clock,
      monotonicMs: (
        (ms) => () =>
          (ms += 300)
      )(0),
    },
    budget,
    onProgress: ({ bytesFetched }) => {
      if (bytesFetched === 0 || interruptions > 0) return;
      interruptions += 1;
      budget.setLimit({ blackout: night });
      void clock.sleep(200).then(() => budget.setLimit({}));
    },
  });
  expect(reception).toMatchObject({ state: 'RECEIVED', bytesFetched: 3 * 1024 * 1024 });
  expect(interruptions).toBe(1);
  expect(server.requests).toHaveLength(2);
  expect(options.book.rank(options.codebases)[0]!.errors).toBe(0);
});
