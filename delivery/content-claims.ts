/** Copies a verified content from a path; false when it could not. */
type Adopt = (path: string) => Promise<boolean>;

interface Waiter {
  readonly adopt: Adopt;
  readonly settle: (adopted: boolean) => void;
}

/** The right to fetch one content, held until it is settled. */
export interface ContentClaim {
  /** The verified content is at `path`: resolves when all who waited have copied it. */
  fulfil(path: string): Promise<void>;
  /** It could not be had here: those who waited fetch it themselves. */
  abandon(): void;
}

/** Contents that receptions of this process are fetching, by SHA-256. */
export class ContentClaims {
  private readonly waiters = new Map<string, Waiter[]>();

  /** The claim, when nobody has it. */
  tryClaim(sha256: string): ContentClaim | undefined {
    if (this.waiters.has(sha256)) return undefined;
    this.waiters.set(sha256, []);
    return {
      fulfil: async (path) => {
        await Promise.all(this.release(sha256).map((waiter) => serve(waiter, path)));
      },
      abandon: () => this.release(sha256).forEach(({ settle }) => settle(false)),
    };
  }

  /**
   * Waits for another's claim: true when `adopt` has copied the content, false when it must be
   * fetched after all.
   */
  waitFor(sha256: string, adopt: Adopt): Promise<boolean> {
    const waiting = this.waiters.get(sha256);
    if (!waiting) return Promise.resolve(false);
    return new Promise((resolve) => waiting.push({ adopt, settle: resolve }));
  }

  private release(sha256: string): Waiter[] {
    const waiting = this.waiters.get(sha256) ?? [];
    this.waiters.delete(sha256);
    return waiting;
  }
}

/** A waiter's own trouble, such as a full disk, shows when it fetches for itself. */
async function serve(waiter: Waiter, path: string): Promise<void> {
  waiter.settle(await waiter.adopt(path).catch(() => false));
}
