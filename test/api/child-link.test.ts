// The link of a child SMP between two servers: pushed pages, blobs, status up, operations, and how
// it ends, over real sockets.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeChunkIndex, encodeManifest } from '../../content/index.ts';
import { isSignedByOwner } from '../../hierarchy/statements/tree-statement.ts';
import { anOwnItem, SimpleParentPorts } from '../support/link-doubles.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { aNodeSummary, aPackageState } from '../support/tree-items.ts';
import { waitFor } from '../support/wait-for.ts';
import { openLinkWorld, quickClock, type LinkWorld } from './child-link-world.ts';

let world: LinkWorld;
const proxies: TcpProxy[] = [];
beforeAll(async () => {
  world = await openLinkWorld();
});
afterEach(async () => {
  await world.clear();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  world.services.reports.length = 0;
});
afterAll(() => world.close());

async function publish(...given: Parameters<typeof anOwnItem>[1][]) {
  const items = (given.length > 0 ? given : [{}]).map((one) =>
    anOwnItem(world.parent.identity, one),
  );
  await world.parent.write(async (tx) => {
    for (const item of items) tx.put('treeItem', item);
  });
  return items;
}

async function proxied(): Promise<TcpProxy> {
  const proxy = await startTcpProxy(world.parent.url);
  proxies.push(proxy);
  return proxy;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('a JOINING child is confirmed, gets what there is in pages, and each commit at once', async () => {
  const old = await publish(
    { name: 'a' },
    { name: 'b' },
    { name: 'c' },
    { name: 'd' },
    { name: 'e' },
  );
  const child = await world.join({ child: { state: 'JOINING' } });
  const { ports, keeper } = world.follow();
  await waitFor(() => ports.items.length === 5);
  expect(ports.items.map(({ id }) => id)).toEqual(old.map(({ id }) => id));
  expect(ports.applied.map(({ items }) => items.length)).toEqual([2, 2, 1]);
  expect(ports.items.every(isSignedByOwner)).toBe(true);
  expect(world.parent.model.tree.child(child.id)?.state).toBe('JOINED');
  expect(ports.standings[0]).toMatchObject({
    lineage: [{ nodeId: world.parent.identity.nodeId, membership: '' }],
    replicationEnabled: true,
  });
  await waitFor(() => world.parent.childSessions.stateOf(child.id).lag === 0);
  const [fresh] = await publish({ name: 'f' });
  await waitFor(() => ports.items.at(-1)?.id === fresh!.id);
  expect(keeper.state).toMatchObject({ state: 'CONNECTED', connected: true, lastError: '' });
  expect(world.parent.childSessions.stateOf(child.id)).toMatchObject({
    stale: false,
    reason: '',
    connectedSinceMs: expect.any(Number) as number,
    lastHeardAtMs: expect.any(Number) as number,
  });
});

test('a commit that nothing goes down with costs no read for any child', async () => {
  const child = await world.join();
  const { ports } = world.follow();
  await publish();
  await waitFor(() => ports.items.length === 1);
  await waitFor(() => world.parent.childSessions.stateOf(child.id).lag === 0);
  const before = world.services.reads;
  await world.parent.write(async (tx) => tx.put('nodeSummary', aNodeSummary({ name: 'other' })));
  await publish();
  await waitFor(() => ports.items.length === 2);
  expect(world.services.reads - before).toBeLessThanOrEqual(2);
});

test('a manifest comes before its item; one that is missing or malformed is refused alone', async () => {
  const manifest = Buffer.from(encodeManifest({ files: [], emptyFolders: [] }));
  const chunks = Buffer.from(encodeChunkIndex(new Map()));
  for (const bytes of [manifest, chunks]) {
    await writeFile(join(world.parent.blobFolder, sha256(bytes)), bytes);
  }
  const current = {
    ...aPackageState().current!,
    manifestHash: sha256(manifest),
    chunkIndexHash: sha256(chunks),
  };
  const [good, missing, malformed] = await publish(
    { current, internalVersion: 5 },
    { current: { ...current, manifestHash: '9'.repeat(64) }, internalVersion: 6 },
    { priority: 'URGENT' as never },
  );
  await world.join();
  const { ports } = world.follow();
  await waitFor(() => ports.applied.flatMap(({ refusals }) => refusals).length === 2);
  expect(ports.items.map(({ id }) => id)).toEqual([good!.id]);
  expect(
    ports.applied
      .flatMap(({ refusals }) => refusals)
      .map(({ item, code }) => [item.kind === 'ITEM' && item.item.id, code]),
  ).toEqual([
    [missing!.id, 'NOT_FOUND'],
    [malformed!.id, 'MALFORMED_REQUEST'],
  ]);
  expect(await world.content.readBlob(sha256(manifest))).toEqual(manifest);
});

test('a child hears first which placements it is to raise, those below it too', async () => {
  const child = await world.join();
  const [own, below] = [child.nodeId, 'b'.repeat(26)];
  await world.parent.write(async (tx) => {
    for (const [nodeId, raiseVia] of [
      [own, own],
      [below, own],
      ['c'.repeat(26), 'other'],
    ] as const) {
      tx.put('nodeSummary', aNodeSummary({ nodeId, placement: 7, raiseAbove: 7, raiseVia }));
    }
  });
  const { ports } = world.follow();
  await waitFor(() => ports.raised.length > 0);
  expect(ports.raised.toSorted((one, other) => (one.nodeId < other.nodeId ? -1 : 1))).toEqual(
    [own, below].toSorted().map((nodeId) => ({ nodeId, above: 7 })),
  );
});

test('what goes up is told once, in order, also after a new connection', async () => {
  const proxy = await proxied();
  await world.join({ url: proxy.url });
  const { keeper } = world.follow({ clock: quickClock(20) });
  const put = (name: string) =>
    world.child.write(async (tx) =>
      tx.put('nodeSummary', aNodeSummary({ nodeId: world.child.identity.nodeId, name })),
    );
  const names = () =>
    world.services.reports.flatMap(({ states }) =>
      states.map(({ item }) => (item as { name: string }).name),
    );
  await put('first');
  await waitFor(() => names().includes('first'));
  proxy.cut();
  await waitFor(() => keeper.state?.connected === false);
  await put('second');
  await waitFor(() => names().includes('second'));
  expect(names()).toEqual(['first', 'second']);
});

test('an operation is answered, large answers too; who goes away cancels it; a cut is UNREACHABLE', async () => {
  const proxy = await proxied();
  const child = await world.join({ url: proxy.url });
  const { ports } = world.follow({ clock: quickClock(20) });
  const { childSessions } = world.parent;
  await waitFor(() => childSessions.stateOf(child.id).connectedSinceMs !== undefined);
  const assertion = {
    askerNodeId: 'a',
    user: 'ann',
    role: 'VIEWER' as const,
    operationHash: '',
    targetNodeId: 'b',
    expiresAtMs: 1,
    signature: '',
  };
  const ask = (id: string, timeoutMs = 20_000, signal = new AbortController().signal) =>
    childSessions.delegate(
      child.id,
      { id, query: `{ ${id} }`, variables: {}, assertion },
      timeoutMs,
      signal,
    );
  expect(await ask('one')).toMatchObject({ id: 'one', data: { echo: '{ one }' } });
  const large = 'x'.repeat(2 * 1024 * 1024);
  const plain = ports.answer;
  ports.answer = async ({ id }) => ({
    id,
    status: 'OK',
    data: { large },
    errors: [],
    prunedFields: [],
  });
  expect(await ask('large')).toMatchObject({ data: { large } });
  const aborted = Promise.withResolvers<void>();
  ports.answer = (_operation, signal) =>
    new Promise(() => signal.addEventListener('abort', () => aborted.resolve()));
  const asker = new AbortController();
  const asked = ask('gone', 20_000, asker.signal);
  asker.abort(new Error('The asker went away.'));
  await expect(asked).rejects.toThrow('went away');
  expect(await ask('late', 300)).toBe('TIMEOUT');
  await aborted.promise;
  const cut = ask('cut');
  proxy.cut();
  expect(await cut).toBe('UNREACHABLE');
  ports.answer = plain;
});

test('a removed child is told so at once, with what becomes of its items, and closed with 4403', async () => {
  const child = await world.join();
  const { ports, keeper } = world.follow();
  await waitFor(() => keeper.state?.connected === true);
  await world.parent.write(async (tx) =>
    tx.put('child', { ...child, state: 'REMOVED', keepsItems: false }),
  );
  await waitFor(() => keeper.state?.state === 'ENDED');
  expect(ports.ended).toEqual([false]);
  await waitFor(() => world.parent.sockets.socketCount === 0);
  expect(world.services.farewells.map(({ id }) => id)).toEqual([child.id]);
});

test('a child that the parent does not know hears NOT_A_CHILD at the upgrade and stops', async () => {
  const child = await world.join();
  await world.parent.write(async (tx) => tx.remove('child', child.id));
  const { ports, keeper } = world.follow();
  await waitFor(() => keeper.state?.state === 'ENDED');
  expect(ports.ended).toEqual([undefined]);
  expect(keeper.state).toMatchObject({ lastErrorCode: 'NOT_A_CHILD', connected: false });
});

test('two links of one start end each other; a later start replaces an earlier one', async () => {
  const child = await world.join();
  const first = world.follow({ bootCounter: 7 });
  await waitFor(() => first.keeper.state?.connected === true);
  const clone = world.follow({ bootCounter: 7 });
  await waitFor(() => clone.keeper.state?.lastErrorCode === 'LINK_DOUBLED');
  await waitFor(() => first.keeper.state?.lastErrorCode === 'LINK_DOUBLED');
  await clone.stop();
  await waitFor(() => first.keeper.state?.connected === true);
  const later = world.follow({ bootCounter: 8 });
  await waitFor(() => first.keeper.state?.lastErrorCode === 'LINK_REPLACED');
  await waitFor(() => later.keeper.state?.connected === true);
  expect(world.parent.childSessions.stateOf(child.id).stale).toBe(false);
});

test.each([-3_600_000, 3_600_000])('a clock that is %d ms off costs nothing', async (aheadMs) => {
  await world.join();
  const { ports, keeper } = world.follow({ clock: quickClock(1, aheadMs) });
  await publish();
  await waitFor(() => ports.items.length === 1);
  expect(keeper.state).toMatchObject({ connected: true, reconnects: 0 });
});

test('a half-open connection is noticed by silence, and nothing is lost or stored twice', async () => {
  const proxy = await proxied();
  await world.join({ url: proxy.url });
  const { ports, keeper } = world.follow({ clock: quickClock(100) });
  await publish();
  await waitFor(() => ports.items.length === 1);
  proxy.freeze();
  const [second] = await publish();
  await waitFor(() => (keeper.state?.reconnects ?? 0) > 0);
  await waitFor(() => ports.items.length === 2);
  expect(ports.items[1]!.id).toBe(second!.id);
});

test('on a slow line pages are on their way together, and come in order', async () => {
  const proxy = await proxied();
  proxy.delayMs = 100;
  const child = await world.join({ url: proxy.url });
  const items = await publish(...Array.from({ length: 16 }, () => ({})));
  const { ports, keeper } = world.follow();
  let mostWaiting = 0;
  ports.beforeApply = async () => {
    mostWaiting = Math.max(mostWaiting, keeper.state!.lag);
  };
  await waitFor(() => ports.items.length === items.length);
  expect(ports.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  expect(mostWaiting).toBeGreaterThan(1);
  await waitFor(() => world.parent.childSessions.stateOf(child.id).lag === 0);
  expect(keeper.state).toMatchObject({ connected: true, reconnects: 0 });
});

test('a child that stores nothing is sent four pages and no more', async () => {
  const child = await world.join();
  const gate = Promise.withResolvers<void>();
  const ports = new SimpleParentPorts();
  ports.beforeApply = () => gate.promise;
  const { keeper } = world.follow({ ports });
  await waitFor(() => keeper.state?.connected === true);
  await publish(...Array.from({ length: 20 }, () => ({})));
  await waitFor(() => keeper.state?.lag === 4);
  expect(world.parent.childSessions.stateOf(child.id).lag).not.toBe(0);
  gate.resolve();
  await waitFor(() => ports.items.length === 20);
  await waitFor(() => world.parent.childSessions.stateOf(child.id).lag === 0);
});

test('while replication is off on either side the link stays and pages wait', async () => {
  const child = await world.join();
  const { ports, keeper } = world.follow();
  await waitFor(() => keeper.state?.connected === true);
  const parent = world.child.model.tree.parent!;
  await world.child.write(async (tx) => tx.put('parent', { ...parent, replicationEnabled: false }));
  await publish();
  await waitFor(() => keeper.state?.lag === 1);
  await world.child.write(async (tx) => tx.put('parent', parent));
  await waitFor(() => ports.items.length === 1);
  const now = world.parent.model.tree.child(child.id)!;
  await world.parent.write(async (tx) => tx.put('child', { ...now, replicationEnabled: false }));
  await waitFor(
    () => (ports.standings.at(-1) as { replicationEnabled: boolean }).replicationEnabled === false,
  );
  await publish();
  await world.parent.write(async (tx) => tx.put('child', now));
  await waitFor(() => ports.items.length === 2);
  expect(keeper.state).toMatchObject({ connected: true, reconnects: 0 });
});

test('a page that shows the parent to know less makes the child compare at once', async () => {
  await world.join();
  const ports = new SimpleParentPorts();
  ports.shown = 'COMPARE';
  const { keeper } = world.follow({ ports });
  await publish();
  await waitFor(() => ports.compared.length === 1);
  ports.shown = 'STORED';
  const [fresh] = await publish();
  await waitFor(() => ports.items.at(-1)?.id === fresh!.id);
  expect(ports.compared).toEqual(['TOLD_OLDER']);
  expect(keeper.state).toMatchObject({ connected: true, reconnects: 0 });
});

test('a changed rule makes the child compare, and reading goes on from there', async () => {
  const child = await world.join();
  const { ports, keeper } = world.follow();
  await publish();
  await waitFor(() => ports.items.length === 1);
  const now = world.parent.model.tree.child(child.id)!;
  await world.parent.write(async (tx) =>
    tx.put('child', { ...now, ruleRevision: now.ruleRevision + 1 }),
  );
  await waitFor(() => ports.compared.length === 1);
  const [fresh] = await publish();
  await waitFor(() => ports.items.at(-1)?.id === fresh!.id);
  expect(ports.compared).toEqual(['RULE_CHANGED']);
  await world.parent.childSessions.requestComparison(child.id);
  expect(ports.compared).toHaveLength(2);
  expect(keeper.state?.connected).toBe(true);
});
