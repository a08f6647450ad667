import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  adoptDeliveryFolder,
  MAX_BLOB_BYTES,
  type Manifest,
  type ManifestFile,
} from '../content/index.ts';
import { sha256Hex } from '../content/tree.ts';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import {
  readCodebase,
  receivePackage,
  type Codebase,
  type FileFailure,
  type TransferProgress,
} from '../delivery/index.ts';
import { baseVersion, localContents, readChunkIndex } from './local-contents.ts';
import type { Assignment, PackageProgress } from './package-record.ts';
import type { BlobQuery } from './smp-door.ts';
import type { WorkContext } from './work-context.ts';

export interface ObtainOptions {
  readonly signal: AbortSignal;
  /** Since when it has been tried without success; the SMP is told. */
  readonly tryingForMs: number;
  onProgress(progress: PackageProgress): void;
}

/**
 * The folder of a package on its way holds one set of files whatever the version, so that what two
 * versions share is not fetched again when the second arrives during the first.
 */
const INCOMING_VERSION = 0;

/**
 * Brings a manifest or chunk index into the store, from the SMP unless it is there. `similar`: the
 * hash of an older one, which spares most of its bytes.
 */
export async function obtainBlob(
  context: WorkContext,
  sha256: string,
  { signal, similar }: { readonly signal: AbortSignal; readonly similar?: string | undefined },
): Promise<void> {
  if (await readBlobIfHere(context, sha256)) return;
  const query = { maxBytes: MAX_BLOB_BYTES, signal };
  const dictionary = similar === undefined ? undefined : await readBlobIfHere(context, similar);
  let bytes = dictionary && (await blobAgainst(context, sha256, { ...query, dictionary }));
  bytes ??= await context.door.blob(sha256, query);
  if (sha256Hex(bytes) !== sha256) {
    throw new CanopyError('CONTENT_DAMAGED', `The SMP sent other bytes than the blob ${sha256}.`);
  }
  await context.store.writeBlob(bytes);
}

/** `undefined` when something went wrong with the dictionary: then it comes as it is. */
async function blobAgainst(
  context: WorkContext,
  sha256: string,
  query: BlobQuery,
): Promise<Buffer | undefined> {
  try {
    const bytes = await context.door.blob(sha256, query);
    return sha256Hex(bytes) === sha256 ? bytes : undefined;
  } catch (error) {
    if (isCanopyError(error) && error.code === 'CONTENT_DAMAGED') return undefined;
    throw error;
  }
}

async function readBlobIfHere(context: WorkContext, sha256: string): Promise<Buffer | undefined> {
  try {
    return await context.store.readBlob(sha256);
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
  const codebases = await findSources(context, assignment, options);
  const reception = await receivePackage({
    ...context,
    fetch: context.upstream.fetchFor(assignment.packageId, context.fetch),
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

async function findSources(
  context: WorkContext,
  assignment: Assignment,
  options: ObtainOptions,
): Promise<Codebase[]> {
  const { packageId, internalVersion } = assignment;
  const info = await context.door.packageInfo(packageId, {
    addresses: context.addresses(),
    tryingForMs: options.tryingForMs,
    signal: options.signal,
  });
  if (info.internalVersion !== internalVersion) {
    throw new CanopyError(
      'NOT_READY',
      `No source offers version ${internalVersion} here yet; version ${info.internalVersion} is.`,
    );
  }
  const codebases = info.codebases
    .flatMap(({ url }) => readCodebase(url) ?? [])
    .filter(({ kind }) => kind !== 'UNC' || context.uncMounts.length > 0);
  if (codebases.length > 0) return codebases;
  throw new CanopyError(
    'NOT_READY',
    `The SMP offers no source for version ${internalVersion} now.`,
  );
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
