// Shows: a package server answers range bundles of versions it has proven, and refuses the rest.
import { zstdDecompressSync } from 'node:zlib';
import { BUNDLE_LIMITS, type BundleLimits } from '../../../content/range-bundle.ts';
import { RANGE_LIST_TYPE } from '../../../content/range-list.ts';
import { systemClock } from '../../../core/clock.ts';
import { silentLogger } from '../../../core/logger.ts';
import { HttpListener } from '../../../package-server/http/http-listener.ts';
import { PublishedFiles } from '../../../package-server/http/published-files.ts';
import { ShownTickets } from '../../../package-server/http/shown-tickets.ts';
import { obtainVersion } from '../../../package-server/obtain-version.ts';
import type { Assignment, HeldVersion } from '../../../package-server/package-record.ts';
import { createWorld, type World } from './world.ts';

const MIB = 1024 * 1024;
const run = {
  signal: new AbortController().signal,
  tryingForMs: 0,
  onProgress: () => undefined,
};

let world: World;
let listener: HttpListener;
let origin: string;
let damaged: string[];
beforeEach(async () => {
  world = await createWorld();
  damaged = [];
  await listen();
});
afterEach(async () => {
  await listener.close(0);
  await world.remove();
});

async function listen(bundleLimits?: BundleLimits): Promise<void> {
  const files = new PublishedFiles({
    ...world.context,
    ...(bundleLimits ? { bundleLimits } : {}),
    tickets: new ShownTickets({ publicKey: '', nowMs: () => systemClock.nowMs() }),
    onDamage: (packageId) => void damaged.push(packageId),
  });
  listener = new HttpListener({
    listen: { host: '127.0.0.1', port: 0 },
    handle: (request, response, path) => files.serve(request, response, path),
    clock: systemClock,
    logger: silentLogger,
  });
  origin = await listener.listen();
}

/** Makes a version and has it here. */
async function hold(
  content: string,
  before: readonly HeldVersion[],
): Promise<{ readonly assignment: Assignment; readonly held: readonly HeldVersion[] }> {
  const assignment = await world.release({ 'Tool.exe': content });
  const held = [await obtainVersion(world.context, assignment, run), ...before];
  world.context.book.put({
    packageId: assignment.packageId,
    assignment,
    unassignedAtMs: undefined,
    pinnedOwner: undefined,
    held,
    status: 'READY',
    reason: '',
    sinceMs: 0,
    nextTryAtMs: undefined,
  });
  return { assignment, held };
}

const addressOf = ({ packageId, internalVersion }: Assignment): string =>
  `${origin}/ALTIRIS/packageshare/{${packageId}}/${internalVersion}`;

const post = (url: string, list: object | string): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': RANGE_LIST_TYPE },
    body: typeof list === 'string' ? list : JSON.stringify(list),
  });

async function hashOf({ manifestHash }: Assignment): Promise<string> {
  return (await world.context.store.readManifest(manifestHash)).files[0]!.sha256;
}

test('it offers them, and sends them against an older version that it has proven', async () => {
  const old = await hold('the old tool', []);
  const { assignment } = await hold('the new tool', old.held);
  const url = addressOf(assignment);
  const offer = await fetch(url, { method: 'OPTIONS' });
  expect([offer.status, offer.headers.get('accept-post')]).toEqual([204, RANGE_LIST_TYPE]);

  const ranges = [[await hashOf(assignment), 4, 3, 0, 3]];
  const plain = Buffer.from(await (await post(url, { ranges })).arrayBuffer());
  expect(zstdDecompressSync(plain).toString()).toBe('newthe');

  const { internalVersion: version } = old.assignment;
  const base = { version, ranges: [[await hashOf(old.assignment), 0, 12]] };
  const based = await post(url, { ranges, base });
  expect(based.headers.get('x-canopy-base-version')).toBe(String(version));
  const dictionary = Buffer.from('the old tool');
  const bytes = zstdDecompressSync(Buffer.from(await based.arrayBuffer()), { dictionary });
  expect(bytes.toString()).toBe('newthe');
});

test('a version that is in doubt, other versions and bad lists are refused, each by its name', async () => {
  const old = await hold('the old tool', []);
  const { assignment, held } = await hold('the new tool', old.held);
  const url = addressOf(assignment);
  const own = await hashOf(assignment);
  const answers: [string | object, number, RegExp][] = [
    [{ ranges: [[await hashOf(old.assignment), 0, 12]] }, 404, /no content/],
    [{ ranges: [[own, 0, 13]] }, 404, /ends after it/],
    ['{', 400, /body/],
    [{ ranges: [[own, -1, 1]] }, 400, /ranges\.0\.1/],
    [{ ranges: [[own, ...Array<number>(10_002).fill(1)]] }, 413, /5000 ranges/],
    [{ ranges: [[own, 0, 5 * MIB]] }, 413, /4194304 bytes/],
    [' '.repeat(MIB / 2), 413, /larger than/],
  ];
  for (const [list, status, message] of answers) {
    const answer = await post(url, list);
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(message)]);
  }
  const doubted = held.map((version) => ({ ...version, attestation: undefined }));
  world.context.book.update(assignment.packageId, { held: doubted });
  const answer = await post(url, { ranges: [[own, 0, 3]] });
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringMatching(/not hold/)]);
  expect(damaged).toEqual([]);
});

test('who asks for too many at once is told when to come again', async () => {
  const { assignment } = await hold('the new tool', []);
  const list = { ranges: [[await hashOf(assignment), 0, 3]] };
  await listener.close(0);
  await listen({ ...BUNDLE_LIMITS, answersPerClient: 0 });
  const answer = await post(addressOf(assignment), list);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '2']);
  expect(await answer.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
});
