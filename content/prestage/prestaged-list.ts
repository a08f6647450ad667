import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CanopyError } from '../../core/errors.ts';
import { removeLeftovers, writeFileAtomic } from '../atomic-file.ts';
import type { StorePaths } from '../store-paths.ts';
import { parseSnapshot, plainSnapshot, type BundleSnapshot } from './bundle-format.ts';

interface Store {
  readonly paths: StorePaths;
}

/**
 * The snapshots that were imported and that nothing else keeps yet, at most one per package. Each
 * is a `KeptVersion`: hand them to the sweep until the package is assigned.
 */
export async function readPrestaged(store: Store): Promise<BundleSnapshot[]> {
  let text: string;
  try {
    text = await readFile(store.paths.prestaged, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const { snapshots } = JSON.parse(text) as { snapshots: unknown[] };
    return snapshots.map((snapshot, at) => parseSnapshot(snapshot, `snapshots[${at}]`));
  } catch (error) {
    throw new CanopyError('CONTENT_DAMAGED', `${store.paths.prestaged} cannot be read.`, {
      path: [store.paths.prestaged],
      hint: 'Remove the file and import the bundles again; their contents are still there.',
      cause: error,
    });
  }
}

/** Adds snapshots durably; one of a package takes the place of an older one. */
export async function addPrestaged(
  store: Store,
  snapshots: readonly BundleSnapshot[],
): Promise<void> {
  const byPackage = new Map<string, BundleSnapshot>();
  for (const snapshot of [...(await readPrestaged(store)), ...snapshots]) {
    const known = byPackage.get(snapshot.packageId);
    if (!known || known.internalVersion <= snapshot.internalVersion) {
      byPackage.set(snapshot.packageId, snapshot);
    }
  }
  await write(store, [...byPackage.values()]);
}

/** Forgets the snapshots that `isDone` says are kept otherwise or not wanted; contents stay. */
export async function forgetPrestaged(
  store: Store,
  isDone: (snapshot: BundleSnapshot) => boolean,
): Promise<void> {
  const known = await readPrestaged(store);
  const kept = known.filter((snapshot) => !isDone(snapshot));
  if (kept.length < known.length) await write(store, kept);
}

async function write(store: Store, snapshots: readonly BundleSnapshot[]): Promise<void> {
  const text = JSON.stringify({ snapshots: snapshots.map(plainSnapshot) }, null, 2);
  await removeLeftovers(dirname(store.paths.prestaged));
  await writeFileAtomic(store.paths.prestaged, `${text}\n`);
}
