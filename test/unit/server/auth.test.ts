// A bearer token works while it is in force, for nobody else, and only its hash is kept.
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../core/clock.ts';
import type { Guid } from '../../../core/guid.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import { ensureAdminToken } from '../../../server/auth/admin-token.ts';
import { authorizedApiTokens, createApiTokens } from '../../../server/auth/api-tokens.ts';
import { Authenticator } from '../../../server/auth/authenticator.ts';
import type {
  ApiToken,
  ApiTokenStore,
} from '../../../server/persistence/records/api-token-store.ts';

/** A store in memory that counts its look-ups. */
function memoryStore() {
  const rows = new Map<string, ApiToken>();
  const store: ApiTokenStore & { lookUps: number; rows: typeof rows; touches: number } = {
    rows,
    lookUps: 0,
    touches: 0,
    insert: async (token) => void rows.set(token.id, token),
    findByHash: async (hash) => {
      store.lookUps++;
      return [...rows.values()].find((row) => row.hash === hash);
    },
    list: async () => [...rows.values()],
    revoke: async (id: Guid, atMs) => {
      const row = rows.get(id);
      if (row) rows.set(id, { ...row, revokedAtMs: row.revokedAtMs ?? atMs });
      return rows.get(id);
    },
    touch: async () => void store.touches++,
  };
  return store;
}

function setUp(failedTokensPerMinute = 30) {
  const time = { ms: 1_800_000_000_000 };
  const clock: Clock = {
    nowMs: () => time.ms,
    monotonicMs: () => time.ms,
    after: systemClock.after,
    sleep: systemClock.sleep,
  };
  const store = memoryStore();
  const authenticator = new Authenticator({
    store,
    clock,
    logger: silentLogger,
    failedTokensPerMinute,
  });
  const tokens = createApiTokens({
    store,
    clock,
    random: systemRandom,
    onRevoked: ({ id }) => authenticator.forget(id),
  });
  const signIn = (secret: string, address = '192.0.2.1') =>
    authenticator.authenticate(`Bearer ${secret}`, address);
  return { time, clock, store, authenticator, tokens, signIn };
}

const reader = { name: 'reader', role: 'VIEWER', expiresAtMs: undefined } as const;

test('a created token signs in as its name and role, and the store never sees it', async () => {
  const { tokens, signIn, store } = setUp();
  const { token, secret } = await tokens.create(reader);
  expect(secret).toMatch(/^canopy_[a-z2-7]{8}_[\w-]{43}$/);
  expect(await signIn(secret)).toEqual({ name: 'reader', role: 'VIEWER' });
  expect(JSON.stringify([...store.rows.values()])).not.toContain(secret);
  expect(token).not.toHaveProperty('hash');
  expect(await tokens.list()).toEqual([token]);
});

test('no header is nobody; anything that is no token is refused', async () => {
  const { authenticator, tokens } = setUp();
  const { secret } = await tokens.create(reader);
  expect(await authenticator.authenticate(undefined, '192.0.2.1')).toBeUndefined();
  const wrong = [
    'Basic YTpi',
    'Bearer',
    `Bearer ${secret}x`,
    `Bearer ${secret.toUpperCase()}`,
    secret,
  ];
  for (const header of wrong) {
    await expect(authenticator.authenticate(header, '192.0.2.1')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  }
});

test('a token ends when it expires, even while it is remembered', async () => {
  const { tokens, signIn, time } = setUp();
  const { secret } = await tokens.create({ ...reader, expiresAtMs: time.ms + 1_000 });
  await signIn(secret);
  time.ms += 1_000;
  await expect(signIn(secret)).rejects.toThrow('has expired');
});

test('a token that is revoked here ends at once, one revoked elsewhere within 5 s', async () => {
  const { tokens, signIn, store, time } = setUp();
  const here = await tokens.create(reader);
  const elsewhere = await tokens.create(reader);
  await signIn(here.secret);
  await signIn(elsewhere.secret);
  const revoked = await tokens.revoke(here.token.id);
  expect(revoked?.revokedAtMs).toBe(time.ms);
  await expect(signIn(here.secret)).rejects.toThrow('was revoked');
  await store.revoke(elsewhere.token.id, time.ms);
  expect(await signIn(elsewhere.secret)).toBeDefined();
  time.ms += 5_000;
  await expect(signIn(elsewhere.secret)).rejects.toThrow('was revoked');
});

test('a busy token is looked up every five seconds and noted every minute', async () => {
  const { tokens, signIn, store, time } = setUp();
  const { secret } = await tokens.create(reader);
  for (let i = 0; i < 100; i++) {
    await signIn(secret);
    time.ms += 100;
  }
  expect(store.lookUps).toBe(2);
  expect(store.touches).toBe(1);
  time.ms += 60_000;
  await signIn(secret);
  expect(store.touches).toBe(2);
});

test('an address that guesses has to wait; its good neighbour need not', async () => {
  const { tokens, signIn, store } = setUp(3);
  const { secret } = await tokens.create(reader);
  await signIn(secret);
  const guess = (await setUp().tokens.create(reader)).secret;
  for (let i = 0; i < 3; i++) await expect(signIn(guess)).rejects.toThrow('not known');
  const before = store.lookUps;
  await expect(signIn(guess)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: expect.any(Number),
  });
  expect(store.lookUps).toBe(before);
  expect(await signIn(secret)).toBeDefined();
  await expect(signIn(guess, '192.0.2.2')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('hosts of one IPv6 network are one guesser', async () => {
  const { signIn } = setUp(1);
  await expect(signIn('x', '2001:db8::1')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(signIn('x', '2001:db8::2')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await expect(signIn('x', '2001:db8:0:1::1')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('only administrators handle tokens', async () => {
  const { tokens } = setUp();
  const operator = authorizedApiTokens(tokens, { name: 'o', role: 'OPERATOR' });
  const nobody = authorizedApiTokens(tokens, undefined);
  for (const act of ['list', 'create', 'revoke'] as const) {
    const call = (who: typeof operator) =>
      act === 'list' ? who.list() : act === 'create' ? who.create(reader) : who.revoke('x');
    await expect(call(operator)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(call(nobody)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  }
  const admin = authorizedApiTokens(tokens, { name: 'a', role: 'ADMIN' });
  expect(await admin.revoke('no such id')).toBeUndefined();
});

test.each([
  [{ ...reader, name: ' ' }, 'name'],
  [{ ...reader, name: 'x'.repeat(101) }, 'name'],
  [{ ...reader, name: 'a\nb' }, 'name'],
  [{ ...reader, expiresAtMs: 5 }, 'expiresAt'],
  [{ ...reader, expiresAtMs: NaN }, 'expiresAt'],
])('%j is refused', async (input, field) => {
  await expect(setUp().tokens.create(input)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    problems: [expect.objectContaining({ path: [field] })],
  });
});

describe('the first token', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'canopy-auth-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  test('is in a private file, made once, and works', async () => {
    const { store, clock, signIn } = setUp();
    const options = { dataDir, store, clock, random: systemRandom };
    const path = await ensureAdminToken(options);
    expect(path).toBe(join(dataDir, 'admin.token'));
    expect((await stat(path!)).mode & 0o777).toBe(0o600);
    expect(await signIn((await readFile(path!, 'utf8')).trim())).toMatchObject({ role: 'ADMIN' });
    expect(await ensureAdminToken(options)).toBe(path);
    expect(await readdir(dataDir)).toEqual(['admin.token']);
  });

  test('is made anew after a crash between file and row, and when none is in force', async () => {
    const { store, clock, signIn } = setUp();
    const options = { dataDir, store, clock, random: systemRandom };
    const insert = store.insert;
    store.insert = () => Promise.reject(new TypeError('killed'));
    await expect(ensureAdminToken(options)).rejects.toThrow('killed');
    store.insert = insert;
    const path = (await ensureAdminToken(options))!;
    const first = (await readFile(path, 'utf8')).trim();
    await signIn(first);
    for (const { id } of await store.list()) await store.revoke(id, clock.nowMs());
    expect(await ensureAdminToken(options)).toBe(path);
    const second = (await readFile(path, 'utf8')).trim();
    expect(second).not.toBe(first);
    expect(await signIn(second)).toMatchObject({ role: 'ADMIN' });
  });
});
