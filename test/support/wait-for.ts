import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 25;
const LIMIT_MS = 30_000;

/** Resolves when `condition` holds; looks every few milliseconds and gives up after `limitMs`. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`never came true: ${condition.toString()}`);
    await delay(STEP_MS);
  }
}
