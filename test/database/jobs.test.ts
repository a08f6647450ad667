// Jobs end exactly as their rows say, through kill -9, failing handlers, cancelling and restarts.
import type { Job, JobRun } from '../../catalog/jobs.ts';
import { systemClock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { JobService, type JobServiceOptions } from '../../server/jobs/job-service.ts';
import { openDatabase, type Database } from '../../server/persistence/open-database.ts';
import { startProgram } from '../support/child-program.ts';
import { databaseKinds, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

const KIND = 'DISTRIBUTION_POINT_UPDATE';
const never = new AbortController().signal;

/** Resolves with the job once it is in a state that `accepts`. */
async function until(service: JobService, id: Guid, accepts: (job: Job) => boolean): Promise<Job> {
  for await (const job of service.watch(id, never)) if (accepts(job)) return job;
  throw new TypeError('the job ended otherwise');
}

const finished = (service: JobService, { id }: Job): Promise<Job> =>
  until(service, id, ({ finishedAtMs }) => finishedAtMs !== undefined);

/** Resolves when the run is asked to end. */
const aborted = ({ signal }: JobRun): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  );

describe.each(databaseKinds())('jobs on the $name database', (kind) => {
  let given: TestDatabase;
  const services: JobService[] = [];

  beforeAll(async () => {
    given = await kind.create();
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
  });
  afterAll(async () => {
    await given?.close();
    await kind.stop();
  });

  function serviceOn(database: Database, options: Partial<JobServiceOptions> = {}): JobService {
    const service = new JobService({
      store: database.jobs,
      connection: database.connection,
      embedded: database.embedded,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      retryDelayMs: 0,
      ...options,
    });
    services.push(service);
    return service;
  }

  const newService = (options?: Partial<JobServiceOptions>) => serviceOn(given.database, options);

  test('a job runs, tells its progress and ends with its message', async () => {
    const service = newService();
    const gate = Promise.withResolvers<void>();
    service.registerHandler(KIND, async (run) => {
      run.report({ done: 5, total: 10, unit: 'BYTES', filesDone: 1, filesTotal: 2 });
      run.report({ done: 3, total: 10, unit: 'BYTES', message: 'Copying.' });
      await gate.promise;
      run.report({ done: 10, total: 10, unit: 'BYTES', filesDone: 2 });
      return `Copied, force ${run.force}.`;
    });
    await service.start();
    const queued = await service.enqueue(KIND, systemRandom.guid(), { force: true });
    expect(queued).toMatchObject({ state: 'QUEUED', attempts: 0, done: 0 });
    const running = await until(service, queued.id, ({ done }) => done > 0);
    expect(running).toMatchObject({
      state: 'RUNNING',
      done: 5,
      total: 10,
      unit: 'BYTES',
      filesDone: 1,
      message: 'Copying.',
      attempts: 1,
    });
    gate.resolve();
    expect(await finished(service, queued)).toMatchObject({
      state: 'SUCCEEDED',
      done: 10,
      filesDone: 2,
      filesTotal: 2,
      message: 'Copied, force true.',
      problems: [],
    });
  });

  test('progress is coalesced and never falls', async () => {
    const service = newService();
    service.registerHandler(KIND, async (run) => {
      for (let i = 1; i <= 2_000; i++) {
        run.report({ done: i % 7 === 0 ? i - 5 : i, total: 2_000, unit: 'ITEMS' });
        if (i % 20 === 0) await systemClock.sleep(10);
      }
      return 'Counted.';
    });
    await service.start();
    const startedAtMs = systemClock.monotonicMs();
    const { id } = await service.enqueue(KIND, systemRandom.guid());
    const seen: number[] = [];
    for await (const job of service.watch(id, never)) seen.push(job.done);
    const tookSeconds = (systemClock.monotonicMs() - startedAtMs) / 1000;
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(2_000);
    expect(seen.length).toBeGreaterThan(3);
    // 4 writes a second for as long as it took, and the queueing, the claim and the end.
    expect(seen.length).toBeLessThanOrEqual(4 * tookSeconds + 4);
  });

  test('of one kind and subject there is one unfinished job', async () => {
    const service = newService();
    const subject = systemRandom.guid();
    const gate = Promise.withResolvers<void>();
    service.registerHandler(KIND, () => gate.promise.then(() => 'Done.'));
    const all = await Promise.all(Array.from({ length: 10 }, () => service.enqueue(KIND, subject)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    await service.start();
    await until(service, all[0]!.id, ({ state }) => state === 'RUNNING');
    expect((await service.enqueue(KIND, subject)).id).toBe(all[0]!.id);
    expect((await service.enqueue('PACKAGE_REFRESH', subject)).id).not.toBe(all[0]!.id);
    gate.resolve();
    await finished(service, all[0]!);
    const next = await service.enqueue(KIND, subject);
    expect(next.id).not.toBe(all[0]!.id);
    await finished(service, next);
  });

  test('a waiting job takes over the force of a second request', async () => {
    const service = newService();
    const subject = systemRandom.guid();
    service.registerHandler(KIND, async ({ force }) => `force ${force}`);
    const first = await service.enqueue(KIND, subject);
    await service.enqueue(KIND, subject, { force: true });
    await service.start();
    expect((await finished(service, first)).message).toBe('force true');
  });

  test('what may pass is tried three times, what cannot succeed once', async () => {
    const service = newService();
    const hopeless = systemRandom.guid();
    const runs: Record<string, number> = {};
    service.registerHandler(KIND, ({ job }) => {
      const subject = job.subjectId!;
      runs[subject] = (runs[subject] ?? 0) + 1;
      if (subject === hopeless) throw new CanopyError('SOURCE_MISSING', 'Nothing is there.');
      throw new TypeError('secret detail');
    });
    await service.start();
    const broken = await service.enqueue(KIND, systemRandom.guid());
    const missing = await service.enqueue(KIND, hopeless);
    const failed = await finished(service, broken);
    expect(failed).toMatchObject({ state: 'FAILED', attempts: 3 });
    expect(failed.problems).toMatchObject([{ code: 'INTERNAL' }]);
    expect(JSON.stringify(failed)).not.toContain('secret detail');
    expect(await finished(service, missing)).toMatchObject({
      state: 'FAILED',
      attempts: 1,
      message: 'Nothing is there.',
      problems: [{ code: 'SOURCE_MISSING' }],
    });
    expect(runs).toEqual({ [broken.subjectId!]: 3, [hopeless]: 1 });
  });

  test('a run that meets a failing statement is repeated and the rest goes on', async () => {
    const service = newService();
    const { orm } = given.database;
    let attempt = 0;
    service.registerHandler(
      KIND,
      async () => {
        attempt++;
        if (attempt === 1) await orm.em.fork().transactional((em) => em.execute('select 1/0'));
        return 'Done.';
      },
      2,
    );
    await service.start();
    const jobs = await Promise.all(
      Array.from({ length: 20 }, () => service.enqueue(KIND, systemRandom.guid())),
    );
    const ended = await Promise.all(jobs.map((job) => finished(service, job)));
    expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
    expect(
      ended
        .map(({ attempts }) => attempts)
        .sort()
        .slice(-2),
    ).toEqual([1, 2]);
  });

  test('cancelling: waiting at once, running by its signal, finished not at all', async () => {
    const service = newService();
    service.registerHandler(KIND, aborted);
    const waiting = await service.enqueue('CONTENT_SWEEP', undefined);
    const running = await service.enqueue(KIND, systemRandom.guid());
    await service.start();
    expect(await service.cancel(waiting.id)).toMatchObject({ state: 'CANCELLED', attempts: 0 });
    await until(service, running.id, ({ state }) => state === 'RUNNING');
    await service.cancel(running.id);
    const cancelled = await finished(service, running);
    expect(cancelled).toMatchObject({ state: 'CANCELLED', problems: [] });
    expect(await service.cancel(running.id)).toEqual(cancelled);
    expect(await service.cancel(systemRandom.guid())).toBeUndefined();
  });

  test('stopping puts a running job back, and the next start finishes it', async () => {
    const first = newService();
    first.registerHandler(KIND, aborted);
    await first.start();
    const job = await first.enqueue(KIND, systemRandom.guid());
    await until(first, job.id, ({ state }) => state === 'RUNNING');
    await first.stop();
    expect(await first.get(job.id)).toMatchObject({ state: 'QUEUED', attempts: 0 });
    const second = newService();
    second.registerHandler(KIND, async () => 'Done.');
    await second.start();
    expect(await finished(second, job)).toMatchObject({ state: 'SUCCEEDED', attempts: 1 });
  });

  test('a handler that does not stop holds nobody up, and its job is taken up again', async () => {
    const first = newService();
    const stuck = Promise.withResolvers<string>();
    first.registerHandler(KIND, () => stuck.promise);
    await first.start();
    const job = await first.enqueue(KIND, systemRandom.guid());
    await until(first, job.id, ({ state }) => state === 'RUNNING');
    await first.stop({ deadlineMs: 50 });
    const second = newService({ embedded: true });
    second.registerHandler(KIND, async () => 'Done by the second.');
    await second.start();
    expect(await finished(second, job)).toMatchObject({ message: 'Done by the second.' });
    stuck.resolve('Too late.');
    await first.stop();
    expect(await second.get(job.id)).toMatchObject({ message: 'Done by the second.' });
  });

  test('an orphan is found by its heartbeat, and fails for good after three deaths', async () => {
    const { jobs: store } = given.database;
    const heartbeatAtMs = systemClock.nowMs() - 60_000;
    const orphan = async (attempts: number) => {
      const { job } = await store.insert({
        id: systemRandom.guid(),
        kind: KIND,
        subjectId: systemRandom.guid(),
        force: false,
        createdAtMs: heartbeatAtMs,
      });
      return (await store.update(job.id, { state: 'RUNNING', attempts, heartbeatAtMs }))!;
    };
    const service = newService({ embedded: false, orphanAfterMs: 1_000, sweepIntervalMs: 50 });
    service.registerHandler(KIND, async () => 'Done.');
    await service.start();
    const [once, thrice] = [await orphan(1), await orphan(3)];
    expect(await finished(service, once)).toMatchObject({ state: 'SUCCEEDED', attempts: 2 });
    expect(await finished(service, thrice)).toMatchObject({
      state: 'FAILED',
      problems: [{ code: 'INTERNAL' }],
    });
  });

  test('a run whose row was taken by another process ends and writes nothing', async () => {
    const service = newService();
    const ended = Promise.withResolvers<void>();
    service.registerHandler(KIND, async (run) => {
      for (let done = 1; !run.signal.aborted; done++) {
        run.report({ done, total: done + 1, unit: 'ITEMS' });
        await systemClock.sleep(20);
      }
      ended.resolve();
      return 'Never.';
    });
    await service.start();
    const job = await service.enqueue(KIND, systemRandom.guid());
    await until(service, job.id, ({ done }) => done > 0);
    const other = { state: 'CANCELLED', message: 'By another.', finishedAtMs: 1 } as const;
    await given.database.jobs.update(job.id, other);
    const settled = finished(service, job);
    await ended.promise;
    expect(await settled).toMatchObject(other);
  });

  test('lists newest first, by state and subject, and counts the unfinished', async () => {
    const service = newService();
    const subjectId = systemRandom.guid();
    const job = await service.enqueue('PACKAGE_REFRESH', subjectId);
    expect(await service.list({ subjectId, limit: 10 })).toEqual([job]);
    expect(await service.list({ subjectId, states: ['FAILED'], limit: 10 })).toEqual([]);
    expect((await service.list({ limit: 1 }))[0]!.createdAtMs).toBeGreaterThanOrEqual(
      job.createdAtMs,
    );
    expect(await service.count()).toContainEqual({
      kind: 'PACKAGE_REFRESH',
      state: 'QUEUED',
      count: expect.any(Number),
    });
    await service.cancel(job.id);
  });

  test('500 jobs through kill -9: none lost, none repeated that was recorded as done', async () => {
    const own = await kind.create();
    const { options } = own;
    await own.database.close();
    try {
      const program = startProgram(
        new URL('./jobs-program.ts', import.meta.url),
        options.dataDirectory,
        '500',
        ...(options.databaseUrl === undefined ? [] : [options.databaseUrl]),
      );
      await program.untilLines(1 + 150);
      await program.kill();
      const database = await openDatabase(options);
      try {
        const rows = await database.jobs.list({ limit: 1_000 });
        const done = rows.filter(({ state }) => state === 'SUCCEEDED');
        expect(rows).toHaveLength(500);
        expect(done.length).toBeGreaterThanOrEqual(140);
        const again: Guid[] = [];
        const service = serviceOn(database, { orphanAfterMs: 500, sweepIntervalMs: 200 });
        service.registerHandler(
          KIND,
          async ({ job }) => {
            again.push(job.id);
            return 'Done by the second process.';
          },
          2,
        );
        await service.start();
        await waitFor(async () => (await database.jobs.unfinished()).length === 0, 120_000);
        const ended = await database.jobs.list({ limit: 1_000 });
        expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
        expect(again.sort()).toEqual(
          rows
            .filter((row) => !done.includes(row))
            .map(({ id }) => id)
            .sort(),
        );
        expect(Math.max(...ended.map(({ attempts }) => attempts))).toBeLessThanOrEqual(2);
        await service.stop();
      } finally {
        await database.close();
      }
    } finally {
      await own.close();
    }
  });
});
