import { CanopyError, isCanopyError } from '../../../core/errors.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { VirtualTime } from '../support/virtual-clock.ts';
import type { Machine } from './machine.ts';
import type { SmpProcess } from './smp-process.ts';
import type { Trace } from './trace.ts';

/** How bad the network is; probabilities of each message. */
export interface Weather {
  readonly loss: number;
  readonly duplicate: number;
  /** Delayed by seconds instead of milliseconds. */
  readonly slow: number;
  /** The connection that carries it is reset. */
  readonly reset: number;
  /** An item in it is altered on the way. */
  readonly altered: number;
}

export const CALM: Weather = { loss: 0, duplicate: 0, slow: 0, reset: 0, altered: 0 };

export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly trace: Trace;
  /** Something that no server should ever throw. */
  readonly onFault: (error: unknown, where: string) => void;
}

const DELAY_MS = 40;
const SLOW_MS = 4_000;
const TIMEOUT_MS = 10_000;

/** Carries messages between machines: late, twice, or not at all, as seed and weather want it. */
export class Network {
  weather: Weather = CALM;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  private readonly options: NetworkOptions;
  /** `from>to` → until when nothing passes in this direction. */
  private readonly blocked = new Map<string, number>();
  private readonly machines = new Map<string, Machine>();

  constructor(options: NetworkOptions) {
    this.options = options;
    this.time = options.time;
    this.random = options.random;
  }

  add(machine: Machine): void {
    this.machines.set(machine.url, machine);
  }

  at(url: string): Machine | undefined {
    return this.machines.get(url);
  }

  block(from: Machine, to: Machine, spanMs: number): void {
    this.blocked.set(`${from.name}>${to.name}`, this.time.nowMs + spanMs);
  }

  isBlocked(from: Machine, to: Machine): boolean {
    return (this.blocked.get(`${from.name}>${to.name}`) ?? 0) > this.time.nowMs;
  }

  /** No fault is left, and none comes. */
  heal(): void {
    this.weather = CALM;
    this.blocked.clear();
  }

  delayMs(): number {
    const { random, weather } = this;
    return 1 + random.below(random.chance(weather.slow) ? SLOW_MS : DELAY_MS);
  }

  note(text: string): void {
    this.options.trace.note(this.time.nowMs, text);
  }

  /**
   * One HTTP exchange. `work` runs in the process that answers; what it throws comes back as it
   * would over the wire, and whatever is lost ends as `TIMEOUT` or `NOT_READY`.
   */
  request<T>(
    from: SmpProcess,
    to: Machine | undefined,
    { kind, work }: { readonly kind: string; readonly work: (target: SmpProcess) => Promise<T> },
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const { time, random, weather } = this;
    const settle = (how: () => void): void => {
      stopTimer();
      if (from.isAlive) how();
    };
    const stopTimer = time.after(TIMEOUT_MS, () => {
      settle(() => reject(new CanopyError('TIMEOUT', `${to?.name} did not answer in time.`)));
    });
    const deliver = (): void => {
      if (!to || this.isBlocked(from.machine, to) || random.chance(weather.loss)) return;
      const target = to.up;
      const answer = (how: () => void): void => this.answer(to, from, () => settle(how));
      if (!target) {
        return answer(() => reject(new CanopyError('NOT_READY', `${to.name} is not up.`)));
      }
      this.note(`${from.machine.name} -> ${to.name} ${kind}`);
      work(target).then(
        (value) => target.isAlive && answer(() => resolve(copyOf(value))),
        (error: unknown) => {
          if (target.isAlive) answer(() => reject(this.asSent(error, `${kind} at ${to.name}`)));
        },
      );
    };
    time.after(this.delayMs(), deliver);
    if (random.chance(weather.duplicate)) time.after(this.delayMs() + DELAY_MS, deliver);
    return promise;
  }

  /** An error as the other side hears it. */
  asSent(error: unknown, where: string): CanopyError {
    if (isCanopyError(error)) {
      const { code, message, problems, retryAfterMs } = error;
      const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
      return new CanopyError(code, message, { problems, ...retry });
    }
    this.options.onFault(error, where);
    return new CanopyError('INTERNAL', 'Something went wrong.');
  }

  private answer(from: Machine, to: SmpProcess, arrive: () => void): void {
    this.time.after(this.delayMs(), () => {
      if (this.isBlocked(from, to.machine) || this.random.chance(this.weather.loss)) return;
      arrive();
    });
  }
}

/** What is left of a value after it went over a wire. */
export function copyOf<T>(value: T): T {
  if (value === undefined || value instanceof Uint8Array) return value;
  return JSON.parse(JSON.stringify(value)) as T;
}
