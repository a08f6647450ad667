// KB 184143 over HTTP between two servers: a refused join tells its cures, and the joined stay joined.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateIdentity } from '../../core/identity.ts';
import { parseEnrollmentToken, proofUnder } from '../../core/enrollment-token.ts';
import { systemRandom } from '../../core/random.ts';
import { admitStatement } from '../../hierarchy/membership/admission.ts';
import { aPackage } from '../support/database-items.ts';
import { childToken, join, leave, mutation, openLink } from './hierarchy-world.ts';
import { packageServerIn, placeInSite, relations, remove } from './hierarchy-world.ts';
import { startTreeSmp, type TreeSmp } from './hierarchy-world.ts';
import type { Answer } from './graphql-server.ts';
import { connectSocket } from './web-socket-client.ts';

let parent: TreeSmp;
let child: TreeSmp;
let third: TreeSmp;
beforeAll(async () => {
  [parent, child, third] = await Promise.all([
    startTreeSmp('head', '10.1.0.1'),
    startTreeSmp('branch', '10.2.0.1'),
    startTreeSmp('leaf', '10.3.0.1'),
  ]);
});
afterAll(async () => {
  await Promise.all([parent, child, third].map((smp) => smp.close()));
});

const outcomeOf = (checks: Answer[], code: string, side: string): string | undefined =>
  checks.find((check) => check.code === code && check.side === side)?.outcome;

test('KB 184143, step by step', async () => {
  const token = await childToken(parent);
  const input = { parentUrl: parent.url, token };

  const refused = await join(child, input);
  const codes = refused.userErrors.map(({ code }: Answer) => code);
  expect(codes.filter((code: string) => code === 'SMP_NOT_IN_A_SITE')).toHaveLength(2);
  expect(refused.userErrors[0].hint).toContain('canopy site create');
  expect(await relations(child)).toMatchObject({ parent: null, leftParents: [] });
  expect(await relations(parent)).toMatchObject({ children: [] });

  const sites = [await placeInSite(parent, '10.1.0.0/24'), await placeInSite(child, '10.2.0.0/24')];
  const dry = await join(child, { ...input, dryRun: true });
  expect(dry.userErrors).toEqual([]);
  for (const side of ['CHILD', 'PARENT']) {
    expect(outcomeOf(dry.checks, 'SMP_NOT_IN_A_SITE', side)).toBe('PASSED');
    expect(outcomeOf(dry.checks, 'PACKAGE_SERVER_NOT_IN_SMP_SITE', side)).toBe('FAILED');
  }
  const atParent = dry.checks.find(
    ({ code, side }: Answer) => code === 'PACKAGE_SERVER_NOT_IN_SMP_SITE' && side === 'PARENT',
  );
  expect(atParent.cures.map(({ command }: Answer) => command)).toEqual([
    `canopy package-server create PS01 --server ${parent.url}`,
    `canopy site assign-ps 'Site of head' PS01 --server ${parent.url}`,
  ]);

  const [parentPs] = [await packageServerIn(parent, sites[0]!.siteId)];
  const childPs = await packageServerIn(child, sites[1]!.siteId);
  const green = await join(child, { ...input, dryRun: true });
  expect(green.checks.filter(({ outcome }: Answer) => outcome === 'FAILED')).toEqual([]);
  expect(green.parent).toBeNull();
  expect(await relations(parent)).toMatchObject({ children: [] });

  const joined = await join(child, input);
  expect(joined.userErrors).toEqual([]);
  expect(joined.parent).toMatchObject({ name: 'head', state: 'JOINING' });
  expect(await relations(parent)).toMatchObject({
    children: [{ name: 'branch', state: 'JOINING', nodeId: child.identity.nodeId }],
  });
  expect(await openLink(child, parent)).toBe('JOINED');
  expect((await relations(child)).parent).toMatchObject({
    state: 'JOINED',
    lineage: [{ name: 'head', nodeId: parent.identity.nodeId }],
  });

  for (const [smp, packageServerId, siteId] of [
    [parent, parentPs!.id, sites[0]!.siteId],
    [child, childPs.id, sites[1]!.siteId],
  ] as const) {
    await mutation(smp, 'unassignPackageServerFromSite packageServer { guid }', {
      packageServerId,
      siteId,
    });
    await mutation(smp, 'deletePackageServer packageServer { guid }', { id: packageServerId });
    await smp.keeper.step();
  }
  expect(await openLink(child, parent)).toBe('JOINED');
  expect((await relations(child)).parent.state).toBe('JOINED');
  expect((await relations(parent)).children[0].state).toBe('JOINED');

  expect((await leave(child)).parent.state).toBe('LEFT');
  await child.keeper.step();
  expect(await relations(child)).toMatchObject({ parent: null, leftParents: [] });
  expect(await relations(parent)).toMatchObject({ children: [] });
  expect(child.localized.at(-1)).toBe(true);
});

test('without package servers only metadata is joined, and says so', async () => {
  const input = { parentUrl: parent.url, token: await childToken(parent), metadataOnly: true };
  const { checks, userErrors, parent: link } = await join(child, input);
  expect(userErrors).toEqual([]);
  for (const side of ['CHILD', 'PARENT']) {
    expect(outcomeOf(checks, 'PACKAGE_SERVER_NOT_IN_SMP_SITE', side)).toBe('WAIVED');
  }
  expect(link.metadataOnly).toBe(true);
  await openLink(child, parent);

  const { children } = await relations(parent);
  expect((await remove(parent, { childId: children[0].guid, items: 'DELETE' })).child.state).toBe(
    'REMOVED',
  );
  await expect(openLink(child, parent)).rejects.toMatchObject({ code: 'NOT_A_CHILD' });
  await leave(child, { items: 'DELETE' });
  expect(child.localized.at(-1)).toBe(false);
  await child.keeper.step();
  expect(await relations(child)).toMatchObject({ parent: null, leftParents: [] });
  expect(await relations(parent)).toMatchObject({ children: [] });
});

test('what a first replication would overwrite is told, and has to be chosen', async () => {
  const twin = aPackage({ name: 'Seven' });
  await parent.write(async (tx) =>
    tx.put('package', { ...twin, name: 'Eight', internalVersion: 8 }),
  );
  await child.write(async (tx) => tx.put('package', { ...twin, internalVersion: 7 }));
  const input = { parentUrl: parent.url, token: await childToken(parent), metadataOnly: true };
  const refused = await join(child, input);
  expect(refused.userErrors).toMatchObject([{ code: 'PACKAGE_CONFLICT', path: ['onConflict'] }]);
  expect(refused.userErrors[0].message).toContain('Seven (version 7) by Eight (version 8)');
  const dry = await join(child, { ...input, onConflict: 'ADOPT', dryRun: true });
  expect(outcomeOf(dry.checks, 'PACKAGE_CONFLICT', 'BOTH')).toBe('WAIVED');
  await parent.write(async (tx) => tx.remove('package', twin.id));
});

test('of fifty requests with one token those of exactly one SMP are admitted, with one answer', async () => {
  // A server of its own: its refusals count against this address.
  await placeInSite(third, '10.3.0.0/24');
  const token = parseEnrollmentToken(await childToken(third));
  const request = (identity = generateIdentity(), childGuid = systemRandom.guid()) => {
    const facts = {
      parentNodeId: third.identity.nodeId,
      tokenId: token.tokenId,
      challenge: 'c'.repeat(43),
      childGuid,
      publicKey: identity.publicKey,
      metadataOnly: true,
      dryRun: false,
    };
    const statement = admitStatement(facts);
    return {
      ...facts,
      protocolVersion: 1,
      name: 'one of many',
      url: '',
      hasChildren: false,
      packageIds: [],
      proof: proofUnder(token.secret, statement),
      signature: identity.sign(statement),
    };
  };
  const post = async (body: object) => {
    const response = await fetch(`${third.url}/canopy/v1/admit`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as object) } as Answer;
  };
  const requests = Array.from({ length: 25 }, () => request());
  const identity = generateIdentity();
  const forged = { ...requests[0]!, signature: identity.sign(admitStatement(requests[0]!)) };
  expect(await post(forged)).toMatchObject({ status: 400, error: { code: 'MALFORMED_REQUEST' } });
  const answers = await Promise.all(requests.flatMap((one) => [post(one), post(one)]));
  const admitted = answers.filter(({ membership }) => membership);
  expect(admitted.length).toBeGreaterThan(0);
  expect(new Set(admitted.map(({ membership }) => membership)).size).toBe(1);
  const winner = requests[Math.floor(answers.indexOf(admitted[0]) / 2)]!;
  const { children } = await relations(third);
  expect(children.map(({ guid }: Answer) => guid)).toEqual([winner.childGuid]);
  await remove(third, { childId: winner.childGuid });
});

test('another SMP than the one of the token is told nothing', async () => {
  const token = await childToken(parent);
  const { checks } = await join(child, { parentUrl: third.url, token, dryRun: true });
  expect(outcomeOf(checks, 'NODE_KEY_MISMATCH', 'BOTH')).toBe('FAILED');
  expect(outcomeOf(checks, 'ENROLLMENT_REFUSED', 'PARENT')).toBe('NOT_RUN');
  const refused = await join(child, { parentUrl: third.url, token });
  expect(refused.userErrors.map(({ code }: Answer) => code)).toContain('NODE_KEY_MISMATCH');
});

test('an address where no SMP answers is not quoted', async () => {
  const inside = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('the secret of another host');
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  const { port } = inside.address() as AddressInfo;
  const parentUrl = `http://127.0.0.1:${port}`;
  const { checks } = await join(child, {
    parentUrl,
    token: await childToken(parent),
    dryRun: true,
  });
  expect(outcomeOf(checks, 'PARENT_UNREACHABLE', 'BOTH')).toBe('FAILED');
  expect(JSON.stringify(checks)).not.toContain('the secret');
  await new Promise((resolve) => inside.close(resolve));
});

test('tokens, joins, leaves and removals are for administrators', async () => {
  const { secret } = await child.token('OPERATOR');
  const denied = async (query: string): Promise<string> =>
    (await child.ask(`mutation { ${query} { userErrors { code } } }`, {}, secret)).errors![0]
      .extensions.code;
  const url = parent.url;
  for (const query of [
    'createEnrollmentToken(input: {kind: CHILD})',
    `joinHierarchy(input: {parentUrl: "${url}", token: "x", dryRun: true})`,
    'leaveHierarchy(input: {items: KEEP})',
    `removeChild(input: {childId: "${child.model.smp.id}"})`,
  ]) {
    expect(await denied(query)).toBe('FORBIDDEN');
  }
});

test('a token is of one kind: a package server cannot use that of a child, nor the other way', async () => {
  const both = { kind: 'CHILD', packageServerId: systemRandom.guid() };
  const wrong = await mutation(parent, 'createEnrollmentToken token', both);
  expect(wrong.userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['packageServerId'] }]);
  const none = await mutation(parent, 'createEnrollmentToken token', { kind: 'PACKAGE_SERVER' });
  expect(none.userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['packageServerId'] }]);

  const made = await mutation(parent, 'createPackageServer packageServer { guid }', {
    name: 'PS kind',
    kind: 'CANOPY',
  });
  const packageServerId = made.packageServer.guid as string;
  const input = { kind: 'PACKAGE_SERVER', packageServerId };
  const { token } = await mutation(parent, 'createEnrollmentToken token', input);
  const refused = await join(child, { parentUrl: parent.url, token, metadataOnly: true });
  expect(refused.userErrors).toContainEqual(
    expect.objectContaining({
      code: 'ENROLLMENT_REFUSED',
      message: 'At the parent: The token is for a package server.',
    }),
  );
  const ofChild = parseEnrollmentToken(await childToken(parent));
  const { publicKey } = generateIdentity();
  const { smpNodeId, tokenId } = ofChild;
  const challenge = 'c'.repeat(43);
  const statement = { kind: 'enroll', smpNodeId, tokenId, publicKey, challenge };
  const response = await fetch(`${parent.url}/canopy/v1/enroll`, {
    method: 'POST',
    body: JSON.stringify({
      tokenId,
      publicKey,
      challenge,
      proof: proofUnder(ofChild.secret, statement),
    }),
  });
  expect([response.status, await response.json()]).toMatchObject([
    403,
    { error: { code: 'ENROLLMENT_REFUSED' } },
  ]);
});

test('hierarchyChanged tells each step on both sides', async () => {
  const [above, below] = await Promise.all([parent, child].map(watch));
  const input = { parentUrl: parent.url, token: await childToken(parent), metadataOnly: true };
  expect((await join(child, input)).userErrors).toEqual([]);
  await openLink(child, parent);
  expect(await above!.until(({ child: one }) => one?.state === 'JOINED')).toBe('branch');
  expect(await below!.until(({ parent: one }) => one?.state === 'JOINED')).toBe('head');
  await leave(child);
  expect(await below!.until(({ parent: one }) => one?.state === 'LEFT')).toBe('head');
  await child.keeper.step();
  await above!.until(({ forgotten }) => forgotten === child.model.smp.id);
  await below!.until(({ forgotten }) => forgotten === parent.identity.nodeId);
  for (const { client } of [above!, below!]) client.socket.terminate();
});

async function watch(smp: TreeSmp) {
  const client = await connectSocket(smp.webSocketUrl);
  await client.init((await smp.token('VIEWER')).secret);
  const query =
    'subscription { hierarchyChanged { cursor revision forgotten parent { name state } child { name state } } }';
  client.send({ id: '1', type: 'subscribe', payload: { query } });
  const first = (await client.next()).payload.data.hierarchyChanged;
  expect(first).toMatchObject({ parent: null, child: null, forgotten: null });
  return {
    client,
    /** Takes messages up to one that fits, and answers whom it is about. */
    async until(fits: (change: Answer) => boolean): Promise<string | undefined> {
      for (;;) {
        const change = (await client.next()).payload.data.hierarchyChanged;
        if (fits(change)) return change.parent?.name ?? change.child?.name;
      }
    },
  };
}
