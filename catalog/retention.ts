import type { ContentStore } from '../content/index.ts';
import type { CatalogContext } from './context.ts';
import type { Snapshot } from './model.ts';

/** What a sweep removed. */
export interface RetentionOutcome {
  readonly removedSnapshots: number;
  readonly keptSnapshots: number;
}

/**
 * Forgets snapshots that nobody can be offered any more, then sweeps their bytes. Kept are the
 * current one, every one in its grace time, and the newest `keepSnapshots` of each package.
 */
export async function applyRetention(
  context: CatalogContext,
  content: ContentStore,
  signal: AbortSignal,
): Promise<RetentionOutcome> {
  const { model, clock } = context;
  await correctFutureTimes(context);
  const expired = [...model.packages()].flatMap((one) =>
    expiredSnapshots(model.snapshots(one.id), {
      keepSnapshots: model.settings.keepSnapshots,
      graceMs: model.settings.versionGraceMinutes * 60_000,
      nowMs: clock.nowMs(),
    }),
  );
  if (expired.length > 0) {
    await context.write((tx) => {
      for (const one of expired) tx.remove('snapshot', `${one.packageId}/${one.internalVersion}`);
      return Promise.resolve();
    });
  }
  const keep = [...model.packages()].flatMap((one) => model.snapshots(one.id));
  await content.sweep({ keep, signal });
  return { removedSnapshots: expired.length, keptSnapshots: keep.length };
}

/** A grace time that a wrong clock began in the future begins now, or it would hardly ever end. */
async function correctFutureTimes({ model, clock, write }: CatalogContext): Promise<void> {
  const nowMs = clock.nowMs();
  const wrong = [...model.packages()]
    .flatMap((one) => model.snapshots(one.id))
    .filter(({ supersededAtMs = 0 }) => supersededAtMs > nowMs);
  if (wrong.length === 0) return;
  await write(async (tx) => {
    for (const { packageId, internalVersion } of wrong) {
      const stored = await tx.get('snapshot', `${packageId}/${internalVersion}`);
      if (stored) tx.put('snapshot', { ...stored, supersededAtMs: nowMs });
    }
  });
}

/** `snapshots` newest first; the first is the current one. */
export function expiredSnapshots(
  snapshots: readonly Snapshot[],
  rule: { readonly keepSnapshots: number; readonly graceMs: number; readonly nowMs: number },
): Snapshot[] {
  return snapshots.filter((one, index) => {
    if (index === 0 || index < rule.keepSnapshots || one.supersededAtMs === undefined) return false;
    return rule.nowMs - one.supersededAtMs > rule.graceMs;
  });
}
