const FIRST_MS = Date.UTC(1970, 0, 1);
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Milliseconds since 1970 as `YYYY-MM-DD HH:MM:SS`, UTC. Times outside 1970–9999, which files can
 * have and the format cannot hold, become the nearest end.
 */
export function legacyTime(timeMs: number): string {
  const heldMs = Number.isFinite(timeMs) ? Math.min(Math.max(timeMs, FIRST_MS), LAST_MS) : FIRST_MS;
  return new Date(heldMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** The reverse, to the second; `undefined` when `text` is not such a time. */
export function parseLegacyTime(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(text.trim());
  if (!match) return undefined;
  const timeMs = Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
