/** Copies a verified content from a path; false when it could not. */
type Adopt = (path: string) => Promise<boolean>;

interface Waiter {
  readonly adopt: Adopt;
  readonly settle: (adopted: boolean) => void;
}

/** The right to fetch one content, held until it is settled. */
export interface ContentClaim {
  /**
   * The verified content is at `path`, until {@link forget}: resolves when all who waited have copied it.
   * Who wants it later copies it as well.
   */
  fulfil(path: string): Promise<void>;
  /** The content may be moved from now on. */
  forget(): void;
  /** It could not be had here: those who waited fetch it themselves. */
  abandon(): void;
}

/** Contents that receptions of this process are fetching or have fetched, by SHA-256. */
export class ContentClaims {
  private readonly waiters = new Map<string, Waiter[]>();
  /** Paths of those that are fetched. */
  private readonly fetched = new Map<string, string>();

  /** The claim, when nobody has it, or the content. */
  tryClaim(sha256: string): ContentClaim | undefined {
    if (this.waiters.has(sha256) || this.fetched.has(sha256)) return undefined;
    this.waiters.set(sha256, []);
    let here: string | undefined;
    return {
      fulfil: async (path) => {
        here = path;
        this.fetched.set(sha256, path);
        await Promise.all(this.release(sha256).map((waiter) => serve(waiter, path)));
      },
      forget: () => this.forget(sha256, here),
      abandon: () => this.release(sha256).forEach(({ settle }) => settle(false)),
    };
  }

  /**
   * Waits for what another fetches or has: true when `adopt` has copied the content, false when it must
   * be fetched after all.
   */
  async waitFor(sha256: string, adopt: Adopt): Promise<boolean> {
    const path = this.fetched.get(sha256);
    if (path !== undefined) {
      const isAdopted = await adopt(path).catch(() => false);
      // Nobody else is sent there in vain.
      if (!isAdopted) this.forget(sha256, path);
      return isAdopted;
    }
    const waiting = this.waiters.get(sha256);
    if (!waiting) return false;
    return new Promise((resolve) => waiting.push({ adopt, settle: resolve }));
  }

  private forget(sha256: string, path: string | undefined): void {
    if (this.fetched.get(sha256) === path) this.fetched.delete(sha256);
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
