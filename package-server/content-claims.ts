/** Which contents a transfer of this process brings now, so that no other fetches them again. */
export class ContentClaims {
  private readonly owners = new Map<string, Promise<void>>();

  /** Those of `hashes` that nobody brings. */
  unclaimed(hashes: readonly string[]): string[] {
    return hashes.filter((sha256) => !this.owners.has(sha256));
  }

  /** Runs `work` as the one who brings `hashes`, which must be unclaimed. */
  async hold<T>(hashes: readonly string[], work: () => Promise<T>): Promise<T> {
    let release = (): void => undefined;
    const over = new Promise<void>((resolve) => (release = resolve));
    for (const sha256 of hashes) this.owners.set(sha256, over);
    try {
      return await work();
    } finally {
      for (const sha256 of hashes) this.owners.delete(sha256);
      release();
    }
  }

  /** Resolves when one of the transfers that bring any of `hashes` has ended, however. */
  async ended(hashes: readonly string[], signal: AbortSignal): Promise<void> {
    const ends = hashes.flatMap((sha256) => this.owners.get(sha256) ?? []);
    if (ends.length === 0) return;
    let onAbort = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      signal.throwIfAborted();
      await Promise.race([aborted, ...new Set(ends)]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
