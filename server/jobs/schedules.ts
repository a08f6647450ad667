import type { Job, Jobs, Schedule } from '../../catalog/jobs.ts';
import type { Settings } from '../../catalog/settings.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { ScheduleState, ScheduleStore } from '../persistence/records/schedule-store.ts';
import { planDaily, planInterval, type PlanFacts } from './schedule-plans.ts';

/** Work that begins by itself. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly description: string;
  /** When it runs next; `undefined` when it is switched off. Past: it is due. */
  plan(settings: Settings, facts: PlanFacts): number | undefined;
  /** Queues the work. While earlier work is unfinished it answers that. */
  run(): Promise<readonly Job[]>;
}

/** The schedules that administrators know, under their names. */
export function legacySchedules(jobs: Pick<Jobs, 'enqueue'>): ScheduleDefinition[] {
  return [
    {
      name: 'NS.Package Distribution Point Update Schedule',
      description:
        'Reads all package sources again and publishes a new version of those that changed.',
      plan: (settings, facts) =>
        planInterval(settings.distributionPointUpdateIntervalMinutes, facts),
      run: async () => [await jobs.enqueue('DISTRIBUTION_POINT_UPDATE', undefined)],
    },
    {
      name: 'NS.Package Refresh',
      description: 'Reads every byte of every source, every day at the set time.',
      plan: (settings, facts) => planDaily(settings.packageRefreshTime, facts),
      run: async () => [await jobs.enqueue('PACKAGE_REFRESH', undefined)],
    },
  ];
}

export interface SchedulesOptions {
  readonly definitions: readonly ScheduleDefinition[];
  readonly store: ScheduleStore;
  /** The settings in force at this moment. */
  readonly settings: () => Settings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Settings and wall clock are looked at again this often. */
const LONGEST_SLEEP_MS = 30_000;

/**
 * Starts work on time. The plan of each schedule is kept in its row, so a restart neither forgets
 * a run nor repeats one; the row is written after the job is queued, and a crash in between only
 * finds that same unfinished job again.
 */
export class Schedules {
  private readonly options: SchedulesOptions;
  private readonly stopped = new AbortController();
  private looping: Promise<void> | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: SchedulesOptions) {
    this.options = options;
  }

  start(): void {
    this.looping ??= this.loop();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.looping;
    await this.turn;
  }

  async list(): Promise<Schedule[]> {
    const states = await this.states();
    return this.options.definitions.map((definition) => ({
      name: definition.name,
      description: definition.description,
      nextRunAtMs: this.planOf(definition, states.get(definition.name)),
      lastJobId: states.get(definition.name)?.lastJobId,
    }));
  }

  /** Runs a schedule now; its plan stays. Throws `NOT_FOUND` for a name that is none. */
  async run(name: string): Promise<Job[]> {
    const { definitions } = this.options;
    const definition = definitions.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (!definition) {
      const names = definitions.map((one) => `"${one.name}"`).join(', ');
      const hint = `The schedules are ${names}.`;
      throw new CanopyError('NOT_FOUND', `There is no schedule "${name}".`, {
        path: ['name'],
        hint,
      });
    }
    return this.inTurn(async () => {
      const state = (await this.states()).get(definition.name);
      return this.fire(definition, this.planOf(definition, state));
    });
  }

  private async loop(): Promise<void> {
    const { clock, logger } = this.options;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const sleepMs = await this.inTurn(() => this.runDue()).catch((error: unknown) => {
        logger.warn({ error }, 'Schedules could not be looked at; they are again in 30 s.');
        return LONGEST_SLEEP_MS;
      });
      await clock.sleep(sleepMs, signal).catch(() => undefined);
    }
  }

  /** Runs what is due, notes new plans, and answers how long to sleep. */
  private async runDue(): Promise<number> {
    const { definitions, store, clock } = this.options;
    const states = await this.states();
    let sleepMs = LONGEST_SLEEP_MS;
    for (const definition of definitions) {
      const state = states.get(definition.name);
      const plannedMs = this.planOf(definition, state);
      if (plannedMs === undefined || plannedMs > clock.nowMs()) {
        if (plannedMs !== state?.nextRunAtMs) {
          await store.write({ ...blank(definition.name), ...state, nextRunAtMs: plannedMs });
        }
        sleepMs = Math.min(sleepMs, (plannedMs ?? Infinity) - clock.nowMs());
      } else {
        const nowMs = clock.nowMs();
        const facts = { plannedMs: undefined, lastRunMs: nowMs, nowMs };
        await this.fire(definition, definition.plan(this.options.settings(), facts));
      }
    }
    return Math.max(1, sleepMs);
  }

  private async fire(
    { name, run }: ScheduleDefinition,
    nextRunAtMs: number | undefined,
  ): Promise<Job[]> {
    const jobs = [...(await run())];
    const lastRunAtMs = this.options.clock.nowMs();
    await this.options.store.write({ name, lastJobId: jobs.at(-1)?.id, lastRunAtMs, nextRunAtMs });
    this.options.logger.info({ schedule: name, jobs: jobs.length }, 'A schedule ran.');
    return jobs;
  }

  private planOf(definition: ScheduleDefinition, state: ScheduleState | undefined) {
    return definition.plan(this.options.settings(), {
      plannedMs: state?.nextRunAtMs,
      lastRunMs: state?.lastRunAtMs,
      nowMs: this.options.clock.nowMs(),
    });
  }

  private async states(): Promise<Map<string, ScheduleState>> {
    const states = await this.options.store.list();
    return new Map(states.map((state) => [state.name, state]));
  }

  /** A run by hand and one by the clock must not write the same row at once. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

const blank = (name: string): ScheduleState => ({
  name,
  lastJobId: undefined,
  lastRunAtMs: undefined,
  nextRunAtMs: undefined,
});
