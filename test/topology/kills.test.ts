// Shows: a package server killed at any moment of many small transfers and version switches loses
// nothing, mixes nothing and touches nothing that is not its own. `npm run test:kills` does it more
// often.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import type { Made } from '../../demo/administrator.ts';
import { linked, Office, ready, type Machine } from './office.ts';
import { eventually } from './processes.ts';

const ROUNDS = Number(process.env['CANOPY_KILL_ROUNDS'] ?? 3);
const PACKAGES = 8;
/** More than one file, so that a mix of two versions shows. */
const FILES = ['a.txt', 'b.txt', 'folder/c.txt'];
const SEED = Number(process.env['CANOPY_KILL_SEED'] ?? 1);

let office: Office;
let ps: Machine;
let packages: readonly Made[];
/** How often each package was changed. */
const generations = Array.from({ length: PACKAGES }, () => 0);
const foreign: string[] = [];

beforeAll(async () => {
  office = await Office.open();
  ps = await office.addMachine('PS01', { flags: ['--log-level', 'debug'] });
  const made: Made[] = [];
  for (let at = 0; at < PACKAGES; at += 1) made.push(await office.publish(`P${at}`, filesOf(at)));
  packages = made;
  for (const one of packages) await ready(ps, one);
  for (const folder of ['notes', '{0F0F0F0F-0000-4000-8000-000000000000}/v7', '.hidden']) {
    const path = join(ps.folder, 'PackageShare', folder);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'mine.txt'), folder);
    foreign.push(join(path, 'mine.txt'));
  }
}, 180_000);

afterAll(() => office?.close(), 60_000);

test(`killed ${ROUNDS} times, it has everything whole, and agents always had a source`, async () => {
  const watch = watchAgents();
  const [choices] = fc.sample(fc.array(fc.nat(), { minLength: 200, maxLength: 200 }), {
    ...{ numRuns: 1, seed: SEED },
  });
  let at = 0;
  const choose = (below: number): number => choices![at++ % choices!.length]! % below;
  for (let round = 0; round < ROUNDS; round += 1) {
    const changed = [choose(PACKAGES), choose(PACKAGES), choose(PACKAGES)];
    for (const index of new Set(changed)) await publishNext(index);
    // Somewhere in what it now says of its work; when it says no more, after the work.
    const length = ps.process.log().length + choose(4_000);
    const quietAtMs = performance.now() + 1_500;
    await eventually(
      async () => ps.process.log().length > length || performance.now() > quietAtMs || undefined,
      () => ps.process.log(),
    );
    await ps.process.end('SIGKILL');
    await office.run(ps, Number(new URL(ps.url).port), ['--log-level', 'debug']);
    await linked(ps);
  }
  for (const [index, one] of packages.entries()) await expectWhole(index, one);
  for (const path of foreign) expect(await readFile(path, 'utf8')).toBe(basenameOf(path));
  expect(await watch.end()).toEqual([]);
}, 600_000);

function filesOf(index: number): { readonly [path: string]: Buffer } {
  const text = (path: string): string => `${index} ${generations[index]} ${path}\n`;
  return Object.fromEntries(FILES.map((path) => [path, Buffer.from(text(path).repeat(2_000))]));
}

async function publishNext(index: number): Promise<void> {
  generations[index]! += 1;
  await office.writeSource(`P${index}`, filesOf(index));
  await office.admin.update(packages[index]!, () => undefined);
}

/** It holds the current version, of the source as it is now, and says so. */
async function expectWhole(index: number, one: Made): Promise<void> {
  const wanted = Object.entries(filesOf(index));
  const folder = join(ps.folder, 'PackageShare', `{${one.guid.toUpperCase()}}`);
  const { internalVersion } = await eventually(
    async () => {
      const line = await ready(ps, one);
      const first = join(folder, `v${line.internalVersion}`, FILES[0]!);
      const isCurrent = existsSync(first) && (await readFile(first)).equals(wanted[0]![1]);
      return isCurrent ? line : undefined;
    },
    () => ps.process.log(),
  );
  const tree = join(folder, `v${internalVersion}`);
  for (const [path, bytes] of wanted) {
    expect((await readFile(join(tree, path))).equals(bytes)).toBe(true);
  }
  expect(await readlink(join(folder, 'cache'))).toBe(`v${internalVersion}`);
  const kept = (await readdir(folder)).filter((name) => name !== 'cache');
  expect(kept.every((name) => /^v\d+$/.test(name))).toBe(true);
  await office.offered(one, [ps.url]);
}

function basenameOf(path: string): string {
  return path.slice(join(ps.folder, 'PackageShare').length + 1, -'/mine.txt'.length);
}

/**
 * Asks as agents do, all the time: an answer must name a source, and what a source serves under one
 * version must be of one generation. Answers what was wrong.
 */
function watchAgents(): { end(): Promise<string[]> } {
  const over = new AbortController();
  const faults = new Set<string>();
  const generationOf = new Map<string, string>();
  const watching = (async () => {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const one = packages[turn % PACKAGES]!;
      const { internalVersion, codebases } = await office.packageInfo(one);
      if (codebases.length === 0) faults.add(`no source of ${one.guid} ${internalVersion}`);
      for (const { url } of codebases) {
        for (const path of FILES) {
          const found = await generationServed(`${url.replace(/\/$/, '')}/${path}`);
          const key = `${one.guid} ${internalVersion}`;
          const known = generationOf.get(key) ?? found;
          if (known !== undefined) generationOf.set(key, known);
          if (found !== undefined && found !== known) faults.add(`${key} is ${known} and ${found}`);
        }
      }
      await setTimeout(10);
    }
  })();
  return {
    end: async () => {
      over.abort();
      await watching;
      return [...faults];
    },
  };
}

/** `undefined`: not served at this moment. */
async function generationServed(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url);
    const text = await answer.text();
    if (answer.status !== 200) return undefined;
    const lines = new Set(text.trimEnd().split('\n'));
    return lines.size === 1 ? text.split(' ')[1] : `of ${lines.size} kinds`;
  } catch {
    return undefined;
  }
}
