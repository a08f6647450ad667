import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Guid } from '../../core/guid.ts';
import { loadIdentity, type NodeIdentity } from '../../core/identity.ts';
import { localServerOf } from '../connection/local-server.ts';
import { CliError, EXIT } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { readCatalogSnapshots } from './catalog-snapshots.ts';
import { loadContent, type BundleSnapshot } from './load-content.ts';

/** A data directory of this host, of an SMP or of a package server. */
export interface DataDirectory {
  readonly folder: string;
  readonly kind: 'SMP' | 'PACKAGE_SERVER';
  /** What can be packed from here: current versions of an SMP; of a package server what it holds. */
  snapshots(session: Session): Promise<readonly BundleSnapshot[]>;
  /** The newest version of each package that is served here; of a package server. */
  readonly versions: ReadonlyMap<Guid, number>;
  /** Node id of the SMP that a package server is enrolled with. */
  readonly smpNodeId: string | undefined;
}

/**
 * Recognises a data directory. A package server's that is not registered yet may be new, which is
 * how media arrive before the service does.
 */
export async function openDataDirectory(session: Session, text: string): Promise<DataDirectory> {
  const folder = path.resolve(session.io.workingFolder, text);
  if (await localServerOf(folder)) {
    return {
      folder,
      kind: 'SMP',
      snapshots: (one) => readCatalogSnapshots(one, folder),
      versions: new Map(),
      smpNodeId: undefined,
    };
  }
  const { dataFolder } = await import('../../package-server/data-folder.ts');
  const { readState } = await import('../../package-server/state-file.ts');
  const state = await readState(dataFolder(folder).state);
  const held = (state?.packages ?? []).flatMap((record) => {
    const newest = record.held.find(({ attestation }) => attestation !== undefined);
    return newest ? [{ record, newest }] : [];
  });
  return {
    folder,
    kind: 'PACKAGE_SERVER',
    snapshots: async () => {
      const assigned = held
        .filter(({ record, newest }) => record.assignment.rootHash === newest.rootHash)
        .filter(({ record, newest }) => {
          return record.assignment.internalVersion === newest.internalVersion;
        })
        .map(({ record }): BundleSnapshot => record.assignment);
      return [...assigned, ...(await prestagedBeside(folder, assigned))];
    },
    versions: new Map(held.map(({ record, newest }) => [record.packageId, newest.internalVersion])),
    smpNodeId: state?.enrollment.smp.nodeId,
  };
}

/** Who signs a bundle that is made from a data directory: its node or package server. */
export async function makerOf({ folder }: DataDirectory): Promise<NodeIdentity> {
  const file = path.join(folder, 'identity', 'node.key');
  try {
    return loadIdentity(await readFile(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new CliError(
      isMissing ? EXIT.NOT_FOUND : EXIT.FAILED,
      isMissing
        ? `${folder} is not the data directory of a server that ever started.`
        : `${file} cannot be read as a key: ${message}`,
      'Name another one with --data-dir, and run the command as the user of that server.',
    );
  }
}

/** What was imported and not assigned yet can be passed on as well. */
async function prestagedBeside(
  folder: string,
  assigned: readonly BundleSnapshot[],
): Promise<BundleSnapshot[]> {
  const { readPrestaged, storePaths } = await loadContent();
  const known = new Set(assigned.map(({ packageId }) => packageId));
  const prestaged = await readPrestaged({ paths: storePaths(folder) });
  return prestaged.filter(({ packageId }) => !known.has(packageId));
}
