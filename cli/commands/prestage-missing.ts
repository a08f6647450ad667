import path from 'node:path';
import { Command } from 'commander';
import { examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { formatBytes } from '../output/format-value.ts';
import { defineView } from '../output/view.ts';
import { readCatalogSnapshots } from '../prestage/catalog-snapshots.ts';
import { lackedBySite, type LackedPackage } from '../prestage/lacked-by-site.ts';
import { loadContent } from '../prestage/load-content.ts';
import type { Session } from '../session.ts';

const BLOB_TIMEOUT_MS = 60_000;

interface MissingOptions {
  readonly site?: string;
  readonly bundle?: string;
  readonly dataDir?: string;
}

interface MissingLine {
  readonly packageId: string;
  readonly name: string;
  readonly internalVersion: number;
  readonly sizeBytes: number;
  readonly missingBytes: number;
  /** False: at most that many are missing. */
  readonly isExact: boolean;
  readonly packageServers: readonly string[];
}

const MISSING_VIEW = defineView<MissingLine>({
  name: (row) => row.name,
  columns: [
    { header: 'package', value: (row) => row.packageId, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'size', value: (row) => row.sizeBytes, kind: 'bytes' },
    { header: 'missing', value: (row) => row.missingBytes, kind: 'bytes' },
    { header: 'exact', value: (row) => row.isExact, wide: true },
    { header: 'package servers', value: (row) => row.packageServers },
  ],
});

export function missingCommand(app: App): Command {
  const command = new Command('missing')
    .summary('tell in bytes what a site, a package server or a bundle lacks; needs the role admin')
    .option('--site <site>', 'only packages that package servers of this site lack')
    .option('--bundle <file>', 'what would still be missing after this bundle')
    .option('--data-dir <folder>', 'what the package server of this data directory lacks')
    .action(app.action(listMissing));
  return examples(command, [
    'prestage missing --site Berlin',
    'prestage missing --site Berlin --bundle berlin.tar',
    'prestage missing --data-dir /var/lib/canopy-ps',
  ]);
}

async function listMissing(session: Session<MissingOptions>): Promise<void> {
  const { site, bundle, dataDir } = session.options;
  if (site === undefined && bundle === undefined && dataDir === undefined) {
    throw new CliError(EXIT.USAGE, 'Name --site, --bundle or --data-dir.');
  }
  const current = await readCatalogSnapshots(session);
  const wanted: LackedPackage[] =
    site === undefined
      ? current
          .filter(({ isAssignable }) => isAssignable)
          .map((snapshot) => ({ snapshot, packageServers: [] }))
      : await lackedBySite(await session.client(), site, current);
  const { lines, missingBytes } = await countMissing(session, wanted);
  const open = lines.filter((line) => line.missingBytes > 0 || !line.isExact);
  session.printer.list(MISSING_VIEW, open);
  session.note(`Missing: ${formatBytes(missingBytes)} of ${wanted.length} wanted packages.`);
}

async function countMissing(
  session: Session<MissingOptions>,
  wanted: readonly LackedPackage[],
): Promise<{ lines: MissingLine[]; missingBytes: number }> {
  const { io, options } = session;
  const { findMissing, storePaths } = await loadContent();
  const inFolder = (name: string): string => path.resolve(io.workingFolder, name);
  const { bundle, dataDir } = options;
  const found = await findMissing(
    wanted.map(({ snapshot }) => snapshot),
    {
      store: dataDir === undefined ? undefined : { paths: storePaths(inFolder(dataDir)) },
      bundle: bundle === undefined ? undefined : inFolder(bundle),
      fetchManifest: (sha256) => fetchBlob(session, sha256),
      signal: io.signal,
    },
  );
  const lines = found.snapshots.map(({ snapshot, missingBytes, isExact }, at) => ({
    packageId: snapshot.packageId,
    name: snapshot.name,
    internalVersion: snapshot.internalVersion,
    sizeBytes: snapshot.sizeBytes,
    missingBytes,
    isExact,
    packageServers: wanted[at]!.packageServers,
  }));
  return { lines, missingBytes: found.missingBytes };
}

/** A manifest from the server of the session; `undefined` when it does not give it. */
async function fetchBlob(session: Session, sha256: string): Promise<Buffer | undefined> {
  const { url, token } = await session.connection();
  const response = await fetch(`${url}/canopy/v1/blobs/${sha256}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.any([session.io.signal, AbortSignal.timeout(BLOB_TIMEOUT_MS)]),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.ok ? bytes : undefined;
}
