// A server killed at any moment of an update heals itself: every committed version is whole, none
// that was answered is lost, and the next update goes on with a higher one.
import { readFile, readlink } from 'node:fs/promises';
import { updateDistributionPoint } from '../../../catalog/distribution-points.ts';
import { createPackage } from '../../../catalog/packages.ts';
import { systemClock } from '../../../core/clock.ts';
import { parseSnapshotXml } from '../../../legacy/snapshot-reader.ts';
import { startProgram } from '../../support/child-program.ts';
import { testSource } from './support/source-folder.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const UPDATER = new URL('programs/update-until-killed.ts', import.meta.url);

/** After which line the process dies: in its first, second or third update, at any step. */
const MOMENTS = [1, 2, 4, 6, 7, 9, 12, 14, 17, 21];

let directories: Awaited<ReturnType<typeof smpDirectories>>;
beforeEach(async () => {
  directories = await smpDirectories();
});
afterEach(() => directories.remove());

test('ten kills in a row', async () => {
  const source = testSource(directories.sources, 'one');
  source.write('setup.exe', 'for ever the same');
  const id = await withSmp(async ({ context }) => {
    const input = { name: 'One', source: { kind: 'LOCAL', path: source.path } } as const;
    return (await createPackage(context, input)).id;
  });
  const answered: number[] = [];
  const lastLines = new Set<string>();
  for (const lines of MOMENTS) {
    const program = startProgram(UPDATER, directories.data, source.path, id);
    await program.untilLines(lines);
    await program.kill();
    lastLines.add(program.lines.at(-1)!.split(' ')[0]!);
    for (const line of program.lines) {
      const version = /^version (\d+)$/.exec(line)?.[1];
      if (version !== undefined) answered.push(Number(version));
    }
  }
  expect(lastLines.size).toBeGreaterThan(2);
  expect(answered.length).toBeGreaterThan(3);
  expect(answered).toEqual([...new Set(answered)].sort((left, right) => left - right));

  await withSmp(async ({ model, content, point }) => {
    const snapshots = model.snapshots(id);
    const versions = snapshots.map((one) => one.internalVersion);
    expect(answered.filter((version) => !versions.includes(version))).toEqual([]);
    for (const { internalVersion, manifestHash } of snapshots) {
      const manifest = await content.readManifest(manifestHash);
      const damage = await content.verifyTree(id, internalVersion, manifest);
      expect({ internalVersion, ...damage }).toEqual({
        internalVersion,
        damaged: [],
        missing: [],
        extra: [],
      });
    }
    expect(model.package(id)?.internalVersion).toBe(versions[0]);

    source.write('setup.exe', 'changed at last');
    const request = { packageId: id, recheck: 'content', force: false } as const;
    const outcome = await updateDistributionPoint(point, request);
    if (outcome.kind !== 'NEW_VERSION') throw new Error(outcome.kind);
    const { internalVersion } = outcome.snapshot;
    expect(internalVersion).toBeGreaterThan(versions[0]!);
    expect(await readlink(content.paths.current(id))).toBe(`v${internalVersion}`);
    const rendered = parseSnapshotXml(await readFile(content.paths.snapshotXml(id)));
    expect(rendered.internalVersion).toBe(internalVersion);
    expect(await updateDistributionPoint(point, request)).toMatchObject({ kind: 'UNCHANGED' });
  });
});

async function withSmp<T>(work: (smp: TestSmp) => Promise<T>): Promise<T> {
  const smp = await openTestSmp(directories.data, { clock: systemClock });
  try {
    return await work(smp);
  } finally {
    await smp.close();
  }
}
