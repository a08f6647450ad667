import { constants } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentClaim, ContentClaims } from './content-claims.ts';
import { hashFile } from './local-files.ts';
import type { Transfer } from './transfer-queue.ts';

/**
 * One reception's side of the claims of a process: it fetches the contents that it has claimed and
 * copies those that another reception brings.
 */
export class ContentSharing {
  private readonly claims: ContentClaims | undefined;
  /** The folder of this reception's verified contents. */
  private readonly content: string;
  private readonly held = new Map<Transfer, ContentClaim>();
  private readonly fulfilled: ContentClaim[] = [];
  private readonly waiting = new Map<Transfer, Promise<void>>();
  private readonly copies = new Set<Promise<boolean>>();
  private isClosed = false;

  constructor(claims: ContentClaims | undefined, content: string) {
    this.claims = claims;
    this.content = content;
  }

  get isWaiting(): boolean {
    return this.waiting.size > 0;
  }

  isWaitingFor(transfer: Transfer): boolean {
    return this.waiting.has(transfer);
  }

  /** True when it is ours to fetch; else `settled` is told whether another has brought it. */
  mayStart(transfer: Transfer, settled: (isHere: boolean) => void): boolean {
    if (!this.claims || this.held.has(transfer)) return true;
    if (this.waiting.has(transfer)) return false;
    const { sha256 } = transfer.file;
    const claim = this.claims.tryClaim(sha256);
    if (claim) {
      this.held.set(transfer, claim);
      return true;
    }
    const adopted = this.claims.waitFor(sha256, (path) => this.copy(path, sha256));
    const waiting = adopted.then((isHere) => {
      this.waiting.delete(transfer);
      if (!this.isClosed) settled(isHere);
    });
    this.waiting.set(transfer, waiting);
    return false;
  }

  /** It is in the folder of contents now: those who wait copy it before this resolves, others later. */
  async fulfil(transfer: Transfer): Promise<void> {
    const claim = this.held.get(transfer);
    this.held.delete(transfer);
    if (!claim) return;
    this.fulfilled.push(claim);
    await claim.fulfil(join(this.content, transfer.file.sha256));
  }

  /** Leaves to others what is still claimed; nothing is written any more when it resolves. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const claim of this.held.values()) claim.abandon();
    this.held.clear();
    for (const claim of this.fulfilled.splice(0)) claim.forget();
    await Promise.allSettled(this.copies);
  }

  private async copy(from: string, sha256: string): Promise<boolean> {
    if (this.isClosed) return false;
    const copying = copyVerified(from, join(this.content, sha256), sha256);
    this.copies.add(copying);
    try {
      return await copying;
    } finally {
      this.copies.delete(copying);
    }
  }
}

async function copyVerified(from: string, target: string, sha256: string): Promise<boolean> {
  const copy = `${target}.copy`;
  try {
    await copyFile(from, copy, constants.COPYFILE_FICLONE);
    const handle = await open(copy, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if ((await hashFile(copy)) !== sha256) return false;
    await rename(copy, target);
    return true;
  } finally {
    await rm(copy, { force: true });
  }
}
