import { systemRandom } from '../../core/random.ts';
import type { Database } from '../../server/persistence/open-database.ts';
import { createQuarantineStore } from '../../server/persistence/records/quarantine-store.ts';
import type { ApiToken } from '../../server/persistence/records/api-token-store.ts';
import type { NewJob } from '../../server/persistence/records/job-store.ts';

const aToken = (given: Partial<ApiToken> = {}): ApiToken => ({
  id: systemRandom.guid(),
  name: 'console',
  role: 'OPERATOR',
  hash: Buffer.from(systemRandom.bytes(32)).toString('hex'),
  createdAtMs: 1_000,
  expiresAtMs: undefined,
  revokedAtMs: undefined,
  lastUsedAtMs: undefined,
  ...given,
});

const aJob = (given: Partial<NewJob> = {}): NewJob => ({
  id: systemRandom.guid(),
  kind: 'PACKAGE_REFRESH',
  subjectId: systemRandom.guid(),
  force: false,
  createdAtMs: 1_000,
  ...given,
});

/** What the server's own records promise. */
export function recordsContract(subject: () => Database): void {
  test('tokens are found by hash, listed newest first, revoked once', async () => {
    const { tokens } = subject();
    const [older, newer] = [
      aToken({ createdAtMs: 10, expiresAtMs: 99 }),
      aToken({ createdAtMs: 20 }),
    ];
    await tokens.insert(older);
    await tokens.insert(newer);
    expect(await tokens.findByHash(older.hash)).toEqual(older);
    expect(await tokens.findByHash('00')).toBeUndefined();
    expect(await tokens.list()).toEqual([newer, older]);
    await tokens.touch(older.id, 50);
    expect(await tokens.revoke(older.id, 60)).toEqual({
      ...older,
      lastUsedAtMs: 50,
      revokedAtMs: 60,
    });
    expect(await tokens.revoke(older.id, 70)).toMatchObject({ revokedAtMs: 60 });
    expect(await tokens.revoke(systemRandom.guid(), 70)).toBeUndefined();
    await expect(tokens.insert(aToken({ hash: older.hash }))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  test('an enrolment token is bound to the first key, in its life, and goes with its server', async () => {
    const { enrollmentTokens: tokens } = subject();
    const packageServerId = systemRandom.guid();
    const token = (id = systemRandom.guid()) => ({
      id,
      kind: 'PACKAGE_SERVER' as const,
      packageServerId,
      secretHash: 'ab',
      createdAtMs: 10,
      expiresAtMs: 100,
      usedAtMs: undefined,
      usedBy: undefined,
    });
    const [one, two] = [token(), token()];
    await tokens.insert(one);
    await tokens.insert(two);
    expect(await tokens.get(one.id)).toEqual(one);
    const keys = Array.from({ length: 8 }, (_, index) => `key ${index}`);
    const used = await Promise.all(keys.map((key) => tokens.use(one.id, key, 50)));
    const winners = used.filter((answer) => answer !== undefined);
    expect(winners).toHaveLength(1);
    const key = winners[0]!.usedBy!;
    expect(await tokens.use(one.id, key, 60)).toMatchObject({ usedBy: key });
    expect(await tokens.use(one.id, key, 100)).toBeUndefined();
    expect(await tokens.use(systemRandom.guid(), key, 50)).toBeUndefined();
    await tokens.removeOf(packageServerId, one.id);
    expect([await tokens.get(two.id), (await tokens.get(one.id))?.id]).toEqual([undefined, one.id]);
    await tokens.insert({ ...token(), createdAtMs: 100, expiresAtMs: 200 });
    expect(await tokens.get(one.id)).toBeUndefined();
    const ofChild = { ...token(), kind: 'CHILD' as const, packageServerId: undefined };
    await tokens.insert({ ...ofChild, expiresAtMs: 300 });
    expect(await tokens.get(ofChild.id)).toEqual({ ...ofChild, expiresAtMs: 300 });
    await tokens.remove(ofChild.id);
    expect(await tokens.get(ofChild.id)).toBeUndefined();
  });

  test('a subject has one unfinished job of a kind, also when many ask at once', async () => {
    const { jobs } = subject();
    for (const subjectId of [systemRandom.guid(), undefined]) {
      const asked = Array.from({ length: 5 }, () => jobs.insert(aJob({ subjectId })));
      const answers = await Promise.all(asked);
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
      const { job } = answers[0]!;
      await jobs.update(job.id, { state: 'SUCCEEDED', finishedAtMs: 5 });
      expect(await jobs.insert(aJob({ subjectId }))).toMatchObject({ created: true });
    }
  });

  test('a job changes only from the states its writer expects', async () => {
    const { jobs } = subject();
    const { job } = await jobs.insert(aJob({ force: true }));
    expect(await jobs.get(job.id)).toEqual(job);
    const running = { state: 'RUNNING', startedAtMs: 2, attempts: 1, done: 2 ** 40 } as const;
    expect(await jobs.update(job.id, running, ['QUEUED'])).toEqual({ ...job, ...running });
    expect(await jobs.update(job.id, { state: 'CANCELLED' }, ['QUEUED'])).toBeUndefined();
    const problems = [{ code: 'DISK_FULL', message: 'm', path: ['a'] }] as const;
    expect(await jobs.update(job.id, { state: 'FAILED', problems })).toMatchObject({ problems });
    expect(await jobs.update(systemRandom.guid(), { done: 1 })).toBeUndefined();
  });

  test('jobs are listed newest first, unfinished ones oldest first', async () => {
    const { jobs } = subject();
    const base = 9_000_000;
    const added = [];
    for (const index of [0, 1, 2]) {
      added.push((await jobs.insert(aJob({ createdAtMs: base + index }))).job);
    }
    await jobs.update(added[1]!.id, { state: 'SUCCEEDED' });
    const listed = await jobs.list({ limit: 2, states: ['QUEUED'] });
    expect(listed.map(({ id }) => id)).toEqual([added[2]!.id, added[0]!.id]);
    const unfinished = (await jobs.unfinished()).filter(({ createdAtMs }) => createdAtMs >= base);
    expect(unfinished.map(({ id }) => id)).toEqual([added[0]!.id, added[2]!.id]);
    const subjectId = added[1]!.subjectId!;
    expect(await jobs.list({ limit: 9, subjectId })).toHaveLength(1);
  });

  test('quarantine keeps the newest messages and stores hostile ones', async () => {
    const quarantine = createQuarantineStore(subject().orm, 3);
    for (const body of ['1', '2', '3', '4\0\ud800']) {
      await quarantine.insert({
        receivedAtMs: 1,
        remoteAddress: '192.0.2.1',
        door: 'PostEvent',
        reason: 'not XML',
        body,
      });
    }
    const kept = await quarantine.list(10);
    expect(kept.map(({ body }) => body)).toEqual(['4\u{fffd}\u{fffd}', '3', '2']);
  });

  test('the server row is written again without losing its boot counter', async () => {
    const { smp } = subject();
    expect(await smp.readSmp()).toBeUndefined();
    const record = {
      guid: systemRandom.guid(),
      name: 'SMP1',
      publicKey: 'key',
      publicUrl: 'http://smp1',
      uncRoot: '',
    };
    await smp.writeSmp(record);
    expect(await smp.raiseBootCounter()).toBe(1);
    await smp.writeSmp({ ...record, name: 'SMP2' });
    expect(await smp.raiseBootCounter()).toBe(2);
    expect(await smp.readSmp()).toEqual({ ...record, name: 'SMP2', bootCounter: 2 });
  });

  test('a schedule remembers its last word', async () => {
    const { schedules } = subject();
    const state = { name: 'NS.Package Refresh', lastJobId: systemRandom.guid(), lastRunAtMs: 1 };
    await schedules.write({ ...state, nextRunAtMs: 2 });
    await schedules.write({ ...state, nextRunAtMs: undefined });
    expect(await schedules.list()).toEqual([{ ...state, nextRunAtMs: undefined }]);
  });
}
