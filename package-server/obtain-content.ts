import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest, ManifestFile } from '../content/index.ts';
import { sha256Hex } from '../content/tree.ts';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import {
  readCodebase,
  receivePackage,
  type Codebase,
  type FileFailure,
  type TransferProgress,
} from '../delivery/index.ts';
import type { Assignment, PackageProgress } from './package-record.ts';
import type { WorkContext } from './work-context.ts';

export interface ObtainOptions {
  readonly signal: AbortSignal;
  /** Since when it has been tried without success; the SMP is told. */
  readonly tryingForMs: number;
  onProgress(progress: PackageProgress): void;
}

/** As large as a manifest of a million files. */
const MAX_BLOB_BYTES = 512 * 1024 * 1024;

/**
 * The folder of a package on its way holds one set of files whatever the version, so that what two
 * versions share is not fetched again when the second arrives during the first.
 */
const INCOMING_VERSION = 0;

/** Brings a manifest or chunk index into the store, from the SMP unless it is there. */
export async function obtainBlob(
  context: WorkContext,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await context.store.readBlob(sha256);
    return;
  } catch (error) {
    if (!isCanopyError(error) || !['NOT_FOUND', 'CONTENT_DAMAGED'].includes(error.code)) {
      throw error;
    }
  }
  const bytes = await context.door.blob(sha256, MAX_BLOB_BYTES, signal);
  if (sha256Hex(bytes) !== sha256) {
    throw new CanopyError('CONTENT_DAMAGED', `The SMP sent other bytes than the blob ${sha256}.`);
  }
  await context.store.writeBlob(bytes);
}

/**
 * Brings every content of `manifest` into the store that is not there: only those bytes move, and
 * of contents that another package brings at the same time none. Throws `NOT_READY` while no
 * source has the version or one broke off, `BUSY` with the SMP's `Retry-After`, `DISK_FULL`.
 */
export async function obtainContents(
  context: WorkContext,
  wanted: { readonly assignment: Assignment; readonly manifest: Manifest },
  options: ObtainOptions,
): Promise<void> {
  const distinct = distinctFiles(wanted.manifest);
  for (;;) {
    const missing = await missingFiles(context, distinct);
    if (missing.length === 0) break;
    const hashes = missing.map(({ sha256 }) => sha256);
    const mine = new Set(context.claims.unclaimed(hashes));
    if (mine.size === 0) {
      await context.claims.ended(hashes, options.signal);
      continue;
    }
    const files = missing.filter(({ sha256 }) => mine.has(sha256));
    const hereBytes = sumBytes(distinct) - sumBytes(files);
    await context.claims.hold([...mine], () =>
      fetchFiles(context, { ...wanted, files, hereBytes }, options),
    );
  }
  await rm(context.folder.incomingPackage(wanted.assignment.packageId), {
    recursive: true,
    force: true,
  });
}

interface FetchTask {
  readonly assignment: Assignment;
  readonly files: readonly ManifestFile[];
  /** Of the version, already in the store. */
  readonly hereBytes: number;
}

async function fetchFiles(
  context: WorkContext,
  task: FetchTask,
  options: ObtainOptions,
): Promise<void> {
  const { store, folder } = context;
  const codebases = await findSources(context, task.assignment, options);
  const reception = await receivePackage({
    folder: folder.incomingPackage(task.assignment.packageId),
    wanted: {
      internalVersion: INCOMING_VERSION,
      manifest: { files: task.files, emptyFolders: [] },
    },
    codebases,
    book: context.sourceBook,
    fetch: context.fetch,
    uncMounts: context.uncMounts,
    clock: context.clock,
    signal: options.signal,
    stallLimit: context.stallLimit,
    throttle: context.throttle,
    ...(context.freeBytes ? { freeBytes: context.freeBytes } : {}),
    onProgress: (progress) => options.onProgress(asProgress(progress, task.hereBytes)),
  });
  if (reception.state === 'INCOMPLETE') {
    // A source that has sent something is worth asking again soon.
    throw new CanopyError('NOT_READY', failureText(reception.failures), {
      ...(reception.progressed ? { retryAfterMs: 1_000 } : {}),
    });
  }
  for (const file of task.files) {
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
