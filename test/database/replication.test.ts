// Replication on real databases: a page and its cursor are stored together or not at all, nothing is
// skipped while others write, and a database that was put back is recognised.
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogStore } from '../../catalog/ports.ts';
import { ReadModel } from '../../catalog/read-model.ts';
import type { Child, Parent } from '../../catalog/tree-model.ts';
import { systemClock } from '../../core/clock.ts';
import { generateIdentity } from '../../core/identity.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { publishing } from '../../hierarchy/replication/publish-changes.ts';
import { TreeReplica } from '../../hierarchy/replication/replica.ts';
import { presentCursor, readTreePage } from '../../hierarchy/replication/tree-feed.ts';
import { openDatabase, type Database } from '../../server/persistence/open-database.ts';
import { aPackage } from '../support/database-items.ts';
import {
  databaseOptions,
  onEveryDatabase,
  seededDataDirectory,
  type DatabaseKind,
} from '../support/database.ts';
import { treeItems } from '../support/tree-items.ts';

const cursorKey = new Uint8Array(32);
const identity = generateIdentity();
const model = new ReadModel({
  id: systemRandom.guid(),
  name: 'smp',
  scheme: 'http',
  publicUrl: 'http://smp.example',
  addresses: [],
  uncRoot: '',
});
const child: Child = {
  ...treeItems(systemRandom.guid()).child,
  rule: { kind: 'EVERYTHING' },
  ruleRevision: 1,
};

function contextOn(raw: CatalogStore, owner = identity): CatalogContext {
  const store = publishing(raw, { identity: owner, clock: systemClock });
  return {
    store,
    model,
    clock: systemClock,
    random: systemRandom,
    identity: owner,
    logger: silentLogger,
    write: async (work) => (await store.transact(work)).value,
  };
}

async function publish(context: CatalogContext, name: string): Promise<void> {
  const one = aPackage({ name, ownerNodeId: context.identity.nodeId });
  await context.write(async (tx) => tx.put('package', one));
}

/** A store that dies as it is about to commit a cursor, for as long as `armed` says so. */
function dying(store: CatalogStore, armed: () => boolean): CatalogStore {
  return {
    log: store.log,
    states: store.states,
    readAll: () => store.readAll(),
    transact: (work) =>
      store.transact(async (tx) => {
        let hasCursor = false;
        const value = await work({
          get: (kind, key) => tx.get(kind, key),
          list: (kind, keyPrefix) => tx.list(kind, keyPrefix),
          remove: (kind, key) => tx.remove(kind, key),
          put: (kind, item) => {
            hasCursor ||= kind === 'feedPosition';
            tx.put(kind, item);
          },
        });
        if (hasCursor && armed()) throw new Error('the process died');
        return value;
      }),
  };
}

onEveryDatabase((subject, kind) => {
  test('a page and its cursor are stored together or not at all', async () => {
    const { store } = subject().database;
    const above = generateIdentity();
    const parent: Parent = {
      ...treeItems(systemRandom.guid()).parent,
      nodeId: above.nodeId,
      state: 'JOINED',
      lineage: [
        {
          nodeId: above.nodeId,
          publicKey: above.publicKey,
          guid: systemRandom.guid(),
          name: 'root',
          membership: '',
        },
      ],
    };
    await store.transact(async (tx) => tx.put('parent', parent));
    const page = await signedPage(kind, above);
    let armed = true;
    const replica = new TreeReplica(contextOn(dying(store, () => armed)));
    await expect(replica.apply(parent, page)).rejects.toThrow('the process died');
    expect(await replicated(store)).toEqual([]);
    armed = false;
    expect(await replica.cursor(parent)).toBe('');
    for (const _ of ['once', 'twice']) await replica.apply(parent, page);
    expect(await replicated(store)).toEqual(['first', 'second']);
    expect(await replica.cursor(parent)).toBe(page.cursor);
  });

  test('reading on while others write skips nothing', async () => {
    const context = contextOn(subject().database.store);
    const inputs = { context, cursorKey };
    let cursor = await presentCursor(inputs, child);
    const names = Array.from({ length: 40 }, (_, index) => `at once ${index}`);
    const last = new Map<string, string>();
    let writing = true;
    const written = Promise.all(names.map((name) => publish(context, name))).finally(() => {
      writing = false;
    });
    for (let isLast = false; !isLast;) {
      isLast = !writing;
      const answer = await readTreePage(inputs, child, { cursor: cursor });
      if (answer.kind !== 'PAGE') continue;
      for (const sent of answer.page.items) {
        if (sent.kind === 'ITEM') last.set(sent.item.id, sent.item.state!.name);
      }
      cursor = answer.page.cursor;
    }
    await written;
    expect([...last.values()].sort()).toEqual([...names].sort());
  });
});

test('a database that was put back is recognised, even once it is longer than before', async () => {
  const directory = await seededDataDirectory();
  const options = databaseOptions(directory.path);
  const data = join(directory.path, 'state', 'pgdata');
  const kept = join(directory.path, 'kept');
  const during = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    const database = await openDatabase(options);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  };
  const cursorAfter = (name: string): Promise<string> =>
    during(async ({ store }) => {
      const context = contextOn(store);
      await publish(context, name);
      return presentCursor({ context, cursorKey }, child);
    });
  try {
    const before = await cursorAfter('before the copy');
    await cp(data, kept, { recursive: true });
    const undone = await cursorAfter('undone');
    await rm(data, { recursive: true });
    await rename(kept, data);
    for (const name of ['after', 'and after', 'and after that']) await cursorAfter(name);
    await during(async ({ store }) => {
      const inputs = { context: contextOn(store), cursorKey };
      expect(await readTreePage(inputs, child, { cursor: undone })).toEqual({
        kind: 'COMPARE',
        reason: 'EPOCH_CHANGED',
      });
      expect(await readTreePage(inputs, child, { cursor: before })).toMatchObject({ kind: 'PAGE' });
    });
  } finally {
    await directory.remove();
  }
});

/** Two packages as another node signs them, in one page. */
async function signedPage(kind: DatabaseKind, above: ReturnType<typeof generateIdentity>) {
  const other = await kind.create();
  try {
    const context = contextOn(other.database.store, above);
    const inputs = { context, cursorKey };
    const start = await presentCursor(inputs, child);
    for (const name of ['first', 'second']) await publish(context, name);
    const answer = await readTreePage(inputs, child, { cursor: start });
    if (answer.kind !== 'PAGE') throw new Error(`asked to compare: ${answer.kind}`);
    return { items: answer.page.items, refusals: [], cursor: answer.page.cursor };
  } finally {
    await other.close();
  }
}

async function replicated(store: CatalogStore): Promise<string[]> {
  const { value } = await store.transact((tx) => tx.list('package'));
  return value
    .filter(({ origin }) => origin === 'REPLICATED')
    .map(({ name }) => name)
    .sort();
}
