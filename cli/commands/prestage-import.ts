import path from 'node:path';
import { Command } from 'commander';
import { collect, examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { formatBytes } from '../output/format-value.ts';
import { createProgress } from '../output/progress.ts';
import { defineView } from '../output/view.ts';
import { showProgress } from '../prestage/bundle-progress.ts';
import { openDataDirectory, type DataDirectory } from '../prestage/data-directory.ts';
import { loadContent, type ContentStore } from '../prestage/load-content.ts';
import type { Session } from '../session.ts';

interface ImportOptions {
  readonly dataDir: string;
  readonly trust?: string[];
}

interface ImportLine {
  readonly packageId: string;
  readonly name: string;
  readonly internalVersion: number;
  readonly sizeBytes: number;
  readonly outcome: string;
  readonly currentVersion: number | undefined;
}

const IMPORT_VIEW = defineView<ImportLine>({
  name: (row) => row.name,
  columns: [
    { header: 'package', value: (row) => row.packageId, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'size', value: (row) => row.sizeBytes, kind: 'bytes' },
    { header: 'outcome', value: (row) => row.outcome },
    { header: 'here', value: (row) => row.currentVersion, wide: true },
  ],
});

export function importCommand(app: App): Command {
  const command = new Command('import')
    .summary('take a bundle into the data directory of a package server that is not running')
    .argument('<file>')
    .requiredOption('--data-dir <folder>', 'of the package server; made when it is new')
    .option('--trust <node-id>', 'take packages of this owner; may be repeated', collect)
    .action(app.action(importFile));
  return examples(command, [
    'prestage import berlin.tar --data-dir /var/lib/canopy-ps',
    'prestage import berlin.tar --data-dir /var/lib/canopy-ps --trust k3v5q…',
  ]);
}

async function importFile(session: Session<ImportOptions>, text: string): Promise<void> {
  const { io, options } = session;
  const directory = await openDataDirectory(session, options.dataDir);
  if (directory.kind === 'SMP') {
    throw new CliError(
      EXIT.USAGE,
      `${directory.folder} belongs to an SMP; bundles are for package servers.`,
      'An SMP gets packages from their sources: canopy package create --help',
    );
  }
  const { lockDataDirectory } = await import('../../content/data-directory-lock.ts');
  const { openContentStore } = await loadContent();
  const lock = lockDataDirectory(directory.folder);
  try {
    const { clock, random } = io;
    const store = await openContentStore({ folder: directory.folder, clock, random });
    try {
      await importInto(store, { session, directory, file: path.resolve(io.workingFolder, text) });
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

interface ImportTask {
  readonly session: Session<ImportOptions>;
  readonly directory: DataDirectory;
  readonly file: string;
}

async function importInto(
  store: ContentStore,
  { session, directory, file }: ImportTask,
): Promise<void> {
  const { io, options, printer, note } = session;
  const { importBundle } = await loadContent();
  const { smpNodeId, versions } = directory;
  const progress = createProgress(session);
  const imported = await importBundle(store, file, {
    trustedOwners: new Set([...(options.trust ?? []), ...(smpNodeId ? [smpNodeId] : [])]),
    current: async (packageId) => versions.get(packageId),
    signal: io.signal,
    onProgress: (state) => showProgress(progress, state),
  }).finally(() => progress.end());
  const lines = imported.packages.map(({ snapshot, outcome, currentVersion }): ImportLine => {
    const { packageId, name, internalVersion, sizeBytes } = snapshot;
    return { packageId, name, internalVersion, sizeBytes, outcome, currentVersion };
  });
  printer.list(IMPORT_VIEW, lines);
  const older = lines.filter(({ outcome }) => outcome === 'OLDER');
  for (const { name, internalVersion, currentVersion } of older) {
    note(`Left out: '${name}' ${internalVersion} is older than ${currentVersion}, which is here.`);
  }
  if (older.length === lines.length) {
    throw new CliError(
      EXIT.CONFLICT,
      'The bundle is older than what is here; nothing was imported.',
      'Make a new one: canopy prestage export --help',
    );
  }
  const { writtenBytes, presentBytes } = imported;
  note(`${formatBytes(writtenBytes)} were written; ${formatBytes(presentBytes)} were here before.`);
}
