type Release = () => void | Promise<void>;

/**
 * What must be undone, in the order it was done. `release` runs the list last-in first-out, runs
 * every entry even when one fails, and then throws the first failure. A second call does nothing.
 */
export class Releasers {
  private readonly entries: Release[] = [];
  private released = false;

  add(release: Release): void {
    this.entries.push(release);
  }

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    const failures: unknown[] = [];
    for (const entry of this.entries.reverse()) {
      try {
        await entry();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
