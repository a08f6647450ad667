import { constants } from 'node:fs';
import { chmod, copyFile, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../content/manifest.ts';
import { RESUME_FROM_BYTES } from './fetch-file.ts';
import type { FileThreads } from './file-threads.ts';
import { filesBelow, hashFile, ignoreMissing, namesIn, sizeOrZero } from './local-files.ts';
import { reusableFolders, type PackageFolder } from './package-folder.ts';
import { stageChunks, type ChunkKnowledge } from './stage-chunks.ts';
import type { StagedContent } from './transfer-plan.ts';

const SHA256_NAME = /^[0-9a-f]{64}$/;

export interface StageOptions extends ChunkKnowledge {
  readonly at: PackageFolder;
  readonly internalVersion: number;
  readonly manifest: Manifest;
  readonly threads: FileThreads;
  readonly signal: AbortSignal;
}

/**
 * Collects in the content folder what need not be fetched: what an earlier attempt verified, and
 * files of other versions (prestaged ones too) and of `localContents` with the wanted hash, under
 * whatever name; then single chunks of the rest. Every byte is hashed here; local files are
 * copied, never linked, since users may edit them.
 */
export async function stageContent(options: StageOptions): Promise<StagedContent> {
  const wanted = new Map(options.manifest.files.map((file) => [file.sha256, file.sizeBytes]));
  const staged = await earlierAttempt(options, wanted);
  const content = options.at.content(options.internalVersion);
  await reuseContents(content, { ...options, wanted, staged });
  const reusable = await reusableFolders(options.at);
  for (const folder of reusable) {
    if (staged.whole.size === wanted.size) break;
    await reuseFolder(folder, { ...options, wanted, staged });
  }
  const chunked = await stageChunks({ ...options, ...staged, content, reusable });
  for (const sha256 of chunked.keys()) staged.partialBytes.delete(sha256);
  return { ...staged, chunked };
}

interface Staging {
  readonly whole: Set<string>;
  readonly partialBytes: Map<string, number>;
}

type Wanted = ReadonlyMap<string, number>;

async function earlierAttempt(options: StageOptions, wanted: Wanted): Promise<Staging> {
  const folder = options.at.content(options.internalVersion);
  const staged: Staging = { whole: new Set(), partialBytes: new Map() };
  for (const name of await namesIn(folder)) {
    options.signal.throwIfAborted();
    const path = join(folder, name);
    const sha256 = name.slice(0, 64);
    const sizeBytes = wanted.get(sha256);
    if (name === sha256 && sizeBytes !== undefined && (await hashFile(path)) === sha256) {
      staged.whole.add(sha256);
    } else if (name === `${sha256}.part` && (sizeBytes ?? 0) > RESUME_FROM_BYTES) {
      staged.partialBytes.set(sha256, await sizeOrZero(path));
    } else if (name === `${sha256}.chunks` && options.chunkIndex?.packedOf(sha256)) {
      continue;
    } else if (name !== `${sha256}.resume` || !SHA256_NAME.test(sha256)) {
      await rm(path, { force: true });
    }
  }
  return staged;
}

type Reuse = StageOptions & { readonly wanted: Wanted; readonly staged: Staging };

/** Contents that the caller knows to be on this machine. */
async function reuseContents(content: string, options: Reuse): Promise<void> {
  const { wanted, staged } = options;
  for (const { path, sha256, sizeBytes } of options.localContents ?? []) {
    if (sizeBytes === 0 || !wanted.has(sha256) || staged.whole.has(sha256)) continue;
    options.signal.throwIfAborted();
    if ((await copyHashed(path, content)) === sha256) await adopt(sha256, content, staged);
  }
  await rm(candidatePath(content), { force: true });
}

async function adopt(sha256: string, content: string, staged: Staging): Promise<void> {
  await rename(candidatePath(content), join(content, sha256));
  staged.whole.add(sha256);
  staged.partialBytes.delete(sha256);
}

async function reuseFolder(folder: string, options: Reuse): Promise<void> {
  const { wanted, staged } = options;
  const content = options.at.content(options.internalVersion);
  const missing = new Set([...wanted.keys()].filter((sha256) => !staged.whole.has(sha256)));
  const missingSizes = new Set([...missing].map((sha256) => wanted.get(sha256)!));
  for (const file of await filesBelow(folder)) {
    options.signal.throwIfAborted();
    if (file.sizeBytes === 0 || !missingSizes.has(file.sizeBytes)) continue;
    const sha256 = await copyHashed(file.path, content);
    if (sha256 === undefined || !missing.delete(sha256)) continue;
    await adopt(sha256, content, staged);
  }
  await rm(candidatePath(content), { force: true });
}

/** Copies (by reference where the file system can) and hashes the copy, which nobody else edits. */
async function copyHashed(from: string, content: string): Promise<string | undefined> {
  const candidate = candidatePath(content);
  await rm(candidate, { force: true });
  const gone = await copyFile(from, candidate, constants.COPYFILE_FICLONE).then(
    () => false,
    (error: NodeJS.ErrnoException) => ignoreMissing(error) === undefined,
  );
  if (gone) return undefined;
  await chmod(candidate, 0o644);
  const handle = await open(candidate, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return await hashFile(candidate);
}

const candidatePath = (content: string): string => join(content, 'candidate');
