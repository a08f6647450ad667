// Enrolment of package servers and their signatures, over HTTP: tokens count once, signatures too.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { generateIdentity, nodeIdOf, verifyStatement } from '../../core/identity.ts';
import { signRequest } from '../../core/http-signature.ts';
import { systemRandom } from '../../core/random.ts';
import { aPackageServer } from '../support/database-items.ts';
import { startGraphqlServer, type Answer, type GraphqlServer } from './graphql-server.ts';
import {
  enrolledMachine,
  enrollWith,
  freshChallenge,
  machine,
  newToken,
} from './package-server-machine.ts';

let server: GraphqlServer;
beforeAll(async () => {
  server = await startGraphqlServer();
});
afterAll(() => server.close());

async function aServer(): Promise<ReturnType<typeof aPackageServer>> {
  const item = aPackageServer();
  await server.write(async (tx) => tx.put('packageServer', item));
  return item;
}
const key = (): string => generateIdentity().publicKey;
const REFUSED = { status: 403, error: { code: 'ENROLLMENT_REFUSED' } };

describe('who the server is', () => {
  const ask = async (query: string): Promise<Answer> => {
    const response = await fetch(`${server.url}/.well-known/canopy-node${query}`);
    return { status: response.status, ...((await response.json()) as object) };
  };

  test('it proves its key over the challenge', async () => {
    const challenge = freshChallenge();
    const answer = await ask(`?challenge=${challenge}`);
    const { nodeId, publicKey, serverTime, signature, protocolVersions } = answer;
    expect([nodeId, protocolVersions]).toEqual([server.identity.nodeId, [1]]);
    expect(nodeIdOf(publicKey)).toBe(nodeId);
    const statement = { kind: 'node', challenge, nodeId, publicKey, serverTime };
    expect(verifyStatement(publicKey, statement, signature)).toBe(true);
    const other = { ...statement, challenge: freshChallenge() };
    expect(verifyStatement(publicKey, other, signature)).toBe(false);
  });

  test.each(['', '?challenge=short', `?challenge=${'a'.repeat(129)}`])(
    '%j is refused',
    async (q) => {
      expect(await ask(q)).toMatchObject({ status: 400, error: { code: 'INVALID_INPUT' } });
    },
  );
});

describe('enrolment', () => {
  test('a token enrols one machine, and repeats its answer to that one alone', async () => {
    const { id, name } = await aServer();
    const token = await newToken(server, id);
    expect(token).toMatch(/^canopyjoin1\.[a-z2-7]{26}\.[0-9a-f-]{36}\.[\w-]{43}$/);
    const publicKey = key();
    const { nodeId, publicKey: smpKey } = server.identity;
    const expected = {
      status: 200,
      packageServerId: id,
      smp: { guid: server.model.smp.id, name: 'smp1', nodeId, publicKey: smpKey },
    };
    expect(await enrollWith(server, token, publicKey)).toEqual(expected);
    expect(await enrollWith(server, token, publicKey)).toEqual(expected);
    expect(await enrollWith(server, token, key())).toMatchObject(REFUSED);
    expect(server.model.packageServer(id)).toMatchObject({ name, publicKey });
  });
});

describe('refusals of enrolment', () => {
  // Failures are limited per address, so these have a server of their own.
  let own: GraphqlServer;
  beforeAll(async () => {
    own = await startGraphqlServer({ database: server.database });
  });
  afterAll(() => own.close());

  test('a proof for another key, a wrong secret, an unknown token', async () => {
    const { id } = await aServer();
    const token = await newToken(own, id);
    expect(await enrollWith(own, token, key(), { publicKey: key() })).toMatchObject(REFUSED);
    const forged = token.replace(/[^.]+$/, Buffer.alloc(32).toString('base64url'));
    expect(await enrollWith(own, forged, key())).toMatchObject(REFUSED);
    const unknown = token.replace(/[0-9a-f-]{36}/, systemRandom.guid());
    expect(await enrollWith(own, unknown, key())).toMatchObject(REFUSED);
    expect(own.model.packageServer(id)!.publicKey).toBe('');
    expect(await enrollWith(own, token, key())).toMatchObject({ status: 200 });
  });

  test('what is no key is named', async () => {
    const { id } = await aServer();
    const token = await newToken(own, id);
    const answer = await enrollWith(own, token, 'bm9uc2Vuc2U=');
    expect(answer).toMatchObject({ status: 400, error: { problems: [{ path: ['publicKey'] }] } });
  });

  test('an expired token, and one of a package server that was deleted', async () => {
    const { id } = await aServer();
    const token = await newToken(own, id);
    const { enrollmentTokens } = own.database;
    const stored = (await enrollmentTokens.get(token.split('.')[2] as never))!;
    await enrollmentTokens.removeOf(id);
    await enrollmentTokens.insert({ ...stored, expiresAtMs: 1, createdAtMs: 0 });
    expect(await enrollWith(own, token, key())).toMatchObject(REFUSED);
    const second = await newToken(own, id);
    await own.ask('mutation ($id: ID!) { deletePackageServer(input: {id: $id}) { __typename } }', {
      id,
    });
    expect(await enrollWith(own, second, key())).toMatchObject(REFUSED);
  });

  test('the token of an earlier enrolment does not bring its machine back', async () => {
    const { id } = await aServer();
    const first = { token: await newToken(own, id), publicKey: key() };
    await enrollWith(own, first.token, first.publicKey);
    await enrolledMachine(own, id);
    expect(await enrollWith(own, first.token, first.publicKey)).toMatchObject(REFUSED);
    const { token, publicKey } = { token: await newToken(own, id), publicKey: key() };
    await enrollWith(own, token, publicKey);
    await own.ask(
      'mutation ($id: ID!) { revokeEnrollment(input: {packageServerId: $id}) { __typename } }',
      { id },
    );
    expect(await enrollWith(own, token, publicKey)).toMatchObject(REFUSED);
    expect(own.model.packageServer(id)!.publicKey).toBe('');
  });

  test('a viewer makes no tokens, a legacy server has none, a life has bounds', async () => {
    const viewer = (await own.token('VIEWER')).secret;
    const legacy = aPackageServer({ kind: 'LEGACY' });
    await own.write(async (tx) => tx.put('packageServer', legacy));
    const query =
      'mutation ($id: ID!, $life: Int) { createEnrollmentToken(input: {kind: PACKAGE_SERVER, ' +
      'packageServerId: $id, expiresInMinutes: $life}) { token userErrors { path } } }';
    const ask = (life: number, token?: string) => own.ask(query, { id: legacy.id, life }, token);
    expect((await ask(60, viewer)).errors?.[0].extensions.code).toBe('FORBIDDEN');
    expect((await ask(0)).data.createEnrollmentToken).toEqual({
      token: null,
      userErrors: [{ path: ['expiresInMinutes'] }, { path: ['packageServerId'] }],
    });
  });

  test('of 50 machines with one token exactly one gets in', async () => {
    const { id } = await aServer();
    const token = await newToken(own, id);
    const keys = Array.from({ length: 50 }, key);
    const answers = await Promise.all(keys.map((one) => enrollWith(own, token, one)));
    const winners = answers.flatMap(({ status }, index) => (status === 200 ? [keys[index]] : []));
    expect(winners).toEqual([own.model.packageServer(id)!.publicKey]);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { error } of refused) {
      expect(['ENROLLMENT_REFUSED', 'RATE_LIMITED']).toContain(error.code);
    }
  });
});

describe('limits of enrolment', () => {
  let own: GraphqlServer;
  beforeAll(async () => {
    own = await startGraphqlServer({ database: server.database });
  });
  afterAll(() => own.close());

  test('whoever fails too often waits', async () => {
    const { id } = await aServer();
    const token = await newToken(own, id);
    const wrong = { proof: 'A'.repeat(43) };
    const codes = new Set<string>();
    for (let round = 0; round < 40; round++) {
      codes.add((await enrollWith(own, token, key(), wrong)).error.code);
    }
    expect([...codes]).toEqual(['ENROLLMENT_REFUSED', 'RATE_LIMITED']);
  });
});

describe('signed requests', () => {
  const REPORT =
    'mutation { reportPackageServer(input: {bootCounter: 1, sequence: 1, full: false, ' +
    'holdings: []}) { sequence userErrors { message } } }';

  async function post(body: Buffer, headers: Record<string, string>): Promise<Response> {
    return fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: new Uint8Array(body),
    });
  }
  const bodyOf = (query: string): Buffer => Buffer.from(JSON.stringify({ query }));
  const requestOf = (body: Buffer) => ({
    method: 'POST',
    url: `${server.url}/graphql`,
    body,
    contentType: 'application/json',
  });

  test('an enrolled machine may report and do nothing else', async () => {
    const ps = await enrolledMachine(server, (await aServer()).id);
    expect((await ps.ask(REPORT)).data.reportPackageServer).toEqual({
      sequence: 1,
      userErrors: [],
    });
    for (const field of ['viewer { name }', 'smp { name }', 'packages { totalCount }']) {
      expect((await ps.ask(`{ ${field} }`)).errors[0].extensions.code).toBe('FORBIDDEN');
    }
    const write = `mutation { deletePackageServer(input: {id: "${ps.id}"}) { __typename } }`;
    expect((await ps.ask(write)).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await server.ask(REPORT)).errors?.[0].extensions.code).toBe('FORBIDDEN');
  });

  test('a signature counts once', async () => {
    const ps = await enrolledMachine(server, (await aServer()).id);
    const body = bodyOf(REPORT);
    const headers = ps.sign(requestOf(body));
    expect((await post(body, headers)).status).toBe(200);
    const again = await post(body, headers);
    expect(again.status).toBe(401);
    expect(await again.text()).toMatch(/used before/);
  });

  test('a body that is not the signed one is not looked at', async () => {
    const ps = await enrolledMachine(server, (await aServer()).id);
    const headers = ps.sign(requestOf(bodyOf(REPORT)));
    const answer = await post(bodyOf('{ smp { name } }'), headers);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toMatch(/Content-Digest/);
  });

  test('a machine that is not enrolled, and one whose key is another, are refused', async () => {
    const { id } = await aServer();
    expect((await machine(server, id).ask(REPORT)).status).toBe(401);
    await enrolledMachine(server, id);
    expect((await machine(server, id).ask(REPORT)).status).toBe(401);
    expect((await machine(server, systemRandom.guid()).ask(REPORT)).status).toBe(401);
  });

  test('a wrong clock learns the time from the refusal and gets in', async () => {
    const ps = await enrolledMachine(server, (await aServer()).id);
    const body = bodyOf(REPORT);
    const signedAt = (nowMs: number): Record<string, string> =>
      signRequest(
        ps.identity,
        { ...requestOf(body), keyId: ps.id, speaker: 'PACKAGE_SERVER' as const },
        { nowMs, nonce: freshChallenge() },
      );
    for (const wrongMs of [0, 4_000_000_000_000]) {
      const refusal = await post(body, signedAt(wrongMs));
      expect(refusal.status).toBe(401);
      const learned = Number(refusal.headers.get('x-canopy-time'));
      expect((await post(body, signedAt(learned))).status).toBe(200);
    }
  });

  test('what an earlier process may have taken is not taken again by the next', async () => {
    const ps = await enrolledMachine(server, (await aServer()).id);
    const body = bodyOf(REPORT);
    const request = { ...requestOf(body), keyId: ps.id, speaker: 'PACKAGE_SERVER' as const };
    const next = await startGraphqlServer({ database: server.database });
    try {
      const url = `${next.url}/graphql`;
      const sign = (nowMs: number): Record<string, string> =>
        signRequest(ps.identity, { ...request, url }, { nowMs, nonce: freshChallenge() });
      const send = (headers: Record<string, string>): Promise<Response> =>
        fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: new Uint8Array(body),
        });
      const early = await send(sign(next.nodes.serverTimeMs - 1_000));
      expect([early.status, await early.text()]).toEqual([401, expect.stringMatching(/older/)]);
      const learned = Number(early.headers.get('x-canopy-time'));
      expect((await send(sign(learned))).status).toBe(200);
    } finally {
      await next.close();
    }
  });

  test('too many wrong signatures of one machine are not even looked at', async () => {
    const ps = await enrolledMachine(server, (await aServer()).id);
    const imposter = machine(server, ps.id);
    const statuses = new Set<number>();
    for (let round = 0; round < 40; round++) statuses.add((await imposter.ask(REPORT)).status);
    expect([...statuses]).toEqual([401, 429]);
  });
});

describe('blobs', () => {
  const bytes = Buffer.from('{"files":[]}');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  beforeAll(() => writeFile(join(server.blobFolder, sha256), bytes));
  const get = (headers: Record<string, string>, name = sha256): Promise<Response> =>
    fetch(`${server.url}/canopy/v1/blobs/${name}`, { headers });

  test('a signature or a token opens them, with ranges; nothing else does', async () => {
    const ps = await enrolledMachine(server, (await aServer()).id);
    const url = `${server.url}/canopy/v1/blobs/${sha256}`;
    const whole = await get(ps.sign({ method: 'GET', url }));
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(bytes);
    const authorization = `Bearer ${(await server.token('VIEWER')).secret}`;
    const part = await get({ authorization, range: 'bytes=2-6' });
    expect([part.status, await part.text()]).toEqual([206, 'files']);
    expect((await get({})).status).toBe(401);
    for (const name of ['0'.repeat(64), '..%2fadmin.token', 'x']) {
      expect((await get({ authorization }, name)).status).toBe(404);
    }
  });
});
