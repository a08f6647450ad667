// Package files by version never mix; without a version the address serves what is offered now.
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RANGE_BUNDLE_TYPE } from '../../content/range-bundle.ts';
import { RANGE_LIST_TYPE } from '../../content/range-list.ts';
import { FileServer, RangeBundleServer, type Manifest } from '../../content/index.ts';
import type { Snapshot } from '../../catalog/model.ts';
import { systemClock } from '../../core/clock.ts';
import { bracedGuid } from '../../core/guid.ts';
import { silentLogger } from '../../core/logger.ts';
import { filesDoor } from '../../server/doors/files-door.ts';
import { LoadingCache } from '../../server/doors/loading-cache.ts';
import { openDoors, type Harness } from './door-harness.ts';
import { IDS, sampleModel, VERSION } from './sample-model.ts';

const OLD = VERSION - 1000;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const manifestWith = (files: Readonly<Record<string, string>>): Manifest => ({
  files: Object.entries(files).map(([path, text]) => ({
    path,
    sizeBytes: text.length,
    sha256: sha256(text),
    modifiedAtMs: 1_390_000_000_000,
  })),
  emptyFolders: [],
});
const CONTENTS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  [OLD]: { 'Setup.exe': 'old bytes' },
  [VERSION]: { 'Setup.exe': 'new bytes', '7/x.txt': 'in a folder', 'a+b ü.txt': 'odd name' },
};

const current = sampleModel().snapshot(IDS.twoOfThree, VERSION)!;
const older = { ...current, internalVersion: OLD, supersededAtMs: 1 };
const model = sampleModel([
  ['snapshot', older],
  ['package', { ...sampleModel().package(IDS.external)!, origin: 'REPLICATED' }],
  ['snapshot', { ...current, packageId: IDS.external, origin: 'REPLICATED' }],
]);
let folder: string;
let harness: Harness;
let loads = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-files-door-'));
  for (const text of Object.values(CONTENTS).flatMap((files) => Object.values(files))) {
    const path = join(folder, sha256(text));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const serving = {
    objectPath: (hash: string) => join(folder, hash),
    clock: systemClock,
    logger: silentLogger,
  };
  const door = filesDoor({
    model: () => model,
    random: { fraction: () => 0.5 } as never,
    manifestOf: (snapshot: Snapshot) => {
      loads += 1;
      return Promise.resolve(manifestWith(CONTENTS[snapshot.internalVersion]!));
    },
    fileServer: new FileServer(serving),
    bundleServer: new RangeBundleServer(serving),
  });
  harness = await openDoors([door], '10.1.2.3');
});
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true });
});

const base = `/Altiris/PackageShare/${bracedGuid(IDS.twoOfThree)}`;

test.each([
  [`${base}/${VERSION}/Setup.exe`, 'new bytes'],
  [`${base}/${OLD}/setup.EXE`, 'old bytes'],
  [`/altiris/PACKAGESHARE/${IDS.twoOfThree}/${OLD}/SETUP.exe`, 'old bytes'],
  [`${base.replace('{', '%7B').replace('}', '%7d')}/${VERSION}/7/X.txt`, 'in a folder'],
  [`${base}/${VERSION}/a%2Bb%20%C3%BC.txt`, 'odd name'],
])('%s', async (url, text) => {
  const answer = await harness.ask(url);
  expect([answer.status, answer.body]).toEqual([200, text]);
  expect(answer.headers['cache-control']).toContain('immutable');
});

test('without a version: what is offered now, and said which', async () => {
  const answer = await harness.ask(`${base}/setup.exe`);
  expect([answer.status, answer.body]).toEqual([200, 'new bytes']);
  expect(answer.headers['x-canopy-internal-version']).toBe(String(VERSION));
  expect(answer.headers['cache-control']).toBe('no-cache');
  expect(answer.headers['last-modified']).toBe(new Date(VERSION * 1000).toUTCString());
  const folderLikeVersion = await harness.ask(`${base}/7/x.txt`);
  expect(folderLikeVersion.body).toBe('in a folder');
});

test('ranges and HEAD are those of the file server', async () => {
  const url = `${base}/${VERSION}/Setup.exe`;
  const part = await harness.ask(url, { headers: { range: 'bytes=4-8' } });
  expect([part.status, part.body]).toEqual([206, 'bytes']);
  const head = await harness.ask(url, { method: 'HEAD' });
  expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '9']);
});

test.each([
  ['a version that is gone', `${base}/1234567890/Setup.exe`, /no version 1234567890/],
  ['a file that is not there', `${base}/${VERSION}/other.exe`, /NOT_FOUND/],
  ['a folder', `${base}/${VERSION}/7/`, /NOT_FOUND/],
  ['the top', `${base}/${VERSION}/`, /NOT_FOUND/],
  ['no path', base, /There is no file at this address/],
  ['a way out', `${base}/${VERSION}/..%2f..%2fetc/passwd`, /NOT_FOUND/],
  ['an unknown package', `/Altiris/PackageShare/${IDS.missing}/x`, /no package \{0000DEAD/],
  ['a replicated package', `/Altiris/PackageShare/${IDS.external}/${VERSION}/x`, /replicated/],
])('%s is not found', async (_name, url, message) => {
  const answer = await harness.ask(url);
  expect([answer.status, answer.headers['content-type']]).toEqual([
    404,
    'text/plain; charset=utf-8',
  ]);
  expect(answer.body).toMatch(message);
});

describe('range bundles', () => {
  const post = (url: string, list: object | string, headers = {}) =>
    harness.ask(url, {
      method: 'POST',
      headers: { 'content-type': RANGE_LIST_TYPE, ...headers },
      body: typeof list === 'string' ? list : JSON.stringify(list),
    });
  const setup = sha256('new bytes');

  test.each([`${base}/${VERSION}`, `${base.toUpperCase()}/${VERSION}/`])(
    'the address of a version offers and answers them: %s',
    async (url) => {
      const offer = await harness.ask(url, { method: 'OPTIONS' });
      expect([offer.status, offer.headers['accept-post']]).toEqual([204, RANGE_LIST_TYPE]);
      const answer = await post(url, { ranges: [[setup, 4, 5, 0, 3]] });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, RANGE_BUNDLE_TYPE]);
      expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
    },
  );

  test('of the other version only as a base', async () => {
    const old = sha256('old bytes');
    const mixed = await post(`${base}/${VERSION}`, {
      ranges: [
        [setup, 0, 9],
        [old, 0, 9],
      ],
    });
    expect([mixed.status, mixed.body]).toEqual([404, expect.stringContaining(old)]);
    const against = { version: OLD, ranges: [[old, 0, 9]] };
    const based = await post(`${base}/${VERSION}`, { ranges: [[setup, 0, 9]], base: against });
    expect([based.status, based.headers['x-canopy-base-version']]).toEqual([200, String(OLD)]);
    const gone = { version: 5, ranges: [[old, 0, 9]] };
    const alone = await post(`${base}/${VERSION}`, { ranges: [[setup, 0, 9]], base: gone });
    expect([alone.status, alone.headers['x-canopy-base-version']]).toEqual([200, undefined]);
  });

  test.each([
    ['a version that is gone', `${base}/1234567890`, 404, /no version 1234567890/],
    ['a replicated package', `/Altiris/PackageShare/${IDS.external}/${VERSION}`, 404, /replicated/],
    ['no version', base, 405, /use GET, HEAD/],
    ['a file', `${base}/${VERSION}/Setup.exe`, 405, /use GET, HEAD/],
  ])('%s has none', async (_name, url, status, message) => {
    const answer = await post(url, { ranges: [[setup, 0, 9]] });
    expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(message)]);
  });

  test('a bad list is named', async () => {
    const answer = await post(`${base}/${VERSION}`, { ranges: [['../../etc/passwd', 0, 9]] });
    expect([answer.status, answer.body]).toEqual([400, expect.stringMatching(/ranges\.0\.0/)]);
    const typeless = await post(`${base}/${VERSION}`, '{}', { 'content-type': 'text/xml' });
    expect([typeless.status, typeless.body]).toEqual([400, expect.stringMatching(/text\/xml/)]);
  });
});

test('a manifest is read once per version', () => {
  expect(loads).toBe(2);
});

test('writing is refused', async () => {
  const answer = await harness.ask(`${base}/${VERSION}/Setup.exe`, { method: 'PUT' });
  expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
});

describe('the cache behind it', () => {
  const cacheOf = (load: (key: string) => Promise<string>) =>
    new LoadingCache({
      keyText: (key: string) => key,
      load,
      weightOf: (v) => v.length,
      maxWeight: 4,
    });

  test('shares a loading, forgets the least used, keeps one that is too heavy', async () => {
    const loaded: string[] = [];
    const cache = cacheOf(async (key) => {
      loaded.push(key);
      return key;
    });
    await Promise.all([cache.get('aa'), cache.get('aa')]);
    await cache.get('bb');
    await cache.get('aa');
    await cache.get('cc');
    expect(loaded).toEqual(['aa', 'bb', 'cc']);
    await cache.get('aa');
    await cache.get('bb');
    expect(loaded).toEqual(['aa', 'bb', 'cc', 'bb']);
    await cache.get('too heavy');
    await cache.get('too heavy');
    expect(loaded).toEqual(['aa', 'bb', 'cc', 'bb', 'too heavy']);
  });

  test('a failure is told and not kept', async () => {
    let attempts = 0;
    const cache = cacheOf(async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('no such manifest');
      return 'read';
    });
    await expect(cache.get('k')).rejects.toThrow('no such manifest');
    await expect(cache.get('k')).resolves.toBe('read');
  });
});

test('when all places are taken files and range bundles are refused with a time to come back', async () => {
  let read = 0;
  const busy = await openDoors(
    [
      filesDoor({
        model: () => model,
        random: { fraction: () => 0 } as never,
        concurrentAnswers: 0,
        manifestOf: () => {
          read += 1;
          return Promise.resolve(manifestWith({}));
        },
        fileServer: { servePath: () => Promise.reject(new Error('nothing is sent')) },
        bundleServer: new RangeBundleServer({
          objectPath: () => '',
          clock: systemClock,
          logger: silentLogger,
        }),
      }),
    ],
    '10.1.2.3',
  );
  const waits: (readonly [number, string | undefined])[] = [];
  const askers: Record<string, string>[] = [{}, { 'x-sma-id': IDS.server }];
  for (const headers of askers) {
    const file = await busy.ask(`${base}/${VERSION}/Setup.exe`, { headers });
    const bundle = await busy.ask(`${base}/${VERSION}`, { headers, method: 'POST', body: '{}' });
    for (const { status, headers: answered } of [file, bundle]) {
      waits.push([status, answered['retry-after']]);
    }
  }
  expect(read).toBe(0);
  const offer = await busy.ask(`${base}/${VERSION}`, { method: 'OPTIONS' });
  await busy.close();
  expect(offer).toMatchObject({ status: 204, headers: { 'accept-post': RANGE_LIST_TYPE } });
  // Agents come back after five seconds at the earliest, the unconstrained package server after one.
  expect(waits).toEqual([
    [503, '5'],
    [503, '5'],
    [503, '1'],
    [503, '1'],
  ]);
});
