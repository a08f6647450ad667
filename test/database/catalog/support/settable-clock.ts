import { systemClock, type Clock } from '../../../../core/clock.ts';

/** 2026-01-01, where every test begins. */
export const START_MS = 1_767_225_600_000;

/** A clock whose hands are set by the test. Sleeping is real, for whoever waits for others. */
export interface SettableClock extends Clock {
  /** The wall clock, in either direction; measured spans do not notice. */
  setWall(nowMs: number): void;
  /** Time goes by for both hands. */
  advance(spanMs: number): void;
}

export function settableClock(startMs = START_MS): SettableClock {
  let wallMs = startMs;
  let spanMs = 0;
  return {
    nowMs: () => wallMs,
    monotonicMs: () => spanMs,
    after: systemClock.after,
    sleep: systemClock.sleep,
    setWall: (nowMs) => {
      wallMs = nowMs;
    },
    advance: (more) => {
      wallMs += more;
      spanMs += more;
    },
  };
}
