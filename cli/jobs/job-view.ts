import type { JobFieldsFragment } from '../../client-sdk/src/index.ts';
import { formatBytes } from '../output/format-value.ts';
import { defineView } from '../output/view.ts';

export type JobRow = JobFieldsFragment;

export const JOB_VIEW = defineView<JobRow>({
  name: (job) => job.guid,
  columns: [
    { header: 'job', value: (job) => job.guid, kind: 'guid' },
    { header: 'kind', value: (job) => job.kind },
    { header: 'package', value: (job) => job.package?.name },
    { header: 'state', value: (job) => job.state },
    { header: 'progress', value: progressText },
    { header: 'message', value: (job) => job.message },
    { header: 'attempts', value: (job) => job.attempts, kind: 'number', wide: true },
    { header: 'created', value: (job) => job.createdAt, kind: 'date' },
    { header: 'started', value: (job) => job.startedAt, kind: 'date', wide: true },
    { header: 'finished', value: (job) => job.finishedAt, kind: 'date', wide: true },
    { header: 'problems', value: (job) => job.problems.map((p) => p.message), wide: true },
  ],
});

/** `12.0 MiB of 40.0 MiB (30 %)`; empty while the total is not known. */
export function progressText(job: Pick<JobRow, 'done' | 'total' | 'unit'>): string {
  if (job.total <= 0) return '';
  const amount = (value: number): string =>
    job.unit === 'BYTES' ? formatBytes(value) : `${value}`;
  const unit = job.unit === 'BYTES' ? '' : ` ${job.unit.toLowerCase()}`;
  return `${amount(job.done)} of ${amount(job.total)}${unit} (${percent(job)} %)`;
}

export function percent(job: Pick<JobRow, 'done' | 'total'>): number {
  return job.total > 0 ? Math.min(100, Math.floor((job.done / job.total) * 100)) : 0;
}

export function isFinished(job: Pick<JobRow, 'state'>): boolean {
  return job.state === 'SUCCEEDED' || job.state === 'FAILED' || job.state === 'CANCELLED';
}
