// The link of package servers over WebSocket: assignments, deltas, and who is cut off.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { snapshotStatement } from '../../content/statement.ts';
import type { Guid } from '../../core/guid.ts';
import { verifyStatement } from '../../core/identity.ts';
import { systemRandom } from '../../core/random.ts';
import { aPackage, aPackageServer, aSite } from '../support/database-items.ts';
import type { Answer } from './graphql-server.ts';
import { enrolledMachine, type Machine } from './package-server-machine.ts';
import { connectSocket } from './web-socket-client.ts';
import {
  aMachine,
  clients,
  held,
  ids,
  LINK,
  open,
  publish,
  ready,
  report,
  REPORT,
  server,
  sha256,
  snapshotOf,
  useServer,
  VERSION,
} from './link-world.ts';

useServer();

describe('assignments', () => {
  test('all four modes, whole and in pages; what is off or unread is left out', async () => {
    const ps = await aMachine();
    const site = aSite();
    await server.write(async (tx) => {
      tx.put('site', site);
      const item = (await tx.get('packageServer', ps.id))!;
      tx.put('packageServer', { ...item, manualSiteIds: [site.id] });
    });
    const wanted = [
      await publish(),
      await publish({ assignmentMode: 'INDIVIDUALLY', packageServerIds: [ps.id] }),
      await publish({ assignmentMode: 'SITE', siteIds: [site.id] }),
      await publish({ assignmentMode: 'AUTOMATIC', siteIds: [site.id] }),
      await publish({ sourceState: 'FAILED', sourceReason: 'away for a moment' }),
    ];
    await publish({ assignmentMode: 'INDIVIDUALLY' });
    await publish({ assignmentMode: 'SITE', siteIds: [systemRandom.guid()] });
    await publish({ enabled: false });
    await publish({ sourceState: 'UNVERIFIED' });
    await server.write(async (tx) => tx.put('package', aPackage({ internalVersion: 0 })));
    const event = await (await open(ps)).next();
    expect(ids(event).sort()).toEqual(wanted.map(({ id }) => id).sort());
    expect(event).toMatchObject({ complete: true, resendStatus: true, removed: [], verify: [] });
    const first = event.assignments[0];
    const { ownerPublicKey, signature, rootHash, internalVersion } = first;
    const packageId = first.packageGuid as Guid;
    const { ownerNodeId } = first;
    const statement = snapshotStatement({ packageId, internalVersion, rootHash, ownerNodeId });
    expect(verifyStatement(ownerPublicKey, statement, signature)).toBe(true);
  });

  test('450 assignments come in pages of 200, the last one complete', async () => {
    const ps = await aMachine();
    await server.write(async (tx) => {
      for (let count = 0; count < 450; count++) {
        const one = aPackage();
        tx.put('package', one);
        tx.put('snapshot', snapshotOf(one, 'one'));
      }
    });
    const link = await open(ps);
    const pages = [await link.next(), await link.next(), await link.next()];
    expect(pages.map((page) => [ids(page).length, page.complete])).toEqual([
      [200, false],
      [200, false],
      [50, true],
    ]);
    expect(new Set(pages.flatMap(ids)).size).toBe(450);
  });

  test('deltas: a new package, a new version, one that goes', async () => {
    const ps = await aMachine();
    const link = await open(ps);
    expect(await link.next()).toMatchObject({ complete: true, assignments: [] });
    const one = await publish();
    expect(await link.next()).toMatchObject({
      complete: false,
      assignments: [{ packageGuid: one.id, internalVersion: VERSION }],
    });
    await publish({ ...one, internalVersion: VERSION + 1 }, 'two');
    expect(await link.next()).toMatchObject({
      assignments: [{ internalVersion: VERSION + 1, rootHash: sha256('two') }],
    });
    await server.write(async (tx) => tx.put('package', { ...one, enabled: false }));
    expect(await link.next()).toMatchObject({ assignments: [], removed: [one.id] });
  });

  test('settings reach the link while it is open', async () => {
    const ps = await aMachine();
    const link = await open(ps);
    expect((await link.next()).settings).toEqual({
      maxBytesPerSecond: null,
      blackoutFrom: null,
      blackoutTo: null,
      versionGraceMinutes: 1440,
      publicationTypes: { unc: true, http: true, https: true },
    });
    const { data } = await server.ask(
      'mutation { updateSettings(input: { packageServerMaxBytesPerSecond: 9000000000, ' +
        'packageServerBlackout: "22:00-06:00" }) { userErrors { message } } }',
    );
    expect(data.updateSettings.userErrors).toEqual([]);
    expect((await link.next()).settings).toMatchObject({
      maxBytesPerSecond: 9_000_000_000,
      blackoutFrom: '22:00',
      blackoutTo: '06:00',
    });
  });

  test('an assignment comes again when a source for it appears, until it is held', async () => {
    const site = aSite();
    await server.write(async (tx) => tx.put('site', site));
    const places = { manualSiteIds: [site.id], addresses: [] };
    const constrained = await aMachine({ ...places, constrained: true });
    const source = await aMachine({ ...places, httpUrl: 'http://ps2.example' });
    const one = await publish();
    const link = await open(constrained);
    expect(ids(await link.next())).toEqual([one.id]);
    await report(source, { holdings: [ready(source, one)] });
    expect(ids(await link.next())).toEqual([one.id]);
    await report(constrained, { holdings: [ready(constrained, one)] });
    await report(source, { sequence: 2, holdings: [{ ...ready(source, one), held: [] }] });
    await report(source, { sequence: 3, holdings: [ready(source, one)] });
    const other = await publish();
    expect(ids(await link.next())).toEqual([other.id]);
  });
});

describe('demands', () => {
  test('verifyPackage and resendStatus reach an open link, and the next one', async () => {
    const ps = await aMachine();
    const one = await publish();
    const link = await open(ps);
    await link.next();
    const verify =
      'mutation ($id: ID!) { verifyPackage(input: {packageId: $id}) { packageServers { guid } } }';
    const { data } = await server.ask(verify, { id: one.id });
    expect(data.verifyPackage.packageServers).toEqual([{ guid: ps.id }]);
    expect(await link.next()).toMatchObject({ verify: [one.id], resendStatus: false });
    await server.ask(
      'mutation ($id: ID!) { resendStatus(input: {packageServerId: $id}) { __typename } }',
      { id: ps.id },
    );
    expect(await link.next()).toMatchObject({ verify: [], resendStatus: true });
    link.client.socket.close();
    await link.client.closed;
    await server.ask(verify, { id: one.id });
    expect(await (await open(ps)).next()).toMatchObject({ complete: true, verify: [one.id] });
  });

  test('one that is not enrolled cannot be asked', async () => {
    const item = aPackageServer();
    await server.write(async (tx) => tx.put('packageServer', item));
    const { data } = await server.ask(
      'mutation ($id: ID!) { resendStatus(input: {packageServerId: $id}) ' +
        '{ userErrors { code } } }',
      { id: item.id },
    );
    expect(data.resendStatus.userErrors).toEqual([{ code: 'CONFLICT' }]);
  });
});

describe('who has the link', () => {
  const state = async (ps: Machine): Promise<Answer> => {
    const { data } = await server.ask(
      'query ($id: ID!) { packageServer(by: {id: $id}) ' +
        '{ link { connected connectedAt lastHeardAt agentVersion } } }',
      { id: ps.id },
    );
    return data.packageServer.link;
  };

  test('it is shown while it is open', async () => {
    const ps = await aMachine();
    const none = { connected: false, connectedAt: null, lastHeardAt: null, agentVersion: null };
    expect(await state(ps)).toEqual(none);
    const link = await open(ps);
    await link.next();
    expect(await state(ps)).toMatchObject({ connected: true, agentVersion: '0.1.0' });
    link.client.send({ id: 'link', type: 'complete' });
    link.client.send({ type: 'ping' });
    expect((await link.client.next()).type).toBe('pong');
    expect(await state(ps)).toMatchObject({ connected: false, agentVersion: '0.1.0' });
  });

  test('a later start takes it over, an earlier one does not get it back', async () => {
    const ps = await aMachine();
    const first = await open(ps, { bootCounter: 3 });
    await first.next();
    const second = await open(ps, { bootCounter: 4 });
    await second.next();
    expect(await first.failure()).toBe('LINK_REPLACED');
    expect(await (await open(ps, { bootCounter: 3 })).failure()).toBe('LINK_REPLACED');
    const one = await publish();
    expect(ids(await second.next())).toEqual([one.id]);
    const input = { bootCounter: 3, sequence: 1, full: true, holdings: [] };
    const { data } = await ps.ask(REPORT, { input });
    expect(data.reportPackageServer).toMatchObject({
      sequence: null,
      userErrors: [{ code: 'LINK_REPLACED' }],
    });
  });

  test('the same start twice ends both; the next attempt gets it', async () => {
    const ps = await aMachine();
    const first = await open(ps);
    await first.next();
    const second = await open(ps);
    expect(await second.failure()).toBe('LINK_DOUBLED');
    expect(await first.failure()).toBe('LINK_DOUBLED');
    expect(await (await open(ps)).next()).toMatchObject({ complete: true });
  });

  test.each([
    ['a boot counter of 0', { bootCounter: 0 }],
    ['another protocol', { protocolVersion: 2 }],
    ['no version', { agentVersion: '' }],
    ['an address that is none', { publicUrls: ['ps1:8081'] }],
    ['two addresses of a scheme', { publicUrls: ['http://ps1.example', 'http://ps2.example'] }],
  ])('%s is refused', async (_, hello) => {
    expect(await (await open(await aMachine(), hello)).failure()).toBe('INVALID_INPUT');
  });

  test.each([
    ['deletePackageServer', 'id'],
    ['revokeEnrollment', 'packageServerId'],
  ])('%s cuts it off at once and withdraws what it attested', async (mutation, field) => {
    const ps = await aMachine();
    const one = await publish();
    await report(ps, { holdings: [ready(ps, one)] });
    const link = await open(ps);
    await link.next();
    await server.ask(`mutation ($id: ID!) { ${mutation}(input: {${field}: $id}) { __typename } }`, {
      id: ps.id,
    });
    expect(held(ps, one) ?? []).toEqual([]);
    expect(await link.failure()).toBe('FORBIDDEN');
    const input = { bootCounter: 1, sequence: 2, full: true, holdings: [ready(ps, one)] };
    expect((await ps.ask(REPORT, { input })).status).toBe(401);
    expect(held(ps, one) ?? []).toEqual([]);
  });

  test('a machine that enrols anew replaces the one before, with all it attested', async () => {
    const ps = await aMachine();
    const one = await publish();
    await report(ps, { holdings: [ready(ps, one)] });
    const link = await open(ps);
    await link.next();
    const next = await enrolledMachine(server, ps.id);
    expect(held(ps, one)).toEqual([]);
    expect(await link.failure()).toBe('FORBIDDEN');
    expect(await (await open(next)).next()).toMatchObject({ complete: true });
  });

  test('a person with a token has no link', async () => {
    const client = await connectSocket(server.webSocketUrl);
    clients.push(client);
    await client.init((await server.token('ADMIN')).secret);
    const hello = { bootCounter: 1, protocolVersion: 1, agentVersion: '0.1.0' };
    const payload = { query: LINK, variables: { hello } };
    client.send({ id: 'link', type: 'subscribe', payload });
    const { type, payload: errors } = await client.next();
    expect([type, errors.errors?.[0] ?? errors[0]]).toMatchObject([
      expect.stringMatching(/error|next/),
      { extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  test('an upgrade with a signature that was used is refused with the time', async () => {
    const ps = await aMachine();
    const headers = ps.sign({ method: 'GET', url: `${server.url}/graphql` });
    const first = await connectSocket(server.webSocketUrl, { headers });
    clients.push(first);
    const again = new WebSocket(server.webSocketUrl, ['graphql-transport-ws'], { headers });
    again.on('error', () => undefined);
    const [, response] = (await once(again, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(401);
    expect(Number(response.headers['x-canopy-time'])).toBeGreaterThan(1_700_000_000_000);
    response.destroy();
  });
});
