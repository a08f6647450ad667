// What a package server hears and says of the parent's package servers, over its real link.
import { systemRandom } from '../../core/random.ts';
import { aSite } from '../support/database-items.ts';
import { treeItems } from '../support/tree-items.ts';
import type { Machine } from './package-server-machine.ts';
import { aMachine, open, publish, report, server, useServer, VERSION } from './link-world.ts';

useServer();

const UP = { packageServerId: systemRandom.guid(), name: 'up', urls: ['http://up.example'] };

afterEach(() => {
  server.model.crossings.upstreamServers = undefined;
});

/** A package server at 10.0.0.1, which is the address of the SMP too, in a site. */
async function inTheSite(given: Parameters<typeof aMachine>[0] = {}): Promise<Machine> {
  const site = aSite();
  await server.write(async (tx) => {
    tx.put('site', site);
    const id = systemRandom.guid();
    tx.put('subnet', { id, network: '10.0.0.0/24', name: '', siteId: site.id });
  });
  return aMachine({ addresses: ['10.0.0.1'], ...given });
}

test('a lease comes with its assignment and its ticket, and goes again', async () => {
  const ps = await inTheSite();
  const one = await publish();
  const link = await open(ps);
  expect(await link.next()).toMatchObject({ assignments: [{ crossing: null }] });
  const lease = { packageId: one.id, internalVersion: VERSION, packageServerId: ps.id };
  server.model.crossings.setLease({ ...lease, ticket: 'first' });
  expect(await link.next()).toMatchObject({
    complete: false,
    assignments: [{ packageGuid: one.id, crossing: { ticket: 'first' } }],
  });
  server.model.crossings.setLease({ ...lease, ticket: 'renewed' });
  expect(await link.next()).toMatchObject({ assignments: [{ crossing: { ticket: 'renewed' } }] });
  server.model.crossings.endLease(one.id);
  expect(await link.next()).toMatchObject({ assignments: [{ crossing: null }] });
});

test('a lease of another one, or of another version, is not told', async () => {
  const ps = await inTheSite();
  const one = await publish();
  const lease = {
    packageId: one.id,
    internalVersion: VERSION,
    packageServerId: ps.id,
    ticket: 't',
  };
  server.model.crossings.setLease({ ...lease, internalVersion: VERSION - 1 });
  expect(await (await open(ps)).next()).toMatchObject({ assignments: [{ crossing: null }] });
  server.model.crossings.setLease({ ...lease, packageServerId: systemRandom.guid() });
  const again = await open(ps, { bootCounter: 2 });
  expect(await again.next()).toMatchObject({ assignments: [{ crossing: null }] });
  server.model.crossings.endLease(one.id);
});

test('whom to probe is told at once, and only to those that may cross', async () => {
  const ps = await inTheSite();
  const constrained = await aMachine({ addresses: ['10.0.0.2'], constrained: true });
  const link = await open(ps);
  expect(await link.next()).toMatchObject({ probes: [] });
  server.model.crossings.upstreamServers = [UP];
  const { packageServerId: packageServerGuid, name, urls } = UP;
  expect(await link.next()).toMatchObject({ probes: [{ packageServerGuid, name, urls }] });
  expect(await (await open(constrained)).next()).toMatchObject({ probes: [] });
});

test('results of probes make the field of the SMP ready', async () => {
  const ps = await inTheSite();
  await server.write(async (tx) => {
    const { parent } = treeItems(systemRandom.guid());
    tx.put('parent', { ...parent, state: 'JOINED' });
  });
  await (await open(ps)).next();
  server.model.crossings.upstreamServers = [UP];
  const query = '{ smp { packageReplicationReady { ready reasons } } }';
  const ask = async () => (await server.ask(query)).data.smp.packageReplicationReady;
  expect(await ask()).toMatchObject({
    ready: false,
    reasons: [expect.stringMatching('not probed')],
  });
  const probe = {
    packageServerGuid: UP.packageServerId,
    url: 'http://up.example',
    reachable: true,
    tookMs: 3,
    at: new Date(server.nodes.serverTimeMs).toISOString(),
  };
  await report(ps, { holdings: [], probes: [probe] });
  expect(await ask()).toEqual({ ready: true, reasons: [] });
  const fault = { ...probe, reachable: false, reason: 'no answer within 5 s' };
  await report(ps, { sequence: 2, holdings: [], probes: [fault] });
  expect((await ask()).reasons).toEqual([expect.stringMatching(/does not reach up .*no answer/)]);
});

test('too many results are refused by name', async () => {
  const ps = await inTheSite();
  const probe = {
    packageServerGuid: UP.packageServerId,
    url: '',
    reachable: false,
    tookMs: 0,
    at: new Date(0).toISOString(),
  };
  const said = { holdings: [], probes: Array.from({ length: 65 }, () => probe) };
  const { sequence, userErrors } = await report(ps, said);
  expect(sequence).toBeNull();
  expect(userErrors).toMatchObject([{ path: ['probes'] }]);
});
