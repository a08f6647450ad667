import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** Bytes in shared memory, so that handing them to a worker copies nothing. */
export interface Block {
  readonly memory: SharedArrayBuffer;
  /** How many of its bytes count, from the first. */
  readonly filled: number;
}

export interface PartTask {
  /** Names the part; one that is open is known by it. */
  readonly path: string;
  /** Appended; the caller leaves it alone until the task is done. */
  readonly block?: Block | undefined;
}

interface OpenPart {
  readonly descriptor: number;
  readonly hash: Hash;
  sizeBytes: number;
}

const READ_BYTES = 1024 * 1024;

/** The parts that this thread has open: a part stays with one thread, so its pool has one only. */
const openParts = new Map<string, OpenPart>();

/** Goes on with what is in the file at `path`, and hashes it; answers its size. */
export function resumePart({ path }: PartTask): number {
  const descriptor = openSync(path, 'r+');
  const part = { descriptor, hash: createHash('sha256'), sizeBytes: 0 };
  openParts.set(path, part);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (;;) {
    const count = readSync(descriptor, buffer, 0, buffer.length, part.sizeBytes);
    if (count === 0) return part.sizeBytes;
    part.hash.update(buffer.subarray(0, count));
    part.sizeBytes += count;
  }
}

/** Hashes and writes the next block. A part that is not open begins as an empty file. */
export function writePart({ path, block }: PartTask): void {
  const part = openParts.get(path) ?? beginPart(path);
  if (!block) return;
  const bytes = new Uint8Array(block.memory, 0, block.filled);
  part.hash.update(bytes);
  for (let done = 0; done < bytes.length;) {
    const count = writeSync(part.descriptor, bytes, done, bytes.length - done, part.sizeBytes);
    done += count;
    part.sizeBytes += count;
  }
}

/** As {@link writePart}, and closes the part; answers the SHA-256 (hex) of all of it. */
export function finishPart(task: PartTask): string {
  try {
    writePart(task);
    return openParts.get(task.path)!.hash.digest('hex');
  } finally {
    closePart(task);
  }
}

/** What was written stays in the file. Does nothing for a part that is not open. */
export function closePart({ path }: PartTask): void {
  const part = openParts.get(path);
  if (!part) return;
  openParts.delete(path);
  closeSync(part.descriptor);
}

function beginPart(path: string): OpenPart {
  const part = { descriptor: openSync(path, 'w'), hash: createHash('sha256'), sizeBytes: 0 };
  openParts.set(path, part);
  return part;
}
