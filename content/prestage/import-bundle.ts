import { open, rm } from 'node:fs/promises';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import type { ContentStore } from '../content-store.ts';
import type { TreeLimits } from '../path-policy.ts';
import { blobsOf, contentsOf, type BundleIndex, type BundleSnapshot } from './bundle-format.ts';
import type { BundleContent } from './bundle-format.ts';
import type { BundleRunOptions } from './bundle-progress.ts';
import { refuseWithoutSpace, type FreeBytes } from './free-space.ts';
import { addPrestaged, readPrestaged } from './prestaged-list.ts';
import { walkBundle, type ContentSink, type ProvenSnapshot } from './walk-bundle.ts';

export interface ImportRequest extends BundleRunOptions {
  /** Node ids of the owners whose packages may come in. */
  readonly trustedOwners: ReadonlySet<string>;
  /** The newest version of a package that is here besides the imported ones. */
  readonly current: (packageId: Guid) => Promise<number | undefined>;
  readonly limits?: TreeLimits | undefined;
  readonly freeBytes?: FreeBytes | undefined;
}

export interface ImportedPackage {
  readonly snapshot: BundleSnapshot;
  /** `OLDER`: a newer version is here, so this one was verified and left out. */
  readonly outcome: 'IMPORTED' | 'OLDER';
  readonly currentVersion: number | undefined;
}

export interface ImportedBundle {
  readonly index: BundleIndex;
  readonly packages: readonly ImportedPackage[];
  /** Of the imported packages, each content once: new to the store, and there before. */
  readonly writtenBytes: number;
  readonly presentBytes: number;
}

/**
 * Takes a bundle into a store. Every byte is verified; contents that are there are not written
 * again, so a repeated or interrupted import goes on where it was. Only after the maker's signature
 * at the end are the snapshots recorded ({@link readPrestaged}): until then, and when the bundle is
 * refused, there are only contents that nobody refers to, which the next sweep removes. A package
 * of which a newer version is here is left out. Throws what `walkBundle` throws, and `DISK_FULL`.
 */
export async function importBundle(
  store: ContentStore,
  file: string,
  request: ImportRequest,
): Promise<ImportedBundle> {
  const intake = new Intake(store, request);
  try {
    const { index } = await walkBundle(file, intake, request);
    await intake.settled();
    const imported = intake.packages.filter(({ outcome }) => outcome === 'IMPORTED');
    await addPrestaged(
      store,
      imported.map(({ snapshot }) => snapshot),
    );
    const { packages, writtenBytes, presentBytes } = intake;
    return { index, packages, writtenBytes, presentBytes };
  } catch (error) {
    await intake.settled().catch(() => undefined);
    throw isDiskFull(error) ? diskFull(store, error) : error;
  }
}

/** Contents that are read back and made durable while the next ones are read. */
const MAX_ADOPTIONS = 8;

class Intake {
  readonly trustedOwners: ReadonlySet<string>;
  packages: ImportedPackage[] = [];
  writtenBytes = 0;
  presentBytes = 0;
  private readonly store: ContentStore;
  private readonly request: ImportRequest;
  private blobs = new Set<string>();
  private missing = new Set<string>();
  private readonly adoptions = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor(store: ContentStore, request: ImportRequest) {
    this.store = store;
    this.request = request;
    this.trustedOwners = request.trustedOwners;
  }

  async onIndex({ snapshots }: BundleIndex): Promise<void> {
    const prestaged = new Map(
      (await readPrestaged(this.store)).map((one) => [one.packageId, one.internalVersion]),
    );
    for (const snapshot of snapshots) {
      const here = await this.request.current(snapshot.packageId);
      const newest = Math.max(here ?? 0, prestaged.get(snapshot.packageId) ?? 0);
      this.packages.push({
        snapshot,
        outcome: newest > snapshot.internalVersion ? 'OLDER' : 'IMPORTED',
        currentVersion: newest === 0 ? undefined : newest,
      });
    }
    this.blobs = new Set(blobsOf(this.importedSnapshots()));
  }

  async onBlob(sha256: string, bytes: Buffer): Promise<void> {
    if (this.blobs.has(sha256)) await this.store.writeBlob(bytes);
  }

  async onContents(proven: readonly ProvenSnapshot[]): Promise<void> {
    const imported = new Set(this.importedSnapshots());
    const wanted = contentsOf(
      proven.filter(({ snapshot }) => imported.has(snapshot)).map(({ manifest }) => manifest),
    );
    const present = await this.store.has(wanted);
    const missing = wanted.filter((_, at) => !present[at]);
    this.missing = new Set(missing.map(({ sha256 }) => sha256));
    const bytesOf = (contents: readonly BundleContent[]): number =>
      contents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.presentBytes = bytesOf(wanted) - bytesOf(missing);
    const sizes = missing.map(({ sizeBytes }) => sizeBytes);
    await refuseWithoutSpace(this.store.paths.root, sizes, this.request.freeBytes);
  }

  async openSink(content: BundleContent): Promise<ContentSink | undefined> {
    if (!this.missing.has(content.sha256)) return undefined;
    const file = this.store.temporaryFile();
    const handle = await open(file, 'wx', 0o600);
    return {
      write: async (block) => {
        for (let at = 0; at < block.length;) {
          at += (await handle.write(block, at)).bytesWritten;
        }
      },
      finish: async () => {
        await handle.close();
        await this.adopt(file, content);
      },
      discard: async () => {
        await handle.close();
        await rm(file, { force: true });
      },
    };
  }

  onDamage(problem: { readonly message: string }): never {
    throw new CanopyError('CONTENT_DAMAGED', problem.message, {
      hint: 'Copy the bundle again from where it was made, then repeat the import.',
    });
  }

  /** Resolves when nothing is under way any more; throws the first failure. */
  async settled(): Promise<void> {
    await Promise.all(this.adoptions);
    if (this.failure) throw this.failure.error;
  }

  private importedSnapshots(): BundleSnapshot[] {
    return this.packages
      .filter(({ outcome }) => outcome === 'IMPORTED')
      .map(({ snapshot }) => snapshot);
  }

  private async adopt(file: string, content: BundleContent): Promise<void> {
    if (this.failure) throw this.failure.error;
    const { signal } = this.request;
    const adoption = this.store
      .adopt(file, content, { signal })
      .then(() => void (this.writtenBytes += content.sizeBytes))
      .catch(async (error: unknown) => {
        this.failure ??= { error };
        await rm(file, { force: true });
      })
      .finally(() => this.adoptions.delete(adoption));
    this.adoptions.add(adoption);
    if (this.adoptions.size >= MAX_ADOPTIONS) await Promise.race(this.adoptions);
  }
}

function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function diskFull(store: ContentStore, cause: unknown): CanopyError {
  const { root } = store.paths;
  return new CanopyError('DISK_FULL', `The disk of ${root} became full during the import.`, {
    path: [root],
    hint: 'Free space there and repeat the import; it goes on where it was.',
    cause,
  });
}
