import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuiltTree, PreviousTree } from '../../../content/build-request.ts';
import { openContentStore, type ContentStore } from '../../../content/content-store.ts';
import { systemClock } from '../../../core/clock.ts';
import { systemRandom } from '../../../core/random.ts';

export interface TestFolder {
  readonly path: string;
  remove(): void;
}

export function createTestFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'canopy-content-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A store in `{folder}/store`. */
export function openTestStore(
  folder: string,
  options: {
    readonly freeBytes?: () => Promise<number>;
    readonly monotonicMs?: () => number;
  } = {},
): Promise<ContentStore> {
  const monotonicMs = options.monotonicMs ?? systemClock.monotonicMs;
  return openContentStore({
    folder: join(folder, 'store'),
    clock: { ...systemClock, monotonicMs },
    random: systemRandom,
    ...(options.freeBytes ? { freeBytes: options.freeBytes } : {}),
  });
}

export function toPrevious(tree: BuiltTree): PreviousTree {
  return { ...tree, createdAtMs: systemClock.nowMs() };
}
