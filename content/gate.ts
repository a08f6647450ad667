/**
 * Lets many shared holders in, or one exclusive one. An exclusive request that waits keeps new
 * shared ones out, so it is served as soon as the present ones leave.
 */
export class Gate {
  private shared = 0;
  private isExclusive = false;
  private readonly waiting: { readonly exclusive: boolean; enter(): void }[] = [];

  runShared<T>(work: () => Promise<T>): Promise<T> {
    return this.hold(false, work);
  }

  runExclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.hold(true, work);
  }

  private async hold<T>(exclusive: boolean, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((enter) => {
      this.waiting.push({ exclusive, enter });
      this.admit();
    });
    try {
      return await work();
    } finally {
      if (exclusive) this.isExclusive = false;
      else this.shared -= 1;
      this.admit();
    }
  }

  private admit(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (this.isExclusive || (next.exclusive && this.shared > 0)) return;
      this.waiting.shift();
      if (next.exclusive) this.isExclusive = true;
      else this.shared += 1;
      next.enter();
    }
  }
}

/** Runs the works of one key one after another, and those of different keys side by side. */
export class KeyedTurns {
  private readonly last = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(key);
    const mine = (async () => {
      // How the work before ended is its caller's concern.
      await before?.catch(() => undefined);
      return work();
    })();
    this.last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === mine) this.last.delete(key);
    }
  }
}
