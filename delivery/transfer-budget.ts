import type { Clock } from '../core/clock.ts';
import { CanopyError } from '../core/errors.ts';
import { sleepOrWake } from './abortable.ts';
import { ContentClaims } from './content-claims.ts';

/** What all transfers of a process together may use. */
export interface BandwidthLimit {
  /** For their sum; `undefined`: as much as there is. */
  readonly maxBytesPerSecond?: number | undefined;
  /** Local times `HH:MM`; past midnight when `from` is later than `to`. Nothing moves in it. */
  readonly blackout?: { readonly from: string; readonly to: string } | undefined;
}

/** Holds transfers to a rate. One throttle may be shared by parallel transfers. */
export interface Throttle {
  /** Resolves when `bytes` may have been received; rejects with the signal's reason. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** How much may be saved up for a burst. */
const BURST_MS = 250;
/** Waits are cut into pieces, because a wall clock may jump out of a blackout or into one. */
const MAX_WAIT_MS = 1_000;
const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/;

/**
 * One rate, one blackout window and one list of contents under way, shared by every
 * `receivePackage` of a process. Changing the limit reaches waiting transfers at once.
 */
export class TransferBudget implements Throttle {
  /** Of several receptions that want one content, one fetches it. */
  readonly claims = new ContentClaims();
  private readonly clock: Clock;
  private limit: BandwidthLimit;
  /** All bytes that were ever taken, and how many of them the time that passed has paid for. */
  private takenBytes = 0;
  private paidBytes = 0;
  private countedAtMs: number;
  private woken = new AbortController();

  /** Throws as {@link setLimit}. */
  constructor(clock: Clock, limit: BandwidthLimit = {}) {
    this.clock = clock;
    this.limit = checkedLimit(limit);
    this.countedAtMs = clock.monotonicMs();
  }

  /** Replaces the limit, for transfers under way too. Throws `INVALID_INPUT` for a bad one. */
  setLimit(limit: BandwidthLimit): void {
    this.settle();
    this.limit = checkedLimit(limit);
    this.paidBytes = Math.min(this.paidBytes, this.mostPaidBytes());
    const { woken } = this;
    this.woken = new AbortController();
    woken.abort();
  }

  /** True while the blackout window forbids every transfer. */
  get isBlackedOut(): boolean {
    const { blackout } = this.limit;
    if (!blackout) return false;
    const now = new Date(this.clock.nowMs());
    const minute = now.getHours() * 60 + now.getMinutes();
    const from = minuteOf(blackout.from);
    const to = minuteOf(blackout.to);
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  }

  /** Resolves when a new request may be made: at once, or when the blackout is over. */
  async admit(signal: AbortSignal): Promise<void> {
    while (this.isBlackedOut) {
      await sleepOrWake(this.clock, MAX_WAIT_MS, { signal, woken: this.woken.signal });
    }
    signal.throwIfAborted();
  }

  /**
   * Resolves in the order of the calls, each as soon as its own bytes are paid for: many connections
   * that read at once go on one by one, not all together at the end. Throws {@link isHeldBack} when a
   * blackout begins: the transfer ends and goes on later.
   */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.settle();
    this.takenBytes += bytes;
    const dueBytes = this.takenBytes;
    for (;;) {
      if (this.isBlackedOut) throw new HeldBack();
      const { maxBytesPerSecond } = this.limit;
      if (maxBytesPerSecond === undefined || this.paidBytes >= dueBytes) return;
      const waitMs = ((dueBytes - this.paidBytes) / maxBytesPerSecond) * 1_000;
      const delayMs = Math.min(Math.ceil(waitMs), MAX_WAIT_MS);
      await sleepOrWake(this.clock, delayMs, { signal, woken: this.woken.signal });
      this.settle();
    }
  }

  /** Credits the time since the last look. */
  private settle(): void {
    const nowMs = this.clock.monotonicMs();
    const elapsedMs = nowMs - this.countedAtMs;
    this.countedAtMs = nowMs;
    const { maxBytesPerSecond } = this.limit;
    if (maxBytesPerSecond === undefined) this.paidBytes = this.takenBytes;
    else {
      const credit = (maxBytesPerSecond * elapsedMs) / 1_000;
      this.paidBytes = Math.min(this.paidBytes + credit, this.mostPaidBytes());
    }
  }

  private mostPaidBytes(): number {
    return this.takenBytes + ((this.limit.maxBytesPerSecond ?? 0) * BURST_MS) / 1_000;
  }
}

/** A transfer was ended by a blackout; no fault of the source. */
class HeldBack extends Error {
  constructor() {
    super('a blackout has begun');
    this.name = 'HeldBack';
  }
}

export function isHeldBack(error: unknown): boolean {
  return (error as { readonly name?: unknown } | undefined)?.name === 'HeldBack';
}

/** One rate that does not change. Throws `INVALID_INPUT` for a rate that is not positive. */
export function createThrottle(bytesPerSecond: number, clock: Clock): Throttle {
  return new TransferBudget(clock, { maxBytesPerSecond: bytesPerSecond });
}

function checkedLimit(limit: BandwidthLimit): BandwidthLimit {
  const { maxBytesPerSecond, blackout } = limit;
  if (maxBytesPerSecond !== undefined && !(maxBytesPerSecond > 0)) {
    throw new CanopyError('INVALID_INPUT', `${maxBytesPerSecond} bytes a second is no rate.`, {
      path: ['maxBytesPerSecond'],
      hint: 'Give a positive number, or leave it out for no limit.',
    });
  }
  for (const key of ['from', 'to'] as const) {
    const text = blackout?.[key];
    if (text === undefined || TIME_OF_DAY.test(text)) continue;
    throw new CanopyError('INVALID_INPUT', `"${text}" is no time of day.`, {
      path: ['blackout', key],
      hint: 'Write it as HH:MM, 00:00 to 23:59.',
    });
  }
  return limit;
}

function minuteOf(timeOfDay: string): number {
  const [, hours, minutes] = TIME_OF_DAY.exec(timeOfDay)!;
  return Number(hours) * 60 + Number(minutes);
}
