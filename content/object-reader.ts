import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { hash } from 'node:crypto';
import { CanopyError } from '../core/errors.ts';

/** What is asked of the store: the content of a manifest's file. */
export interface StoredContent {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Contents up to this size are read at once and kept in memory. */
export const SMALL_BYTES = 64 * 1024;

/** An open descriptor of a content, which the caller closes. Throws `CONTENT_DAMAGED`. */
export function openContent(path: string, content: StoredContent): number {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw damaged(content, 'is not in the store');
  }
  if (fstatSync(descriptor).size === content.sizeBytes) return descriptor;
  closeSync(descriptor);
  throw damaged(content, 'has the wrong size');
}

/**
 * The small contents read last, up to `maxBytes` of them, each compared with its hash when it is
 * read. One synchronous read of a small file costs less than the hand-over to another thread.
 */
export class SmallContentCache {
  private readonly maxBytes: number;
  private readonly entries = new Map<string, Buffer>();
  private usedBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  read(path: string, content: StoredContent): Buffer {
    const known = this.entries.get(content.sha256);
    if (known) {
      // Inserted anew, so that the map stays in order of last use.
      this.entries.delete(content.sha256);
      this.entries.set(content.sha256, known);
      return known;
    }
    const bytes = readSmall(path, content);
    this.entries.set(content.sha256, bytes);
    this.usedBytes += bytes.length;
    for (const [sha256, oldest] of this.entries) {
      if (this.usedBytes <= this.maxBytes) break;
      this.entries.delete(sha256);
      this.usedBytes -= oldest.length;
    }
    return bytes;
  }
}

/** Buffers that are used over and over; at most `maxIdle` wait for their next use. */
export class BufferPool {
  readonly bufferBytes: number;
  private readonly maxIdle: number;
  private readonly idle: Buffer[] = [];

  constructor(bufferBytes: number, maxIdle: number) {
    this.bufferBytes = bufferBytes;
    this.maxIdle = maxIdle;
  }

  take(): Buffer {
    return this.idle.pop() ?? Buffer.allocUnsafeSlow(this.bufferBytes);
  }

  /** Only for a buffer that nothing reads any more. */
  giveBack(buffer: Buffer): void {
    if (this.idle.length < this.maxIdle) this.idle.push(buffer);
  }
}

export function damaged(content: StoredContent, what: string): CanopyError {
  return new CanopyError('CONTENT_DAMAGED', `The content ${content.sha256} ${what}.`, {
    path: [content.sha256],
    hint: 'Run a distribution point update for the packages that contain it.',
  });
}

function readSmall(path: string, content: StoredContent): Buffer {
  const descriptor = openContent(path, content);
  try {
    const bytes = Buffer.allocUnsafeSlow(content.sizeBytes);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    if (hash('sha256', bytes, 'hex') !== content.sha256) {
      throw damaged(content, 'does not match its hash');
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
