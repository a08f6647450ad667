/** What a plan is made from; times in milliseconds since 1970 UTC. */
export interface PlanFacts {
  /** What was planned before; may be past when the server was down. */
  readonly plannedMs: number | undefined;
  readonly lastRunMs: number | undefined;
  readonly nowMs: number;
}

const DAY_MS = 24 * 3_600_000;
const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/;

/**
 * Every so many minutes; 0 is off. A run that was missed is due at once, and only once. Plans that
 * a shorter interval or a falling clock left too far ahead are moved here.
 */
export function planInterval(minutes: number, { plannedMs, nowMs }: PlanFacts): number | undefined {
  if (minutes <= 0) return undefined;
  const latestMs = nowMs + minutes * 60_000;
  return Math.min(plannedMs ?? latestMs, latestMs);
}

/**
 * Daily at `HH:MM` local time; empty is off. A run that was missed is due at once, and only once.
 * A time that the change to summer time skips comes an hour later; one that comes twice counts
 * once. A clock that fell by less than a day causes no second run.
 */
export function planDaily(time: string, facts: PlanFacts): number | undefined {
  const match = TIME_OF_DAY.exec(time);
  if (!match) return undefined;
  const { plannedMs, lastRunMs = 0, nowMs } = facts;
  const fell = lastRunMs > nowMs && lastRunMs - nowMs < DAY_MS;
  if (plannedMs !== undefined && plannedMs <= nowMs && !fell) return plannedMs;
  const afterMs = fell ? lastRunMs : nowMs;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  const day = new Date(afterMs);
  const at = (daysAhead: number): number =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysAhead, hour, minute).getTime();
  return at(0) > afterMs ? at(0) : at(1);
}
