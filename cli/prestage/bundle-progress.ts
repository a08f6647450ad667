import { formatBytes } from '../output/format-value.ts';
import type { Progress } from '../output/progress.ts';
import type { BundleProgress } from './load-content.ts';

/** A bar of the bytes that have passed. */
export function showProgress(progress: Progress, state: BundleProgress): void {
  const { bytesDone, bytesTotal, objectsDone, objectsTotal } = state;
  const percent = bytesTotal > 0 ? Math.floor((bytesDone / bytesTotal) * 100) : 100;
  const bytes = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  progress.show({ percent, text: `${bytes} · ${objectsDone} of ${objectsTotal} contents` });
}

export function countPackages(count: number): string {
  return count === 1 ? '1 package' : `${count} packages`;
}
