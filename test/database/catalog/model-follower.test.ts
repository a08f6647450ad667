// The read model follows the log through lost wake-ups, compaction and failures, and `reach`
// resolves only when it has seen the revision.
import { ModelFollower } from '../../../catalog/model-follower.ts';
import type { ChangeLog, CatalogStore, Wakeups } from '../../../catalog/ports.ts';
import { settledQueries } from '../../../catalog/queries.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import { systemClock } from '../../../core/clock.ts';
import { CanopyError } from '../../../core/errors.ts';
import { silentLogger, type LogFields } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import { databaseKinds, type TestDatabase } from '../../support/database.ts';
import { aSite } from '../../support/database-items.ts';
import { waitFor } from '../../support/wait-for.ts';
import { failureOf } from './support/failure.ts';

const FACTS = {
  id: systemRandom.guid(),
  name: 'smp1',
  scheme: 'http',
  publicUrl: 'http://smp1.example',
  addresses: [],
  uncRoot: '',
} as const;

describe.each(databaseKinds())('$name', (kind) => {
  let subject: TestDatabase;
  let followers: ModelFollower[] = [];
  let errors: LogFields[] = [];
  beforeAll(async () => {
    subject = await kind.create();
  });
  afterEach(async () => {
    for (const follower of followers) await follower.stop();
    followers = [];
    errors = [];
  });
  afterAll(async () => {
    await subject?.close();
    await kind.stop();
  });

  async function addSites(count: number): Promise<number> {
    const { position } = await subject.database.store.transact(async (tx) => {
      for (let index = 0; index < count; index += 1) tx.put('site', aSite());
    });
    return position.revision;
  }

  /** A started follower of its own model, with what the test put in between. */
  async function follow(
    given: { readonly wakeups?: Wakeups; readonly log?: Partial<ChangeLog> } = {},
  ): Promise<{ model: ReadModel; follower: ModelFollower }> {
    const { database } = subject;
    const log = Object.assign(Object.create(database.log) as ChangeLog, given.log);
    const store = Object.assign(Object.create(database.store) as CatalogStore, { log });
    const model = new ReadModel(FACTS);
    const follower = new ModelFollower({
      store,
      model,
      wakeups: given.wakeups ?? database.wakeups,
      clock: systemClock,
      logger: { ...silentLogger, error: (fields) => errors.push(fields) },
    });
    await follower.start();
    followers.push(follower);
    return { model, follower };
  }

  async function untilRevision(model: ReadModel, revision: number): Promise<void> {
    await waitFor(() => model.position.revision >= revision);
  }

  async function expectEqualToStore(model: ReadModel): Promise<void> {
    const { position, changes } = await subject.database.store.readAll();
    expect(model.position).toEqual(position);
    const stored = changes.flatMap(({ kind: of, key }) => (of === 'site' ? [key] : []));
    expect([...model.sites()].map(({ id }) => id).sort()).toEqual(stored.sort());
  }

  test('starts with everything there is, and follows by wake-ups', async () => {
    await addSites(3);
    const { model } = await follow();
    await expectEqualToStore(model);
    await untilRevision(model, await addSites(2_500));
    await expectEqualToStore(model);
  });

  test('a lost wake-up costs a tick, not the change', async () => {
    const deaf: Wakeups = { ...createWakeups(), notify: () => undefined };
    const { model } = await follow({ wakeups: deaf });
    await untilRevision(model, await addSites(2));
    await expectEqualToStore(model);
  });

  test('wake-ups that mean nothing, and many of them, are harmless', async () => {
    const wakeups = createWakeups();
    let reads = 0;
    const { log } = subject.database;
    const counted: Partial<ChangeLog> = {
      read: (...args) => {
        reads += 1;
        return log.read(...args);
      },
    };
    const { model } = await follow({ wakeups, log: counted });
    for (let index = 0; index < 1_000; index += 1) wakeups.notify();
    const revision = await addSites(1);
    wakeups.notify();
    await untilRevision(model, revision);
    await expectEqualToStore(model);
    expect(reads).toBeLessThan(20);
  });

  test('a log that was compacted under it makes it load everything again', async () => {
    const deaf: Wakeups = { ...createWakeups(), notify: () => undefined };
    const { model, follower } = await follow({ wakeups: deaf });
    const doomed = [...model.sites()].slice(0, 2);
    const { position } = await subject.database.store.transact(async (tx) => {
      for (const { id } of doomed) tx.remove('site', id);
    });
    const { removed } = await subject.database.log.compact(Number.MAX_SAFE_INTEGER, 0);
    expect(removed).toBeGreaterThan(0);
    await follower.reach(position.revision);
    await expectEqualToStore(model);
    expect(doomed.some(({ id }) => model.site(id) !== undefined)).toBe(false);
  });

  test('a database that was put back makes it load everything again', async () => {
    const { model } = await follow();
    const { position } = await subject.database.store.readAll();
    model.apply([], { epoch: 'another', revision: position.revision + 1_000 });
    await subject.database.store.transact(async (tx) => tx.put('site', aSite()));
    await waitFor(() => model.position.epoch !== 'another');
    await expectEqualToStore(model);
  });

  test('a log that cannot be read is reported and read again', async () => {
    const { log } = subject.database;
    let failures = 2;
    const flaky: Partial<ChangeLog> = {
      read: (...args) =>
        (failures -= 1) < 0 ? log.read(...args) : Promise.reject(new Error('connection lost')),
    };
    const { model } = await follow({ log: flaky });
    await untilRevision(model, await addSites(1));
    await expectEqualToStore(model);
    expect(errors.length).toBeGreaterThan(0);
  });

  test('whoever reaches for a commit finds it in the model, also many at once', async () => {
    const { model, follower } = await follow();
    await Promise.all(
      Array.from({ length: 25 }, async () => {
        const site = aSite();
        const { position } = await subject.database.store.transact(async (tx) =>
          tx.put('site', site),
        );
        await follower.reach(position.revision);
        expect(model.site(site.id)).toEqual(site);
      }),
    );
    await follower.reach(0);
  });

  test('what a query saw of a write under way, the model has when the query is answered', async () => {
    const deaf: Wakeups = { ...createWakeups(), notify: () => undefined };
    const { model, follower } = await follow({ wakeups: deaf });
    const queries = settledQueries(subject.database.queries, () => follower.settle());
    const site = aSite();
    const committed = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const writing = follower.write(async () => {
      const outcome = await subject.database.store.transact(async (tx) => tx.put('site', site));
      committed.resolve();
      await goOn.promise;
      return outcome;
    });
    await committed.promise;
    expect(await queries.getMany('site', [site.id])).toEqual([site]);
    expect(model.site(site.id)).toEqual(site);
    goOn.resolve();
    await writing;
  });

  test('reach waits for a revision that is still to come', async () => {
    const { model, follower } = await follow();
    const { revision } = model.position;
    let reached = false;
    const waiting = follower.reach(revision + 2).then(() => {
      reached = true;
    });
    await follower.reach(await addSites(1));
    expect(reached).toBe(false);
    await addSites(1);
    await waiting;
    expect(model.position.revision).toBe(revision + 2);
  });

  test('reach rejects when the log cannot be read, and when the follower stops', async () => {
    const refuse = new CanopyError('NOT_READY', 'closing');
    const { model, follower } = await follow({ log: { read: () => Promise.reject(refuse) } });
    expect(await failureOf(follower.reach(model.position.revision + 1))).toBe(refuse);

    const healthy = await follow();
    const waiting = failureOf(healthy.follower.reach(healthy.model.position.revision + 1));
    await healthy.follower.stop();
    expect(await waiting).toMatchObject({ name: 'AbortError' });
  });
});
