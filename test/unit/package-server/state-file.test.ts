// The state and its journal: what was appended is read again, whatever a crash cut off, and a
// journal of an older state says nothing.
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toGuid, type Guid } from '../../../core/guid.ts';
import type { PackageRecord } from '../../../package-server/package-record.ts';
import {
  readState,
  writeState,
  type PackageServerState,
} from '../../../package-server/state-file.ts';

const ONE = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');
const TWO = toGuid('56d50e6e-183c-4d15-9767-ee14ebea5ed4');
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-state-'));
  path = join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

const record = (packageId: Guid, reason: string): PackageRecord =>
  ({ packageId, reason, status: 'PENDING', held: [] }) as unknown as PackageRecord;
const stateOf = (...packages: PackageRecord[]): PackageServerState => ({
  format: 1,
  bootCounter: 1,
  enrollment: { packageServerId: ONE } as PackageServerState['enrollment'],
  packages,
});
const reasons = async (): Promise<string[]> =>
  (await readState(path))!.packages.map(({ reason }) => reason);

test('changes, additions and removals follow the state, the last word counts', async () => {
  const journal = await writeState(path, stateOf(record(ONE, 'old')));
  await journal.append([{ packageId: ONE, record: record(ONE, 'changed') }]);
  await journal.append([{ packageId: TWO, record: record(TWO, 'added') }]);
  expect(await reasons()).toEqual(['changed', 'added']);
  await journal.append([{ packageId: ONE }, { packageId: TWO, record: record(TWO, 'again') }]);
  expect(await reasons()).toEqual(['again']);
});

test('cut off at any byte, every whole line counts', async () => {
  const journal = await writeState(path, stateOf(record(ONE, '0')));
  for (const step of ['1', '2', '3']) {
    await journal.append([{ packageId: ONE, record: record(ONE, step) }]);
  }
  const text = await readFile(`${path}.journal`, 'utf8');
  let before = 0;
  for (let length = 0; length <= text.length; length += 1) {
    await writeFile(`${path}.journal`, text.slice(0, length));
    const lines = text.slice(0, length).split('\n').length - 1;
    const step = Number((await reasons())[0]);
    expect(step).toBe(Math.max(0, lines - 1));
    expect(step).toBeGreaterThanOrEqual(before);
    before = step;
  }
  expect(before).toBe(3);
});

test('a journal of an older state is left alone, one of the same goes on', async () => {
  const older = await writeState(path, stateOf(record(ONE, 'old')));
  await older.append([{ packageId: ONE, record: record(ONE, 'older change') }]);
  const newer = await writeState(path, stateOf(record(ONE, 'new')));
  expect(await reasons()).toEqual(['new']);
  await newer.append([{ packageId: ONE, record: record(ONE, 'newer change') }]);
  expect(await reasons()).toEqual(['newer change']);
});

test('it is long when it has outgrown the state', async () => {
  const journal = await writeState(path, stateOf());
  expect(journal.isLong).toBe(false);
  await journal.append([{ packageId: ONE, record: record(ONE, 'x'.repeat(70_000)) }]);
  expect(journal.isLong).toBe(true);
});

test('what is no state is refused', async () => {
  await appendFile(path, '{"format":2}');
  await expect(readState(path)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});
