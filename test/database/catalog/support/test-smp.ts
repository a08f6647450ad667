import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { DistributionPoint } from '../../../../catalog/distribution-points.ts';
import type { Change } from '../../../../catalog/items.ts';
import type { UncMounts } from '../../../../catalog/source-folder.ts';
import { writeFileAtomic } from '../../../../content/index.ts';
import type { Clock } from '../../../../core/clock.ts';
import { silentLogger } from '../../../../core/logger.ts';
import { systemRandom } from '../../../../core/random.ts';
import { Releasers } from '../../../../core/releasers.ts';
import { completeConfig, configSchema } from '../../../../server/config/config-schema.ts';
import { snapshotDocument } from '../../../../server/doors/snapshot-document.ts';
import { openSmp, type Smp } from '../../../../server/open-smp.ts';
import { seededDataDirectory } from '../../../support/database.ts';

export const SMP_URL = 'http://smp1.example:8080';

/** A whole SMP without doors, on a data directory that outlives it. */
export interface TestSmp extends Smp {
  readonly dataDirectory: string;
  readonly point: DistributionPoint;
  /** What was committed after `revision`. */
  changesSince(revision: number): Promise<Change[]>;
  close(): Promise<void>;
}

export interface SmpFixture {
  readonly clock: Clock;
  readonly uncMounts?: UncMounts;
  readonly url?: string;
  readonly uncRoot?: string;
}

/** A new data directory, and a folder beside it for package sources. */
export async function smpDirectories(): Promise<{
  readonly data: string;
  readonly sources: string;
  remove(): Promise<void>;
}> {
  const directory = await seededDataDirectory();
  const data = join(directory.path, 'data');
  const sources = join(directory.path, 'sources');
  for (const folder of [data, sources]) await mkdir(folder);
  await rename(join(directory.path, 'state'), join(data, 'state'));
  return { data, sources, remove: () => directory.remove() };
}

/** Opens the SMP of a data directory with the real database, content store and read model. */
export async function openTestSmp(dataDirectory: string, fixture: SmpFixture): Promise<TestSmp> {
  const { clock, uncMounts = {}, url = SMP_URL, uncRoot } = fixture;
  const written = configSchema.parse({
    dataDir: dataDirectory,
    durability: 'relaxed',
    ...(uncRoot === undefined ? {} : { uncRoot }),
  });
  const config = completeConfig(written, { name: 'smp1', siteAddresses: [], hashWorkers: 1 });
  const releasers = new Releasers();
  const onFatal = (error: Error): never => {
    throw error;
  };
  const host = { clock, random: systemRandom, logger: silentLogger };
  const smp = await openSmp({ ...host, config, url, onFatal }, releasers);
  const { context, content } = smp;
  return {
    ...smp,
    dataDirectory,
    point: {
      context,
      content,
      uncMounts,
      renderSnapshot: async (snapshot, manifest) => {
        const document = await snapshotDocument(snapshot, manifest);
        await writeFileAtomic(content.paths.snapshotXml(snapshot.packageId), document);
      },
    },
    changesSince: async (revision) => (await smp.database.log.read(revision, 10_000)).changes,
    close: () => releasers.release(),
  };
}
