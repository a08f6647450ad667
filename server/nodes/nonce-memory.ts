import { CanopyError } from '../../core/errors.ts';

/**
 * The nonces of signatures that are still in their time. Those of an earlier process are not
 * known; its signatures are refused by their age instead (see `NodeAuthenticator`).
 */
export class NonceMemory {
  private readonly capacity: number;
  /** Nonce → when its signature ends, oldest first. */
  private readonly seen = new Map<string, number>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** False when the nonce was there. Throws `BUSY` when there is no room for another. */
  add(nonce: string, expiresMs: number, nowMs: number): boolean {
    this.forgetExpired(nowMs);
    if (this.seen.has(nonce)) return false;
    if (this.seen.size >= this.capacity) {
      throw new CanopyError('BUSY', 'Too many signed requests at once.', { retryAfterMs: 5_000 });
    }
    this.seen.set(nonce, expiresMs);
    return true;
  }

  /** Lives differ by seconds, so one that ended may stay behind one that has not, but not long. */
  private forgetExpired(nowMs: number): void {
    for (const [nonce, expiresMs] of this.seen) {
      if (expiresMs > nowMs) return;
      this.seen.delete(nonce);
    }
  }
}
