import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { createSmpClient, type SmpClient } from '../../client-sdk/src/index.ts';
import { refuseProblems } from '../../core/errors.ts';
import { parseGuid } from '../../core/guid.ts';
import { collect, examples, type App } from '../app.ts';
import { localServerOf } from '../connection/local-server.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { formatBytes } from '../output/format-value.ts';
import { createProgress } from '../output/progress.ts';
import { defineView } from '../output/view.ts';
import { countPackages, showProgress } from '../prestage/bundle-progress.ts';
import { readCatalogSnapshots } from '../prestage/catalog-snapshots.ts';
import { makerOf, openDataDirectory, type DataDirectory } from '../prestage/data-directory.ts';
import { lackedBySite } from '../prestage/lacked-by-site.ts';
import { loadContent, type BundleProgress, type BundleSnapshot } from '../prestage/load-content.ts';
import type { Session } from '../session.ts';
import { missingCommand } from './prestage-missing.ts';
import { importCommand } from './prestage-import.ts';

interface ExportOptions {
  readonly dataDir: string;
  readonly package?: string[];
  readonly site?: string;
}

const BUNDLE_VIEW = defineView<BundleSnapshot>({
  name: (row) => row.name,
  columns: [
    { header: 'package', value: (row) => row.packageId, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'size', value: (row) => row.sizeBytes, kind: 'bytes' },
    { header: 'root hash', value: (row) => row.rootHash, wide: true },
    { header: 'owner', value: (row) => row.ownerNodeId, wide: true },
  ],
});

/** Packages on media, for package servers at the end of a thin line (KB 180023). */
export function prestageCommand(app: App): Command {
  const noun = app.noun('prestage', 'packages on media, for package servers far away');
  examples(
    noun
      .command('export')
      .summary('pack packages into one signed file')
      .argument('<file>')
      .requiredOption('--data-dir <folder>', 'of the SMP or package server to pack from')
      .option('--package <package>', 'only this one, GUID or exact name; may be repeated', collect)
      .option('--site <site>', 'only what package servers of this site lack')
      .action(app.action(exportFile)),
    [
      'prestage export all.tar --data-dir /var/lib/canopy',
      'prestage export berlin.tar --data-dir /var/lib/canopy --site Berlin',
      'prestage export two.tar --data-dir /var/lib/canopy --package "7-Zip" --package Office',
    ],
  );
  examples(
    noun
      .command('verify')
      .summary('check every byte and signature of a bundle; imports nothing, needs no server')
      .argument('<file>')
      .action(app.action(verifyFile)),
    ['prestage verify berlin.tar', 'prestage verify berlin.tar -o json'],
  );
  noun.addCommand(importCommand(app));
  noun.addCommand(missingCommand(app));
  return noun;
}

async function exportFile(session: Session<ExportOptions>, text: string): Promise<void> {
  const { io, options, printer, note } = session;
  const { exportBundle, storePaths } = await loadContent();
  const file = path.resolve(io.workingFolder, text);
  const directory = await openDataDirectory(session, options.dataDir);
  const identity = await makerOf(directory);
  const snapshots = await chooseSnapshots(session, directory);
  if (await isThere(file)) await session.confirm(`Replace ${file}?`);
  const progress = createProgress(session);
  try {
    const exported = await exportBundle(
      { paths: storePaths(directory.folder) },
      {
        snapshots,
        file,
        identity,
        clock: io.clock,
        signal: io.signal,
        onProgress: (state) => showProgress(progress, state),
      },
    );
    progress.end();
    printer.data(exported, `${exported.file}\n`);
    note(
      `${countPackages(exported.packages)} in ${formatBytes(exported.sizeBytes)}, ` +
        `signed by ${identity.nodeId}.`,
    );
  } finally {
    progress.end();
  }
}

async function chooseSnapshots(
  session: Session<ExportOptions>,
  directory: DataDirectory,
): Promise<readonly BundleSnapshot[]> {
  const { package: named, site } = session.options;
  let chosen = await directory.snapshots(session);
  if (named) chosen = named.map((text) => snapshotNamed(chosen, text));
  if (site !== undefined) {
    const client = await clientFor(session, directory);
    const current = await readCatalogSnapshots(
      session,
      directory.kind === 'SMP' ? directory.folder : undefined,
    );
    const lacked = await lackedBySite(client, site, current);
    const versions = new Map(lacked.map(({ snapshot }) => [snapshot.packageId, snapshot]));
    chosen = chosen.filter(
      ({ packageId, internalVersion }) =>
        versions.get(packageId)?.internalVersion === internalVersion,
    );
  }
  if (chosen.length > 0) return [...new Set(chosen)];
  throw new CliError(
    EXIT.NOT_FOUND,
    site === undefined
      ? `${directory.folder} holds no package in a current version.`
      : `There is nothing in ${directory.folder} that the site '${site}' lacks.`,
    `See: canopy prestage missing${site === undefined ? '' : ` --site '${site}'`}`,
  );
}

function snapshotNamed(snapshots: readonly BundleSnapshot[], text: string): BundleSnapshot {
  const guid = parseGuid(text);
  const found = snapshots.find(({ packageId, name }) =>
    guid ? packageId === guid : name === text,
  );
  if (found) return found;
  throw new CliError(
    EXIT.NOT_FOUND,
    `There is no package ${JSON.stringify(text)} with a snapshot here.`,
    'See those that exist: canopy package list',
  );
}

/** The SMP of the data directory; for a package server's that of the session. */
async function clientFor(session: Session, { folder, kind }: DataDirectory): Promise<SmpClient> {
  const local = kind === 'SMP' ? await localServerOf(folder) : undefined;
  if (!local) return session.client();
  return createSmpClient({ url: local.url, token: local.token }, session.io.signal);
}

async function verifyFile(session: Session, text: string): Promise<void> {
  const { io, printer, note } = session;
  const { verifyBundle } = await loadContent();
  const progress = createProgress(session);
  const file = path.resolve(io.workingFolder, text);
  const onProgress = (state: BundleProgress): void => showProgress(progress, state);
  const verified = await verifyBundle(file, { signal: io.signal, onProgress }).finally(() =>
    progress.end(),
  );
  refuseProblems(verified.problems);
  const { madeAt, maker, snapshots } = verified.index!;
  if (printer.format === 'json' || printer.format === 'yaml') printer.data(verified, '');
  else printer.list(BUNDLE_VIEW, snapshots);
  note(
    `Sound: ${countPackages(snapshots.length)}, ${formatBytes(verified.contentBytes)}, ` +
      `made ${madeAt} by ${maker.nodeId}.`,
  );
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
