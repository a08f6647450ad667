import type { Clock } from '../core/clock.ts';

/** Long enough for the caller to record the version that needs the content. */
const PROTECTED_MS = 60 * 60 * 1000;

/**
 * Which contents and trees were made or found a short time ago. Kept in memory only: after a
 * restart nothing is half-way, so nothing needs protection.
 */
export class RecentUse {
  private readonly clock: Clock;
  private readonly usedAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  mark(names: readonly string[]): void {
    const nowMs = this.clock.monotonicMs();
    for (const name of names) {
      // Inserted anew, so that the map stays in order of age.
      this.usedAtMs.delete(name);
      this.usedAtMs.set(name, nowMs);
    }
    this.forgetOld(nowMs);
  }

  forget(name: string): void {
    this.usedAtMs.delete(name);
  }

  current(): readonly string[] {
    this.forgetOld(this.clock.monotonicMs());
    return [...this.usedAtMs.keys()];
  }

  private forgetOld(nowMs: number): void {
    for (const [name, usedAtMs] of this.usedAtMs) {
      if (nowMs - usedAtMs < PROTECTED_MS) return;
      this.usedAtMs.delete(name);
    }
  }
}
