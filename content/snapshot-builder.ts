import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { CanopyError } from '../core/errors.ts';
import type { BuildRequest, BuiltTree } from './build-request.ts';
import { encodeChunkIndex } from './chunk-index.ts';
import type { Manifest } from './manifest.ts';
import type { TreeLimits } from './path-policy.ts';
import { SourceReader, type ReaderContext } from './source-reader.ts';
import { changedPaths, type SourceListing } from './source-walk.ts';
import { compareUtf8, encodeManifest, foldersOf, rootHash, totalBytes } from './tree.ts';

export interface BuilderContext extends ReaderContext {
  readonly limits: TreeLimits;
  writeBlob(bytes: Uint8Array): Promise<string>;
}

const MAX_ATTEMPTS = 3;
const MAX_NAMED = 10;

/**
 * Takes a private copy of a source folder and answers the tree it makes. The tree is one state of
 * the folder: a folder that is written to meanwhile is read again, up to three times.
 *
 * Throws `SOURCE_MISSING`, `SOURCE_UNREADABLE`, `SOURCE_CHANGED` (naming the files),
 * `PACKAGE_REFUSED` (every reason), `DISK_FULL` (both figures), `INVALID_INPUT` when source and
 * store overlap, and the signal's reason. Nothing of a failed build is visible afterwards.
 */
export async function buildTree(
  context: BuilderContext,
  request: BuildRequest,
): Promise<BuiltTree> {
  const sourceFolder = await resolveSource(request.sourceFolder, context.paths.root);
  const reader = new SourceReader(context, { ...request, sourceFolder });
  const listing = await readStableSource(context, { ...request, sourceFolder }, reader);
  const manifest: Manifest = {
    files: listing.files.map((file) => ({
      path: file.path,
      sizeBytes: file.sizeBytes,
      sha256: reader.reading(file.path).sha256,
      modifiedAtMs: Math.floor(file.modifiedAtMs),
    })),
    emptyFolders: listing.emptyFolders,
  };
  const hash = rootHash(manifest);
  const unchanged = request.previous?.rootHash === hash;
  const kept = unchanged ? request.previous!.manifest : manifest;
  // Written for an unchanged tree too: it is the same bytes, and heals a damaged blob.
  const manifestHash = await context.writeBlob(encodeManifest(kept));
  const chunkIndexHash = await context.writeBlob(encodeChunkIndex(reader.chunks(listing)));
  return {
    rootHash: hash,
    manifest: kept,
    manifestHash,
    chunkIndexHash,
    fileCount: kept.files.length,
    folderCount: foldersOf(kept).size,
    sizeBytes: totalBytes(kept),
    unchanged,
  };
}

/** Reads until a listing taken afterwards equals the one before; answers that listing. */
async function readStableSource(
  context: BuilderContext,
  request: BuildRequest,
  reader: SourceReader,
): Promise<SourceListing> {
  let changed: string[] = [];
  let listing = await walk(context, request, 'LIST');
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const touched = await reader.read(listing);
    const after = await walk(context, request, 'CONFIRM');
    changed = [...new Set([...touched, ...changedPaths(listing, after)])].sort(compareUtf8);
    if (changed.length === 0) return listing;
    listing = after;
  }
  const named = changed.slice(0, MAX_NAMED).map((path) => JSON.stringify(path));
  const rest = changed.length > MAX_NAMED ? ` and ${changed.length - MAX_NAMED} more` : '';
  throw new CanopyError(
    'SOURCE_CHANGED',
    `The source folder changed in each of ${MAX_ATTEMPTS} readings: ${named.join(', ')}${rest}.`,
    { path: changed.slice(0, 1), hint: 'Run the update again when the copying is over.' },
  );
}

async function walk(
  context: BuilderContext,
  request: BuildRequest,
  phase: 'LIST' | 'CONFIRM',
): Promise<SourceListing> {
  request.onProgress?.({ phase, filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 });
  const task = { folder: request.sourceFolder, limits: context.limits };
  return context.pool.run('walkSource', task, { signal: request.signal });
}

/** The folder itself may be a link, nothing below it may. */
async function resolveSource(sourceFolder: string, storeFolder: string): Promise<string> {
  let source: string;
  try {
    source = await realpath(sourceFolder);
  } catch (error) {
    // The walk says what is wrong with it.
    if (typeof (error as NodeJS.ErrnoException).code === 'string') return sourceFolder;
    throw error;
  }
  const store = await realpath(storeFolder);
  const isInside = (inner: string, outer: string): boolean =>
    `${inner}${sep}`.startsWith(`${outer}${sep}`);
  if (isInside(store, source) || isInside(source, store)) {
    throw new CanopyError(
      'INVALID_INPUT',
      `The source folder ${sourceFolder} and the data folder ${storeFolder} overlap.`,
      { path: [sourceFolder], hint: 'Keep package sources outside the data folder.' },
    );
  }
  return source;
}
