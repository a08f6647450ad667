// Schedules run when they should: on time, once, across restarts, missed runs and clock changes.
import type { Job } from '../../../catalog/jobs.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../catalog/settings.ts';
import { sleepBy, type Clock } from '../../../core/clock.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import { planDaily, planInterval } from '../../../server/jobs/schedule-plans.ts';
import { Schedules, legacySchedules } from '../../../server/jobs/schedules.ts';
import type {
  ScheduleState,
  ScheduleStore,
} from '../../../server/persistence/records/schedule-store.ts';

const MINUTE = 60_000;
const UPDATE = 'NS.Package Distribution Point Update Schedule';
const REFRESH = 'NS.Package Refresh';
/** Noon of a day without a change of the clocks anywhere, local time. */
const NOON = new Date(2026, 0, 14, 12).getTime();

/** A clock that stands still until it is moved, and a store that outlives the schedules. */
function world() {
  let nowMs = NOON;
  let sleepers: { atMs: number; wake: () => void }[] = [];
  const after: Clock['after'] = (delayMs, wake) => {
    const sleeper = { atMs: nowMs + delayMs, wake };
    sleepers.push(sleeper);
    return () => void (sleepers = sleepers.filter((one) => one !== sleeper));
  };
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after,
    sleep: sleepBy(after),
  };
  const rows = new Map<string, ScheduleState>();
  const store: ScheduleStore & { fail: boolean } = {
    fail: false,
    list: async () => [...rows.values()],
    write: async (state) => {
      if (store.fail) throw new TypeError('killed');
      rows.set(state.name, state);
    },
  };
  const runs: { kind: string; atMs: number }[] = [];
  let settings: Settings = DEFAULT_SETTINGS;
  const start = () => {
    const jobs = {
      enqueue: async (kind: string) => {
        runs.push({ kind, atMs: nowMs });
        return { id: systemRandom.guid() } as Job;
      },
    };
    const definitions = legacySchedules(jobs);
    const options = { definitions, store, settings: () => settings, clock, logger: silentLogger };
    const schedules = new Schedules(options);
    schedules.start();
    return schedules;
  };
  /** Lets everything run that waits for nothing but promises. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (spanMs: number) => {
    const endMs = nowMs + spanMs;
    await settle();
    for (;;) {
      const next = sleepers.sort((a, b) => a.atMs - b.atMs)[0];
      if (!next || next.atMs > endMs) break;
      sleepers = sleepers.slice(1);
      nowMs = Math.max(nowMs, next.atMs);
      next.wake();
      await settle();
    }
    nowMs = endMs;
  };
  return {
    start,
    pass,
    settle,
    store,
    rows,
    jump: (spanMs: number) => (nowMs += spanMs),
    set: (changes: Partial<Settings>) => (settings = { ...settings, ...changes }),
    runsOf: (kind: string) =>
      runs.filter((run) => run.kind === kind).map(({ atMs }) => (atMs - NOON) / MINUTE),
  };
}

test('the update runs at its interval and the refresh at its time of day', async () => {
  const { start, pass, runsOf } = world();
  const schedules = start();
  await pass(24 * 60 * MINUTE);
  expect(runsOf('DISTRIBUTION_POINT_UPDATE').slice(0, 3)).toEqual([10, 20, 30]);
  expect(runsOf('DISTRIBUTION_POINT_UPDATE')).toHaveLength(144);
  expect(runsOf('PACKAGE_REFRESH')).toEqual([15.5 * 60]);
  await schedules.stop();
});

test('restarts neither postpone nor repeat a run', async () => {
  const { start, pass, runsOf } = world();
  for (let i = 0; i < 20; i++) {
    const schedules = start();
    await pass(3 * MINUTE);
    await schedules.stop();
  }
  expect(runsOf('DISTRIBUTION_POINT_UPDATE')).toEqual([10, 20, 30, 40, 50, 60]);
});

test('what was missed while the server was down runs once', async () => {
  const { start, pass, jump, runsOf } = world();
  const first = start();
  await pass(MINUTE);
  await first.stop();
  jump(3 * 24 * 60 * MINUTE);
  const second = start();
  await pass(5 * MINUTE);
  expect(runsOf('DISTRIBUTION_POINT_UPDATE')).toHaveLength(1);
  expect(runsOf('PACKAGE_REFRESH')).toHaveLength(1);
  await second.stop();
});

test('a crash after queueing asks for the same work again, which the queue knows', async () => {
  const { start, pass, store, runsOf } = world();
  const first = start();
  await pass(9 * MINUTE);
  store.fail = true;
  await pass(MINUTE);
  await first.stop();
  store.fail = false;
  const second = start();
  await pass(5 * MINUTE);
  expect(runsOf('DISTRIBUTION_POINT_UPDATE')).toEqual([10, 10]);
  await second.stop();
});

test('changed settings hold within half a minute', async () => {
  const { start, pass, set, runsOf } = world();
  const schedules = start();
  set({ distributionPointUpdateIntervalMinutes: 0, packageRefreshTime: '' });
  await pass(60 * MINUTE);
  expect((await schedules.list()).map(({ nextRunAtMs }) => nextRunAtMs)).toEqual([
    undefined,
    undefined,
  ]);
  set({ distributionPointUpdateIntervalMinutes: 5, packageRefreshTime: '13:30' });
  await pass(40 * MINUTE);
  expect(runsOf('DISTRIBUTION_POINT_UPDATE')[0]).toBeLessThanOrEqual(65.5);
  expect(runsOf('PACKAGE_REFRESH')).toEqual([90]);
  set({ distributionPointUpdateIntervalMinutes: 600, packageRefreshTime: '14:00' });
  await pass(60 * MINUTE);
  expect(runsOf('PACKAGE_REFRESH')).toEqual([90, 120]);
  await schedules.stop();
});

test('a run by hand is noted and leaves the plan alone', async () => {
  const { start, pass, runsOf } = world();
  const schedules = start();
  await pass(4 * MINUTE);
  const [job] = await schedules.run(UPDATE.toLowerCase());
  expect(await schedules.list()).toMatchObject([
    { name: UPDATE, lastJobId: job!.id, nextRunAtMs: NOON + 10 * MINUTE },
    { name: REFRESH, lastJobId: undefined },
  ]);
  await pass(7 * MINUTE);
  expect(runsOf('DISTRIBUTION_POINT_UPDATE')).toEqual([4, 10]);
  await expect(schedules.run('NS.Nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await schedules.stop();
});

describe('plans', () => {
  const facts = { plannedMs: undefined, lastRunMs: undefined, nowMs: NOON };

  test('a clock that falls neither stops the interval nor repeats the day', () => {
    const ahead = NOON + 365 * 24 * 60 * MINUTE;
    expect(planInterval(10, { ...facts, plannedMs: ahead })).toBe(NOON + 10 * MINUTE);
    expect(planDaily('12:05', { ...facts, lastRunMs: NOON + 6 * MINUTE })).toBe(
      new Date(2026, 0, 15, 12, 5).getTime(),
    );
    expect(planDaily('12:05', { ...facts, lastRunMs: ahead })).toBe(NOON + 5 * MINUTE);
  });

  test.each(['', '24:00', '3:30', '03:60', 'noon'])('%j is no time of day: off', (time) => {
    expect(planDaily(time, facts)).toBeUndefined();
  });

  test('every local day of a year has one run at its time, whatever the clocks do', () => {
    let nowMs = new Date(2026, 0, 1).getTime();
    const days = new Set<string>();
    for (let day = 0; day < 365; day++) {
      nowMs = planDaily('02:30', { ...facts, nowMs, lastRunMs: nowMs })!;
      days.add(new Date(nowMs).toDateString());
    }
    expect(days.size).toBe(365);
  });
});
