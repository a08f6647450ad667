const EARLIEST_SECONDS = 1_000_000_000;
const LATEST_SECONDS = 2 ** 31 - 1;

/**
 * The next internalVersion: Unix seconds as the incumbent's agents expect (KB 163475), but strictly
 * rising whatever the clock does, because agents refuse to go back. A clock outside
 * 10⁹ … 2³¹−1 seconds is not believed at all.
 */
export function nextInternalVersion(previous: number, nowMs: number): number {
  const seconds = Math.floor(nowMs / 1000);
  const believable = seconds >= EARLIEST_SECONDS && seconds <= LATEST_SECONDS;
  return Math.max(previous + 1, believable ? seconds : 1);
}
