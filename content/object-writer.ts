import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackedChunks } from './chunk-index.ts';
import { digestFile, type ContentDigest } from './content-digest.ts';
import { isSameFile, sourceError, sourceFile, type SourceFile } from './source-walk.ts';
import { storePaths } from './store-paths.ts';
import type { TaskControl } from './task-control.ts';

/** Files of one source folder to be read by one worker in one go. */
export interface SourceBatch {
  readonly sourceFolder: string;
  readonly files: readonly SourceFile[];
}

/** What a file holds, or that it was touched since it was listed. */
export type ReadResult =
  | {
      readonly path: string;
      readonly state: 'READ';
      readonly sha256: string;
      readonly chunks: PackedChunks | undefined;
    }
  | { readonly path: string; readonly state: 'CHANGED' };

export interface StoreBatch extends SourceBatch {
  readonly storeFolder: string;
  /** Names this batch's files in the temporary folder; unique in the life of the store. */
  readonly batchName: string;
}

export interface StoreBatchResult {
  readonly results: readonly ReadResult[];
  /** Folders whose new entries the caller must make durable. */
  readonly touchedFolders: readonly string[];
}

/** Hashes files where they are. */
export function hashSource(batch: SourceBatch, control: TaskControl): ReadResult[] {
  return batch.files.map((file) =>
    readSource(batch.sourceFolder, file, control, (descriptor) =>
      digestFile(descriptor, blockOptions(control)),
    ),
  );
}

/**
 * Copies files into the store under the hash of the copy. Contents are durable when this returns;
 * their directory entries are so after the touched folders were synced. A file that was touched
 * while it was copied leaves nothing behind.
 */
export function storeSource(batch: StoreBatch, control: TaskControl): StoreBatchResult {
  const paths = storePaths(batch.storeFolder);
  const copies = batch.files.map((file, index) => ({
    file,
    temporary: join(paths.temporary, `${batch.batchName}-${index}`),
  }));
  try {
    const results = copies.map(({ file, temporary }) =>
      readSource(batch.sourceFolder, file, control, (descriptor) =>
        copyAndDigest(descriptor, temporary, control),
      ),
    );
    const complete = copies.flatMap(({ file, temporary }, index) => {
      const result = results[index]!;
      return result.state === 'READ' ? [{ file, temporary, sha256: result.sha256 }] : [];
    });
    // All writes first, all syncs after: the first sync then carries most of the batch to disk.
    for (const { temporary } of complete) sealFile(temporary);
    const folders = complete.map(({ file, temporary, sha256 }) =>
      fileObject(temporary, paths.object(sha256), file.sizeBytes),
    );
    return { results, touchedFolders: [...new Set(folders)] };
  } finally {
    for (const { temporary } of copies) rmSync(temporary, { force: true });
  }
}

/** Moves a sealed file to its object's place; a complete object that is there already wins. */
export function fileObject(temporary: string, object: string, sizeBytes: number): string {
  if (statSync(object, { throwIfNoEntry: false })?.size === sizeBytes) {
    rmSync(temporary, { force: true });
  } else {
    renameSync(temporary, object);
  }
  return dirname(object);
}

/** Makes a finished file read-only and durable. */
export function sealFile(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fchmodSync(descriptor, 0o444);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** `digestFile` options that count bytes and stop when cancelled. */
export function blockOptions(control: TaskControl): { onBytes: (bytes: number) => void } {
  return {
    onBytes: (bytes) => {
      control.throwIfCancelled();
      control.report({ files: 0, bytes });
    },
  };
}

/** Opens one listed file, reads it with `read`, and checks that it stayed what was listed. */
function readSource(
  sourceFolder: string,
  file: SourceFile,
  control: TaskControl,
  read: (descriptor: number) => ContentDigest,
): ReadResult {
  control.throwIfCancelled();
  const path = join(sourceFolder, file.path);
  const changed = { path: file.path, state: 'CHANGED' } as const;
  const descriptor = openSource(path);
  if (descriptor === undefined) return changed;
  try {
    const before = fstatSync(descriptor);
    if (!before.isFile() || !isSameFile(file, sourceFile(file.path, before))) return changed;
    const { sha256, sizeBytes, chunks } = read(descriptor);
    const after = lstatSync(path, { throwIfNoEntry: false });
    const isStable = after && isSameFile(file, sourceFile(file.path, after));
    if (!isStable || sizeBytes !== file.sizeBytes) return changed;
    control.report({ files: 1, bytes: 0 });
    return { path: file.path, state: 'READ', sha256, chunks };
  } catch (error) {
    const isReading = (error as NodeJS.ErrnoException).syscall === 'read';
    throw isReading ? sourceError(error, path) : error;
  } finally {
    closeSync(descriptor);
  }
}

/** `undefined` when the listed file is gone or is now something that must not be followed. */
function openSource(path: string): number | undefined {
  // A pipe put in the file's place must not block the worker, nor a link be followed.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  try {
    return openSync(path, flags);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return undefined;
    throw sourceError(error, path);
  }
}

function copyAndDigest(source: number, temporary: string, control: TaskControl): ContentDigest {
  const isCloned = cloneFile(source, temporary);
  const copy = openSync(temporary, isCloned ? 'r' : 'wx', 0o600);
  try {
    if (isCloned) return digestFile(copy, blockOptions(control));
    return digestFile(source, { ...blockOptions(control), copyTo: copy });
  } finally {
    closeSync(copy);
  }
}

/** Devices found unable to share blocks with the store. */
const devicesWithoutClone = new Set<number>();
const CANNOT_CLONE = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'ENOTTY',
  'EINVAL',
  'EXDEV',
  'EPERM',
  'EACCES',
  'ENOENT',
]);

/**
 * Shares the file's blocks copy-on-write where the file system can. By descriptor, so that the
 * bytes are those of the file that was checked; only Linux can name a descriptor as a path.
 */
function cloneFile(source: number, target: string): boolean {
  const { dev: device, size } = fstatSync(source);
  if (process.platform !== 'linux' || size === 0 || devicesWithoutClone.has(device)) return false;
  try {
    const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;
    copyFileSync(`/proc/self/fd/${source}`, target, mode);
    chmodSync(target, 0o600);
    return true;
  } catch (error) {
    if (!CANNOT_CLONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    devicesWithoutClone.add(device);
    rmSync(target, { force: true });
    return false;
  }
}
