import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { CanopyError } from '../../core/errors.ts';
import {
  decodeTarHeader,
  TAR_BLOCK_BYTES,
  TAR_END,
  tarHeaderBytes,
  tarPaddingBytes,
  type TarMember,
} from './tar-header.ts';

const READ_BYTES = 1024 * 1024;

/** A member whose header was read. */
export interface OpenMember extends TarMember {
  /** Where its header begins in the file. */
  readonly offsetBytes: number;
}

/**
 * Reads an archive from its beginning to its end and accepts only what our writer writes, down to
 * the padding: every bit that is not content has one legal value. Throws `CONTENT_DAMAGED` that
 * names the member and the byte.
 */
export class TarReader {
  private readonly handle: FileHandle;
  private readonly fileBytes: number;
  private readonly signal: AbortSignal | undefined;
  private readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  private start = 0;
  private end = 0;
  /** Of the file, where the next read continues. */
  private readPosition = 0;

  constructor(handle: FileHandle, fileBytes: number, signal?: AbortSignal) {
    this.handle = handle;
    this.fileBytes = fileBytes;
    this.signal = signal;
  }

  /** The next byte that is handed out. */
  get offsetBytes(): number {
    return this.readPosition - (this.end - this.start);
  }

  /** The header of the next member, of which `expected` is what should come. */
  async next(expected: string): Promise<OpenMember> {
    const offsetBytes = this.offsetBytes;
    const first = Buffer.from(await this.take(TAR_BLOCK_BYTES, expected));
    const moreBytes = tarHeaderBytes(first) - TAR_BLOCK_BYTES;
    const more = moreBytes === 0 ? [] : [await this.take(moreBytes, expected)];
    const member = decodeTarHeader(Buffer.concat([first, ...more]));
    if (!member) {
      const isEnd = first.equals(TAR_END.subarray(0, TAR_BLOCK_BYTES));
      const what = isEnd ? 'it ends here, and this part is missing' : 'this is not its header';
      throw bundleDamage(expected, offsetBytes, what);
    }
    const leftBytes = this.fileBytes - this.offsetBytes;
    if (member.sizeBytes > leftBytes) {
      const what = `it should have ${member.sizeBytes} bytes, and the file has ${leftBytes} more`;
      throw bundleDamage(member.name, offsetBytes, what);
    }
    return { ...member, offsetBytes };
  }

  /**
   * Hands out the content of `member` block by block; each block is valid until the next one.
   * Answers the SHA-256 of all of it, having checked the padding.
   */
  async read(member: OpenMember, onBlock?: (block: Buffer) => Promise<void>): Promise<string> {
    const digest = createHash('sha256');
    for (let leftBytes = member.sizeBytes; leftBytes > 0;) {
      const block = await this.take(Math.min(leftBytes, READ_BYTES), member.name, 1);
      digest.update(block);
      if (onBlock) await onBlock(block);
      leftBytes -= block.length;
    }
    await this.expectZeros(tarPaddingBytes(member.sizeBytes), member.name);
    return digest.digest('hex');
  }

  /** The whole content of a member that is known to fit in memory, and its SHA-256. */
  async readWhole(
    member: OpenMember,
    maxBytes: number,
  ): Promise<{ readonly bytes: Buffer; readonly sha256: string }> {
    if (member.sizeBytes > maxBytes) {
      const what = `it has ${member.sizeBytes} bytes, and ${maxBytes} are allowed`;
      throw bundleDamage(member.name, member.offsetBytes, what);
    }
    const blocks: Buffer[] = [];
    const sha256 = await this.read(member, async (block) => void blocks.push(Buffer.from(block)));
    return { bytes: Buffer.concat(blocks), sha256 };
  }

  /** Passes over a content without reading it. */
  skip(member: OpenMember): void {
    const target = this.offsetBytes + member.sizeBytes + tarPaddingBytes(member.sizeBytes);
    const buffered = target - this.offsetBytes;
    if (buffered <= this.end - this.start) {
      this.start += buffered;
      return;
    }
    this.start = 0;
    this.end = 0;
    this.readPosition = target;
  }

  /** Throws unless the archive ends here. */
  async expectEnd(): Promise<void> {
    await this.expectZeros(TAR_END.length, 'the end');
    if (this.offsetBytes !== this.fileBytes) {
      const what = `${this.fileBytes - this.offsetBytes} bytes follow after its end`;
      throw bundleDamage('the end', this.offsetBytes, what);
    }
  }

  private async expectZeros(count: number, of: string): Promise<void> {
    const offsetBytes = this.offsetBytes;
    const zeros = await this.take(count, of);
    const place = zeros.findIndex((byte) => byte !== 0);
    if (place >= 0) throw bundleDamage(of, offsetBytes + place, 'the filling should be zeros');
  }

  /** Exactly `count` bytes, or fewer down to `least` where these are at hand. */
  private async take(count: number, of: string, least = count): Promise<Buffer> {
    while (this.end - this.start < least) await this.fill(of);
    const length = Math.min(count, this.end - this.start);
    const taken = this.buffer.subarray(this.start, this.start + length);
    this.start += length;
    return taken;
  }

  private async fill(of: string): Promise<void> {
    this.signal?.throwIfAborted();
    this.buffer.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    const room = this.buffer.length - this.end;
    const { bytesRead } = await this.handle.read(this.buffer, this.end, room, this.readPosition);
    if (bytesRead === 0) {
      throw bundleDamage(of, this.readPosition, 'the file ends here');
    }
    this.end += bytesRead;
    this.readPosition += bytesRead;
  }
}

/** The error for a bundle that is not as it was made. */
export function bundleDamage(part: string, offsetBytes: number, what: string): CanopyError {
  return new CanopyError(
    'CONTENT_DAMAGED',
    `The bundle is damaged at byte ${offsetBytes} (${part}): ${what}.`,
    { path: [part], hint: 'Copy it again from where it was made.' },
  );
}
