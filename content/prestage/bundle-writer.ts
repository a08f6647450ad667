import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { NodeIdentity } from '../../core/identity.ts';
import { damaged } from '../object-reader.ts';
import {
  bundleStatement,
  encodeSignature,
  MEMBER,
  memberLine,
  type BundleContent,
} from './bundle-format.ts';
import { encodeTarHeader, TAR_END, tarPaddingBytes } from './tar-header.ts';

const BUFFER_BYTES = 1024 * 1024;

/** Writes the members of a bundle in order and remembers what the maker's signature covers. */
export class BundleWriter {
  private readonly handle: FileHandle;
  private readonly signal: AbortSignal | undefined;
  private readonly list = createHash('sha256');
  /** Small members are many: they reach the file together. */
  private readonly pending = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private pendingBytes = 0;
  private writtenBytes = 0;
  private members = 0;

  constructor(handle: FileHandle, signal: AbortSignal | undefined) {
    this.handle = handle;
    this.signal = signal;
  }

  async addBytes(name: string, bytes: Buffer): Promise<void> {
    await this.writeMember(name, bytes);
    this.count(name, bytes.length, createHash('sha256').update(bytes).digest('hex'));
  }

  /** Hashes what it copies, so that a damaged object never gets into a signed bundle. */
  async addObject(
    path: string,
    content: BundleContent,
    onBytes: (count: number) => void,
  ): Promise<void> {
    const { sha256, sizeBytes, example } = content;
    const name = MEMBER.object(sha256);
    const source = await openObject(path, content);
    try {
      await this.append(encodeTarHeader({ name, sizeBytes }));
      const digest = createHash('sha256');
      for (let leftBytes = sizeBytes; leftBytes > 0;) {
        const block = await this.copyBlock(source, leftBytes);
        if (block.length === 0) throw damaged(content, `("${example}") ends too early`);
        digest.update(block);
        onBytes(block.length);
        leftBytes -= block.length;
      }
      if (digest.digest('hex') !== sha256) {
        throw damaged(content, `("${example}") does not match its hash`);
      }
    } finally {
      await source.close();
    }
    await this.append(Buffer.alloc(tarPaddingBytes(sizeBytes)));
    this.count(name, sizeBytes, sha256);
  }

  /** Signs and ends the archive; answers its size. */
  async end(identity: NodeIdentity): Promise<number> {
    const statement = bundleStatement(identity.nodeId, this.members, this.list.digest('hex'));
    await this.writeMember(MEMBER.signature, encodeSignature(identity, statement));
    await this.append(TAR_END);
    await this.flush();
    return this.writtenBytes;
  }

  private async writeMember(name: string, bytes: Buffer): Promise<void> {
    await this.append(encodeTarHeader({ name, sizeBytes: bytes.length }));
    await this.append(bytes);
    await this.append(Buffer.alloc(tarPaddingBytes(bytes.length)));
  }

  private count(name: string, sizeBytes: number, sha256: string): void {
    this.members += 1;
    this.list.update(memberLine(name, sizeBytes, sha256));
  }

  /** Reads straight into what is written next; answers the part that was read. */
  private async copyBlock(source: FileHandle, leftBytes: number): Promise<Buffer> {
    if (this.pendingBytes === BUFFER_BYTES) await this.flush();
    const length = Math.min(leftBytes, BUFFER_BYTES - this.pendingBytes);
    const { bytesRead } = await source.read(this.pending, this.pendingBytes, length, null);
    const block = this.pending.subarray(this.pendingBytes, this.pendingBytes + bytesRead);
    this.pendingBytes += bytesRead;
    return block;
  }

  private async append(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.pendingBytes === BUFFER_BYTES) await this.flush();
      const copied = bytes.copy(this.pending, this.pendingBytes, at);
      this.pendingBytes += copied;
      at += copied;
    }
  }

  private async flush(): Promise<void> {
    this.signal?.throwIfAborted();
    for (let at = 0; at < this.pendingBytes;) {
      const { bytesWritten } = await this.handle.write(this.pending, at, this.pendingBytes - at);
      at += bytesWritten;
    }
    this.writtenBytes += this.pendingBytes;
    this.pendingBytes = 0;
  }
}

async function openObject(path: string, content: BundleContent): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw damaged(content, `("${content.example}") is not in the store`);
  }
  if ((await handle.stat()).size === content.sizeBytes) return handle;
  await handle.close();
  throw damaged(content, `("${content.example}") has the wrong size`);
}
