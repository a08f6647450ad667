import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { updateDistributionPoint, type DistributionPoint } from '../catalog/distribution-points.ts';
import type { CatalogContext } from '../catalog/context.ts';
import type { JobRun } from '../catalog/jobs.ts';
import { applyRetention } from '../catalog/retention.ts';
import type { ReadModel } from '../catalog/read-model.ts';
import type { BuildProgress, Recheck } from '../content/index.ts';
import { parseGuid, type Guid } from '../core/guid.ts';

/** What a finished job says of its outcome, one sentence. */
export type JobHandler = (run: JobRun) => Promise<string>;

/**
 * Update Distribution Points. For one package every byte is read; for all of them (the schedule of
 * every few minutes) files whose size and time are unchanged are taken as read, unless forced.
 */
export function distributionPointUpdate(point: DistributionPoint): JobHandler {
  return (run) => {
    const packageId = run.job.subjectId;
    if (packageId === undefined) return updateAll(point, run, run.force ? 'content' : 'metadata');
    return updateOne(point, run, packageId);
  };
}

/** NS.Package Refresh: every byte of every source. */
export function packageRefresh(point: DistributionPoint): JobHandler {
  return (run) => updateAll(point, run, 'content');
}

async function updateOne(point: DistributionPoint, run: JobRun, packageId: Guid): Promise<string> {
  const { force, signal } = run;
  const onProgress = (progress: BuildProgress): void => report(run, progress);
  const request = { packageId, recheck: 'content', force, signal, onProgress } as const;
  const outcome = await updateDistributionPoint(point, request);
  switch (outcome.kind) {
    case 'NEW_VERSION':
      return `Published version ${outcome.snapshot.internalVersion}.`;
    case 'UNCHANGED':
      return `Nothing changed; version ${outcome.snapshot.internalVersion} stays.`;
    case 'UNVERIFIED':
      return `Not read: ${outcome.reason}`;
  }
}

/** A package that fails does not stop the others; its source state says why. */
async function updateAll(point: DistributionPoint, run: JobRun, recheck: Recheck): Promise<string> {
  const { model, logger } = point.context;
  const { force, signal } = run;
  const all = [...model.packages()].filter(
    (one) => one.source.kind !== 'NONE' && one.origin === 'LOCAL' && one.enabled,
  );
  let failed = 0;
  let published = 0;
  for (const [index, one] of all.entries()) {
    signal.throwIfAborted();
    const message = `Reading ${one.name}.`;
    run.report({ done: index, total: all.length, unit: 'ITEMS', message });
    try {
      const request = { packageId: one.id, recheck, force, signal };
      const { kind } = await updateDistributionPoint(point, request);
      if (kind === 'NEW_VERSION') published += 1;
    } catch (error) {
      signal.throwIfAborted();
      failed += 1;
      logger.warn({ packageId: one.id, err: error }, 'a package could not be updated');
    }
  }
  run.report({ done: all.length, total: all.length, unit: 'ITEMS' });
  const problems = failed > 0 ? `; ${failed} failed, see their source states` : '';
  return `Read ${all.length} packages, published ${published} new versions${problems}.`;
}

export function contentSweep({ context, content }: DistributionPoint): JobHandler {
  return async ({ signal }) => {
    const { removedSnapshots, keptSnapshots } = await applyRetention(context, content, signal);
    await removeStaleRenderings(context.model, content.paths.snapshots);
    return `Removed ${removedSnapshots} snapshots, kept ${keptSnapshots}.`;
  };
}

const LOG_KEPT_MS = 7 * 24 * 3_600_000;
const LOG_KEPT_REVISIONS = 100_000;

/** Subscribers that were away for longer start anew. */
export function logCompaction({ store, clock }: CatalogContext): JobHandler {
  return async () => {
    const { removed } = await store.log.compact(clock.nowMs() - LOG_KEPT_MS, LOG_KEPT_REVISIONS);
    return `Removed ${removed} changes.`;
  };
}

/** The `{guid}.xml` of packages that were deleted. */
async function removeStaleRenderings(model: ReadModel, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const packageId = name.endsWith('.xml') ? parseGuid(name.slice(0, -'.xml'.length)) : undefined;
    if (packageId && !model.package(packageId)) await rm(join(folder, name), { force: true });
  }
}

const PHASES: { readonly [P in BuildProgress['phase']]: string } = {
  LIST: 'Listing the source.',
  HASH: 'Reading the source.',
  COPY: 'Copying what is new.',
  CONFIRM: 'Looking whether the source changed meanwhile.',
};

function report(run: JobRun, progress: BuildProgress): void {
  run.report({
    done: progress.bytesDone,
    total: progress.bytesTotal,
    unit: 'BYTES',
    filesDone: progress.filesDone,
    filesTotal: progress.filesTotal,
    message: PHASES[progress.phase],
  });
}
