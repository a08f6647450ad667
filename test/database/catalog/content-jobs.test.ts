// The jobs on package contents: what they report, what they say at the end, and that one package
// that fails costs the others nothing.
import type { JobProgress, JobRun } from '../../../catalog/jobs.ts';
import type { PackageSource } from '../../../catalog/model.ts';
import { createPackage, updatePackage } from '../../../catalog/packages.ts';
import type { Guid } from '../../../core/guid.ts';
import { systemRandom } from '../../../core/random.ts';
import { distributionPointUpdate, packageRefresh } from '../../../server/content-jobs.ts';
import { failureOf } from './support/failure.ts';
import { settableClock } from './support/settable-clock.ts';
import { testSource, type TestSource } from './support/source-folder.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const clock = settableClock();
let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
beforeEach(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock });
});
afterEach(async () => {
  await smp?.close();
  await directories?.remove();
});

function aSource(name: string): TestSource {
  const source = testSource(directories.sources, name);
  source.write('setup.exe', name);
  return source;
}

async function aPackage(name: string, source: PackageSource): Promise<Guid> {
  return (await createPackage(smp.context, { name, source })).id;
}

/** A run of a job about one package or all, and what it reports. */
function aRun(subjectId?: Guid, signal = new AbortController().signal) {
  const reports: JobProgress[] = [];
  const job = { id: systemRandom.guid(), subjectId } as JobRun['job'];
  const run: JobRun = { job, signal, force: false, report: (one) => reports.push(one) };
  return { run, reports };
}

test('the job of one package reports bytes and files, and says what came out', async () => {
  const source = aSource('one');
  const id = await aPackage('One', { kind: 'LOCAL', path: source.path });
  const { run, reports } = aRun(id);
  const handle = distributionPointUpdate(smp.point);
  const { nowMs } = clock;
  expect(await handle(run)).toBe(`Published version ${nowMs() / 1_000}.`);
  expect(reports.at(0)).toMatchObject({ unit: 'BYTES', message: 'Listing the source.' });
  expect(reports).toContainEqual(
    expect.objectContaining({ done: 3, total: 3, filesDone: 1, filesTotal: 1 }),
  );
  expect(await handle(aRun(id).run)).toMatch(/^Nothing changed; version \d+ stays\.$/);
  await updatePackage(smp.context, id, { source: { kind: 'UNC', path: '\\\\filer\\pkgs' } });
  expect(await handle(aRun(id).run)).toMatch(/^Not read: No entry of uncMounts covers/);
  const unknown = handle(aRun(systemRandom.guid()).run);
  expect(await failureOf(unknown)).toMatchObject({ code: 'NOT_FOUND' });
});

test('the job of all packages goes on past one that fails', async () => {
  const first = aSource('first');
  const last = aSource('last');
  const ids = [
    await aPackage('First', { kind: 'LOCAL', path: first.path }),
    await aPackage('Missing', { kind: 'LOCAL', path: '/nowhere/at/all' }),
    await aPackage('Last', { kind: 'LOCAL', path: last.path }),
  ];
  await aPackage('Nothing to read', { kind: 'NONE' });
  const off = await aPackage('Off', { kind: 'LOCAL', path: last.path });
  await updatePackage(smp.context, off, { enabled: false });

  const { run, reports } = aRun();
  const outcome = await distributionPointUpdate(smp.point)(run);
  expect(outcome).toBe(
    'Read 3 packages, published 2 new versions; 1 failed, see their source states.',
  );
  const states = ids.map((id) => smp.model.package(id)?.sourceState);
  expect(states).toEqual(['VERIFIED', 'FAILED', 'VERIFIED']);
  expect(reports.at(-1)).toEqual({ done: 3, total: 3, unit: 'ITEMS' });

  last.write('setup.exe', 'LAST');
  expect(await packageRefresh(smp.point)(aRun().run)).toBe(
    'Read 3 packages, published 1 new versions; 1 failed, see their source states.',
  );
});

test('a cancelled job stops between two packages', async () => {
  const source = aSource('one');
  for (const name of ['One', 'Two']) await aPackage(name, { kind: 'LOCAL', path: source.path });
  const cancel = new AbortController();
  const { run, reports } = aRun(undefined, cancel.signal);
  const reason = new Error('cancelled');
  const stopping: JobRun = {
    ...run,
    report: (progress) => {
      run.report(progress);
      if (progress.done === 1) cancel.abort(reason);
    },
  };
  await expect(distributionPointUpdate(smp.point)(stopping)).rejects.toBe(reason);
  expect(reports).toHaveLength(2);
  const states = [...smp.model.packages()].map(({ sourceState }) => sourceState);
  expect(states.sort()).toEqual(['PENDING', 'VERIFIED']);
});
