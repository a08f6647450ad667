import { atMost } from '../../core/at-most.ts';
import type { Clock } from '../../core/clock.ts';
import type { LogFields, Logger } from '../../core/logger.ts';

/** One thing that must be right. */
export interface HealthCheck {
  /** `database`, `read-model`. */
  readonly name: string;
  /** A sentence about what is wrong; `undefined` when nothing is. A throw is a failure too. */
  run(): string | undefined | Promise<string | undefined>;
}

export interface HealthResult {
  readonly name: string;
  readonly ok: boolean;
  readonly message?: string;
}

export type HealthKind = 'live' | 'ready' | 'startup';
export type HealthPhase = 'STARTING' | 'READY' | 'STOPPING';

const CHECK_TIMEOUT_MS = 2_000;

/**
 * What the health addresses answer from. *Live* fails only when a restart would help; *ready* also
 * while the server starts or stops, or something it needs is away; *startup* until it has started.
 */
export class Health {
  phase: HealthPhase = 'STARTING';
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly checks: { readonly kind: 'live' | 'ready'; readonly check: HealthCheck }[] = [];
  /** By name, since they passed last: the log tells when one begins to fail, and when it passes. */
  private readonly failing = new Set<string>();

  constructor(clock: Clock, logger: Logger) {
    this.clock = clock;
    this.logger = logger;
  }

  /** A `live` check counts for `ready` too. */
  add(kind: 'live' | 'ready', check: HealthCheck): void {
    this.checks.push({ kind, check });
  }

  /** Runs the checks of a kind side by side, each for at most two seconds. */
  async read(kind: HealthKind): Promise<HealthResult[]> {
    if (kind === 'startup') return [this.phaseResult(this.phase !== 'STARTING')];
    const wanted = this.checks.filter((entry) => kind === 'ready' || entry.kind === 'live');
    const results = await Promise.all(wanted.map(({ check }) => this.run(check)));
    return kind === 'live' ? results : [this.phaseResult(this.phase === 'READY'), ...results];
  }

  private phaseResult(ok: boolean): HealthResult {
    const name = 'phase';
    return ok ? { name, ok } : { name, ok, message: `The server is ${this.phase.toLowerCase()}.` };
  }

  private async run(check: HealthCheck): Promise<HealthResult> {
    const { name } = check;
    const timeoutMs = CHECK_TIMEOUT_MS;
    const late = (): string => `No answer within ${timeoutMs} ms.`;
    try {
      const work = Promise.resolve(check.run());
      const message = await atMost(this.clock, { timeoutMs, work, late });
      if (message === undefined) return this.passed(name);
      return this.failed({ name, ok: false, message }, { message });
    } catch (error) {
      const message = 'The check failed; the log has the reason.';
      return this.failed({ name, ok: false, message }, { error });
    }
  }

  private passed(name: string): HealthResult {
    if (this.failing.delete(name))
      this.logger.info({ check: name }, 'A health check passes again.');
    return { name, ok: true };
  }

  private failed(result: HealthResult, why: LogFields): HealthResult {
    const { name } = result;
    if (!this.failing.has(name)) this.logger.warn({ check: name, ...why }, 'A health check fails.');
    this.failing.add(name);
    return result;
  }
}
