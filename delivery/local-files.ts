import { createHash, type Hash } from 'node:crypto';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK_BYTES = 256 * 1024;

/** Adds the first `sizeBytes` of an open file to `hash`; throws when the file is shorter. */
export async function hashInto(hash: Hash, handle: FileHandle, sizeBytes: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(1, sizeBytes)));
  for (let position = 0; position < sizeBytes;) {
    const length = Math.min(buffer.length, sizeBytes - position);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    if (bytesRead === 0) throw new Error(`file ends at ${position} of ${sizeBytes} bytes`);
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** SHA-256 (hex) of a file. */
export async function hashFile(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    await hashInto(hash, handle, (await handle.stat()).size);
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Size of a file; 0 when there is none. */
export async function sizeOrZero(path: string): Promise<number> {
  return (await stat(path).catch(ignoreMissing))?.size ?? 0;
}

/** Entry names of a folder; none when the folder does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreMissing)) ?? [];
}

/** All regular files below `folder` with their sizes; links are not followed. */
export async function filesBelow(
  folder: string,
): Promise<{ readonly path: string; readonly sizeBytes: number }[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
  const found: { path: string; sizeBytes: number }[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path)));
    else if (entry.isFile()) found.push({ path, sizeBytes: (await stat(path)).size });
  }
  return found;
}

export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
