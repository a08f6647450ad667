import type { Problem } from '../../core/errors.ts';
import { isCanopyError } from '../../core/errors.ts';
import type { BundleIndex } from './bundle-format.ts';
import { walkBundle, type WalkOptions } from './walk-bundle.ts';

const MAX_LISTED = 100;

export interface VerifiedBundle {
  /** `undefined` when the file is damaged before it can be told what it is a bundle of. */
  readonly index: BundleIndex | undefined;
  readonly objects: number;
  /** Of all contents, each counted once. */
  readonly contentBytes: number;
  /** Everything that is wrong, with the part and the place; empty for a sound bundle. */
  readonly problems: readonly Problem[];
}

/**
 * Reads every byte of a bundle and imports nothing: every hash, every signature, missing, extra and
 * repeated parts. Damaged contents are all listed, up to 100; where the order of the parts is lost,
 * reading ends. Needs neither a server nor a store. Throws `NOT_FOUND` when there is no file.
 */
export async function verifyBundle(
  file: string,
  options: Omit<WalkOptions, 'skipContents'> = {},
): Promise<VerifiedBundle> {
  const problems: Problem[] = [];
  let found: Omit<VerifiedBundle, 'problems'> = { index: undefined, objects: 0, contentBytes: 0 };
  const visitor = {
    onIndex: async (index: BundleIndex): Promise<void> => {
      found = { ...found, index };
    },
    onDamage: (problem: Problem): void => void problems.push(problem),
  };
  try {
    const { contents } = await walkBundle(file, visitor, options);
    const contentBytes = contents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    found = { ...found, objects: contents.length, contentBytes };
  } catch (error) {
    if (!isCanopyError(error) || error.code === 'NOT_FOUND') throw error;
    problems.push(...error.problems);
  }
  return { ...found, problems: problems.slice(0, MAX_LISTED) };
}
