import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptDeliveryFolder, type Manifest, type ManifestFile } from '../content/index.ts';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import { receivePackage, type FileFailure, type TransferProgress } from '../delivery/index.ts';
import { baseVersion, localContents, readChunkIndex } from './local-contents.ts';
import type { Assignment, PackageProgress } from './package-record.ts';
import type { VersionSources } from './version-sources.ts';
import type { WorkContext } from './work-context.ts';

export interface ObtainOptions {
  readonly signal: AbortSignal;
  readonly sources: VersionSources;
  onProgress(progress: PackageProgress): void;
}

/**
 * The folder of a package on its way holds one set of files whatever the version, so that what two
 * versions share is not fetched again when the second arrives during the first.
 */
const INCOMING_VERSION = 0;

/**
 * Brings a manifest or chunk index into the store unless it is there. `similar`: the hash of an older
 * one, which spares most of its bytes.
 */
export async function obtainBlob(
  store: WorkContext['store'],
  sources: VersionSources,
  { sha256, similar }: { readonly sha256: string; readonly similar: string | undefined },
): Promise<void> {
  if (await readBlobIfHere(store, sha256)) return;
  const dictionary = similar === undefined ? undefined : await readBlobIfHere(store, similar);
  await store.writeBlob(await sources.blob(sha256, dictionary));
}

async function readBlobIfHere(
  store: WorkContext['store'],
  sha256: string,
): Promise<Buffer | undefined> {
  try {
    return await store.readBlob(sha256);
  } catch (error) {
    if (isCanopyError(error) && ['NOT_FOUND', 'CONTENT_DAMAGED'].includes(error.code)) {
      return undefined;
    }
    throw error;
  }
}

interface Wanted {
  readonly assignment: Assignment;
  readonly manifest: Manifest;
}

/**
 * Brings every content of `manifest` into the store that is not there: from a copied `Package
 * Delivery` folder first, then from sources, and of these only the chunks that nothing here has.
 * Throws `NOT_READY` while no source has the version or one broke off, `BUSY` with the SMP's
 * `Retry-After`, `DISK_FULL`.
 */
export async function obtainContents(
  context: WorkContext,
  wanted: Wanted,
  options: ObtainOptions,
): Promise<void> {
  const { packageId, internalVersion } = wanted.assignment;
  const distinct = distinctFiles(wanted.manifest);
  let missing = await missingFiles(context, distinct);
  if (missing.length > 0) {
    await adoptDeliveryFolder(context.store, context.folder.packageDelivery, {
      wanted: [{ packageId, internalVersion, manifest: wanted.manifest }],
      signal: options.signal,
    });
    missing = await missingFiles(context, distinct);
  }
  if (missing.length > 0) await fetchFiles(context, { ...wanted, distinct, missing }, options);
  const incoming = context.folder.incomingPackage(packageId);
  await rm(incoming, { recursive: true, force: true });
}

interface FetchTask extends Wanted {
  /** One file of each content. */
  readonly distinct: readonly ManifestFile[];
  readonly missing: readonly ManifestFile[];
}

async function fetchFiles(
  context: WorkContext,
  task: FetchTask,
  options: ObtainOptions,
): Promise<void> {
  const { store, folder } = context;
  const { assignment, missing } = task;
  const missingBytes = sumBytes(missing);
  const hereBytes = sumBytes(task.distinct) - missingBytes;
  const codebases = await options.sources.codebases();
  const reception = await receivePackage({
    ...context,
    transport: context.upstream.transportFor(assignment.packageId, context.transport),
    folder: folder.incomingPackage(assignment.packageId),
    wanted: {
      internalVersion: INCOMING_VERSION,
      manifest: { files: missing, emptyFolders: [] },
    },
    chunkIndex: await readChunkIndex(context, assignment, task.manifest),
    localContents: await localContents(context, assignment, missingBytes),
    base: await baseVersion(context, assignment),
    codebases,
    book: context.sourceBook,
    signal: options.signal,
    onPlan: ({ extent, bytesPlanned, wireBytesExpected, bytesTotal }) =>
      context.logger.info(
        { packageId: assignment.packageId, extent, bytesPlanned, wireBytesExpected, bytesTotal },
        `${assignment.name} is being fetched.`,
      ),
    onProgress: (progress) => options.onProgress(asProgress(progress, hereBytes)),
  });
  if (reception.state !== 'HERE') {
    const { bytesFetched, wireBytes } = reception;
    context.counts.fetchedBytes += bytesFetched;
    context.counts.wireBytes += wireBytes;
    // The SMP names package servers of the parent only while nobody here has the version.
    const isCrossing = codebases.some(({ url }) => context.upstream.isUpstream(url));
    if (isCrossing) context.counts.crossedBytes += bytesFetched;
    const facts = { packageId: assignment.packageId, bytesFetched, wireBytes };
    context.logger.info(facts, `${assignment.name}: the transfer is over.`);
  }
  if (reception.state === 'INCOMPLETE') {
    // A source that has sent something is worth asking again soon.
    throw new CanopyError('NOT_READY', failureText(reception.failures), {
      ...(reception.progressed ? { retryAfterMs: 1_000 } : {}),
    });
  }
  for (const file of missing) {
    await store.adopt(join(reception.folder, file.path), file, { signal: options.signal });
  }
}

async function missingFiles(
  context: WorkContext,
  files: readonly ManifestFile[],
): Promise<ManifestFile[]> {
  const present = await context.store.has(files);
  return files.filter((_, at) => !present[at]);
}

function distinctFiles(manifest: Manifest): ManifestFile[] {
  return [...new Map(manifest.files.map((file) => [file.sha256, file])).values()];
}

function sumBytes(files: readonly ManifestFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function asProgress(progress: TransferProgress, hereBytes: number): PackageProgress {
  return {
    doneBytes: hereBytes + progress.bytesDone,
    totalBytes: hereBytes + progress.bytesTotal,
    plannedBytes: progress.bytesPlanned,
    bytesPerSecond: Math.round(progress.rateBytesPerSecond),
    etaMs: progress.etaMs,
    source: progress.source,
  };
}

function failureText(failures: readonly FileFailure[]): string {
  const first = failures[0]!;
  const faults = first.faults.map(({ url, message }) => `${url} ${message}`);
  const why = faults.length > 0 ? faults.join('; ') : 'no source is usable now';
  const files = failures.length === 1 ? '1 file' : `${failures.length} files`;
  return `${files} could not be had from any source; ${first.path}: ${why}.`;
}
