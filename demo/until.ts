import { systemClock } from '../core/clock.ts';

const PATIENCE_MS = 120_000;
const LOOK_MS = 50;

/** Looks until it is so; after two minutes fails with what was waited for. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + PATIENCE_MS;
  while (!(await condition())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await systemClock.sleep(LOOK_MS);
  }
}

/** Throws unless it is so: the demonstration claims nothing that did not happen. */
export function must(what: string, isSo: boolean): void {
  if (!isSo) throw new Error(`it is not so that ${what}`);
}
