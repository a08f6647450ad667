import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { abortableBlocks } from './abortable.ts';
import {
  isSourceError,
  SourceError,
  type Codebase,
  type FileSource,
  type OpenRequest,
} from './source.ts';

const BLOCK_BYTES = 256 * 1024;

/** A share and the folder where this machine sees it: `\\filer\pkgs` → `/mnt/pkgs`. */
export interface UncMount {
  readonly unc: string;
  readonly folder: string;
}

/**
 * The local folder of a UNC path: by the longest mount that contains it (shares compare
 * case-insensitively), on Windows the path itself. `undefined`: not reachable from here.
 */
export function folderOfUnc(unc: string, mounts: readonly UncMount[]): string | undefined {
  const wanted = segments(unc);
  let best: { readonly folder: string; readonly depth: number } | undefined;
  for (const mount of mounts) {
    const prefix = segments(mount.unc);
    const isPrefix = prefix.every((part, i) => part.toLowerCase() === wanted[i]?.toLowerCase());
    if (!isPrefix || prefix.length <= (best?.depth ?? 0)) continue;
    best = { folder: join(mount.folder, ...wanted.slice(prefix.length)), depth: prefix.length };
  }
  return best?.folder ?? (process.platform === 'win32' ? unc : undefined);
}

/** A UNC codebase, read as a folder. The manifest's hash decides whether it holds the file. */
export function folderSource(codebase: Codebase, mounts: readonly UncMount[]): FileSource {
  const folder = folderOfUnc(codebase.url, mounts);
  return {
    codebase,
    async open(request) {
      if (folder === undefined) {
        throw new SourceError('UNREACHABLE', 'no uncMounts entry says where this share is here');
      }
      const path = join(folder, ...request.path.split('/'));
      return {
        offset: request.offset,
        etag: undefined,
        body: abortableBlocks(request.signal, blocksOf(path, request)),
      };
    },
  };
}

async function* blocksOf(path: string, request: OpenRequest): AsyncGenerator<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const { size } = await handle.stat();
    if (size !== request.sizeBytes) {
      const text = `has ${size} bytes instead of ${request.sizeBytes}`;
      throw new SourceError('OTHER_CONTENT', text);
    }
    const end = Math.min(size, request.endBytes ?? size);
    const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, size));
    for (let position = request.offset; position < end;) {
      request.signal.throwIfAborted();
      const length = Math.min(buffer.length, end - position);
      const { bytesRead } = await handle.read(buffer, 0, length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw asSourceError(error, request);
  } finally {
    await handle?.close();
  }
}

function asSourceError(error: unknown, request: OpenRequest): unknown {
  if (request.signal.aborted || isSourceError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const fault = code === 'ENOENT' || code === 'EISDIR' ? 'MISSING' : 'UNREACHABLE';
  return new SourceError(fault, `cannot read ${request.path} (${code})`, error);
}

function segments(unc: string): string[] {
  return unc.split(/[\\/]+/).filter((part) => part !== '');
}
