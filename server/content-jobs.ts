import { updateDistributionPoint, type DistributionPoint } from '../catalog/distribution-points.ts';
import type { JobRun } from '../catalog/jobs.ts';
import { applyRetention } from '../catalog/retention.ts';
import type { BuildProgress } from '../content/index.ts';
import type { Guid } from '../core/guid.ts';

/** What a finished job says of its outcome, one sentence. */
export type JobHandler = (run: JobRun) => Promise<string>;

/** Reads one package's source and publishes it when the tree changed. */
export function distributionPointUpdate(point: DistributionPoint): JobHandler {
  return async (run) => {
    const outcome = await update(point, run, {
      packageId: run.job.subjectId!,
      onProgress: (progress) => report(run, progress),
    });
    switch (outcome.kind) {
      case 'NEW_VERSION':
        return `Published version ${outcome.snapshot.internalVersion}.`;
      case 'UNCHANGED':
        return `Nothing changed; version ${outcome.snapshot.internalVersion} stays.`;
      case 'UNVERIFIED':
        return `Not read: ${outcome.reason}`;
    }
  };
}

/** NS.Package Refresh: every source is read byte by byte; one that fails does not stop the others. */
export function packageRefresh(point: DistributionPoint): JobHandler {
  return async (run) => {
    const { model, logger } = point.context;
    const all = [...model.packages()].filter(
      (one) => one.source.kind !== 'NONE' && one.origin === 'LOCAL' && one.enabled,
    );
    let failed = 0;
    for (const [index, one] of all.entries()) {
      run.signal.throwIfAborted();
      const message = `Reading ${one.name}.`;
      run.report({ done: index, total: all.length, unit: 'ITEMS', message });
      try {
        await update(point, run, { packageId: one.id });
      } catch (error) {
        run.signal.throwIfAborted();
        failed += 1;
        logger.warn({ packageId: one.id, err: error }, 'a package could not be refreshed');
      }
    }
    run.report({ done: all.length, total: all.length, unit: 'ITEMS' });
    const problems = failed > 0 ? `; ${failed} failed, see their source states` : '';
    return `Refreshed ${all.length - failed} packages${problems}.`;
  };
}

export function contentSweep({ context, content }: DistributionPoint): JobHandler {
  return async ({ signal }) => {
    const { removedSnapshots, keptSnapshots } = await applyRetention(context, content, signal);
    return `Removed ${removedSnapshots} snapshots, kept ${keptSnapshots}.`;
  };
}

function update(
  point: DistributionPoint,
  { force, signal }: JobRun,
  what: { readonly packageId: Guid; readonly onProgress?: (progress: BuildProgress) => void },
) {
  return updateDistributionPoint(point, { ...what, recheck: 'content', force, signal });
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
