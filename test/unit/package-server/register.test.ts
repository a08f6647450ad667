// Shows: registration proves the SMP first, never sends the secret, and may be repeated.
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '../../../core/canonical-json.ts';
import { generateIdentity, type NodeIdentity } from '../../../core/identity.ts';
import { systemRandom } from '../../../core/random.ts';
import { registerPackageServer } from '../../../package-server/index.ts';
import { readState } from '../../../package-server/state-file.ts';

const GUID = '46d50e6e-183c-4d15-9767-ee14ebea5ed4';
const SECRET = Buffer.alloc(32, 5);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-register-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Answers as an SMP with this identity does, and keeps what it was sent. */
function smp(identity: NodeIdentity, options: { readonly signAs?: NodeIdentity } = {}) {
  const sent: { readonly url: string; readonly body: string }[] = [];
  const fetch = (url: string, init: RequestInit = {}): Promise<Response> => {
    sent.push({ url, body: String(init.body ?? '') });
    const { pathname, searchParams } = new URL(url);
    const { nodeId, publicKey } = identity;
    if (pathname === '/canopy/v1/enroll') {
      const enrolled = {
        packageServerId: GUID,
        smp: { guid: GUID, name: 'hq', nodeId, publicKey },
      };
      return Promise.resolve(Response.json(enrolled));
    }
    const serverTime = 1_700_000_000_000;
    const challenge = searchParams.get('challenge')!;
    const statement = { kind: 'node', challenge, nodeId, publicKey, serverTime };
    const signature = (options.signAs ?? identity).sign(statement);
    const node = { nodeId, publicKey, protocolVersions: [1], serverTime, signature };
    return Promise.resolve(Response.json(node));
  };
  return { fetch, sent };
}

function register(token: string, fetch: ReturnType<typeof smp>['fetch']) {
  return registerPackageServer({
    dataDirectory: folder,
    smpUrl: 'http://smp.test/',
    token,
    fetch: fetch as never,
    random: systemRandom,
    signal: AbortSignal.timeout(10_000),
  });
}

const tokenOf = (identity: NodeIdentity): string =>
  `canopyjoin1.${identity.nodeId}.abc123.${SECRET.toString('base64url')}`;

test('the proof is made with the secret, which is not sent; the key is private', async () => {
  const identity = generateIdentity();
  const { fetch, sent } = smp(identity);
  const enrollment = await register(tokenOf(identity), fetch);
  expect(enrollment).toMatchObject({ packageServerId: GUID, smp: { url: 'http://smp.test' } });
  const { tokenId, publicKey, challenge, proof } = JSON.parse(sent[1]!.body) as Record<
    string,
    string
  >;
  const statement = canonicalJson({
    kind: 'enroll',
    smpNodeId: identity.nodeId,
    tokenId,
    publicKey,
    challenge,
  });
  expect(proof).toBe(createHmac('sha256', SECRET).update(statement).digest('base64url'));
  expect(JSON.stringify(sent)).not.toContain(SECRET.toString('base64url'));
  expect((await stat(join(folder, 'identity', 'node.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'state.json'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(folder, 'state.json'), 'utf8')).not.toContain('canopyjoin1');
});

test('repeated, it keeps the key', async () => {
  const identity = generateIdentity();
  const { fetch } = smp(identity);
  const first = await register(tokenOf(identity), fetch);
  expect(await register(tokenOf(identity), fetch)).toEqual(first);
});

test('an address that is another SMP is told nothing', async () => {
  const { fetch, sent } = smp(generateIdentity());
  const wanted = tokenOf(generateIdentity());
  await expect(register(wanted, fetch)).rejects.toMatchObject({ code: 'NODE_KEY_MISMATCH' });
  expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/.well-known/canopy-node']);
  expect(await readState(join(folder, 'state.json'))).toBeUndefined();
});

test('one that claims the identity and cannot prove it is told nothing', async () => {
  const identity = generateIdentity();
  const { fetch, sent } = smp(identity, { signAs: generateIdentity() });
  await expect(register(tokenOf(identity), fetch)).rejects.toMatchObject({
    code: 'NODE_KEY_MISMATCH',
  });
  expect(sent).toHaveLength(1);
});

test.each(['', 'canopyjoin1.x.y.z', `canopyjoin2.${'a'.repeat(26)}.id.${'A'.repeat(43)}`])(
  'the token %j is refused without its text',
  async (token) => {
    const { fetch, sent } = smp(generateIdentity());
    await expect(register(token, fetch)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'This is not an enrolment token.',
    });
    expect(sent).toEqual([]);
  },
);
