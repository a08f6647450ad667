import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import type { PackageServerLinks } from './package-server-links.ts';
import type { ReadModel } from './read-model.ts';

interface Inputs {
  readonly model: ReadModel;
  readonly links: PackageServerLinks;
  readonly clock: Clock;
}

const TICK_MS = 1_000;

/**
 * Says who is silent: a package server of ours without a link for as long as the setting
 * `packageServerSilentSeconds`. It is heard again with its next link. What was before this process
 * is not known, so everybody counts as heard when it starts.
 */
export class SilenceWatch {
  private readonly inputs: Inputs;
  private readonly heardAtMs = new Map<Guid, number>();
  private readonly startedAtMs: number;

  constructor(inputs: Inputs) {
    this.inputs = inputs;
    this.startedAtMs = inputs.clock.monotonicMs();
  }

  /** Watches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { links, clock } = this.inputs;
    const unwatch = links.watch((_, report) => {
      if (!report) this.step();
    });
    while (!signal.aborted) {
      this.step();
      await clock.sleep(TICK_MS, signal).catch(() => undefined);
    }
    unwatch();
  }

  /** Looks at everybody once. */
  step(): void {
    const { model, links, clock } = this.inputs;
    const nowMs = clock.monotonicMs();
    const limitMs = model.settings.packageServerSilentSeconds * 1_000;
    const silent = new Set<Guid>();
    for (const { id } of model.packageServers()) {
      if (links.stateOf(id).connectedAtMs !== undefined) this.heardAtMs.set(id, nowMs);
      const heardAtMs = this.heardAtMs.get(id) ?? this.startedAtMs;
      if (limitMs > 0 && nowMs - heardAtMs >= limitMs) silent.add(id);
    }
    model.silence.set(silent);
  }
}
