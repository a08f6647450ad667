import type { Clock } from '../../core/clock.ts';
import type { Guid } from '../../core/guid.ts';

const WINDOW_MS = 10 * 60_000;
const ALWAYS_ALLOWED = 10;
const ALLOWED_SHARE = 0.2;

/** Whether a package may be taken away now; `isHeld`: it was not to be when it was asked for before. */
export interface Brake {
  mayDelete(packageId: Guid, isHeld: boolean): boolean;
}

/** What a person has confirmed is done. */
export const CONFIRMED: Brake = { mayDelete: () => true };

/**
 * Stops a mass deletion: within ten minutes at most ten packages, or a fifth of those that came
 * from the parent, may be taken away without a person who confirms it. What was held stays held until then.
 */
export class DeletionBrake implements Brake {
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly replicatedCount: () => number;
  private readonly deleted = new Map<Guid, number>();
  /** Packages from the parent before the first deletion of the window. */
  private total = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>, replicatedCount: () => number) {
    this.clock = clock;
    this.replicatedCount = replicatedCount;
  }

  /** Counts the deletion when it may be done. Asking again for the same one counts once. */
  mayDelete(packageId: Guid, isHeld: boolean): boolean {
    if (isHeld) return false;
    if (this.deleted.has(packageId)) return true;
    const nowMs = this.clock.monotonicMs();
    for (const [id, atMs] of this.deleted) if (nowMs - atMs > WINDOW_MS) this.deleted.delete(id);
    if (this.deleted.size === 0) this.total = this.replicatedCount();
    const allowed = Math.max(ALWAYS_ALLOWED, Math.floor(this.total * ALLOWED_SHARE));
    if (this.deleted.size >= allowed) return false;
    this.deleted.set(packageId, nowMs);
    return true;
  }
}
