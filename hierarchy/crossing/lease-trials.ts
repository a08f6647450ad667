import type { Clock } from '../../core/clock.ts';
import type { Guid } from '../../core/guid.ts';

const RETRY = { firstMs: 5_000, maximumMs: 10 * 60_000 };

interface Trial {
  readonly failures: number;
  readonly failedAtMs: number;
}

/** Which package servers failed to bring which package across, and when they may try again. */
export class LeaseTrials {
  private readonly clock: Clock;
  private readonly trials = new Map<Guid, Map<Guid, Trial>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  failed(packageId: Guid, packageServerId: Guid): void {
    const ofPackage = this.trials.get(packageId) ?? new Map<Guid, Trial>();
    this.trials.set(packageId, ofPackage);
    const failures = (ofPackage.get(packageServerId)?.failures ?? 0) + 1;
    ofPackage.set(packageServerId, { failures, failedAtMs: this.clock.monotonicMs() });
  }

  /** The package is here, or another version is wanted: everybody starts anew. */
  succeeded(packageId: Guid): void {
    this.trials.delete(packageId);
  }

  /** The smallest number for one that has not failed. */
  lastFailureMs(packageId: Guid, packageServerId: Guid): number {
    return this.trials.get(packageId)?.get(packageServerId)?.failedAtMs ?? Number.MIN_SAFE_INTEGER;
  }

  mayTry(packageId: Guid, packageServerId: Guid): boolean {
    const trial = this.trials.get(packageId)?.get(packageServerId);
    if (!trial) return true;
    const delayMs = Math.min(
      RETRY.maximumMs,
      RETRY.firstMs * 2 ** Math.min(trial.failures - 1, 20),
    );
    return this.clock.monotonicMs() - trial.failedAtMs >= delayMs;
  }
}
