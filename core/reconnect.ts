import type { Random } from './random.ts';

/** A link that does not come about. */
export interface LinkFailure {
  /** Why; its `code` and `retryAfterMs` count. */
  readonly failure: unknown;
  /** How long there has been no link worth the name, milliseconds. */
  readonly awayForMs: number;
  /** By error code: what trying again sooner would not change, milliseconds. */
  readonly refusals: Readonly<Record<string, number>>;
}

const BOUNDS = { firstMs: 500, maximumMs: 60_000 } as const;

/**
 * Milliseconds until a lost link is tried again: by chance a quarter to a half of the time that it
 * has been away, at most a minute. So it is back soon after what caused it is over, a short absence
 * costs seconds at most, and those who lost it together do not return together. What the other side
 * says (`retryAfterMs`) or refuses goes before that, by chance up to a quarter or half later.
 */
export function reconnectDelayMs(
  { failure, awayForMs, refusals }: LinkFailure,
  random: Pick<Random, 'fraction'>,
): number {
  const { code, retryAfterMs } = failure as { code?: unknown; retryAfterMs?: number };
  const refusedMs = refusals[String(code)];
  if (refusedMs !== undefined) return Math.round(refusedMs * (1 + 0.5 * random.fraction()));
  if (retryAfterMs !== undefined) return Math.round(retryAfterMs * (1 + 0.25 * random.fraction()));
  const ceilingMs = Math.min(BOUNDS.maximumMs, Math.max(BOUNDS.firstMs, awayForMs / 2));
  return Math.round(ceilingMs * (0.5 + 0.5 * random.fraction()));
}
