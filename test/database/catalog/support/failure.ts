import type { CanopyError } from '../../../../core/errors.ts';

/** The error that `work` ends with; throws when it succeeds. */
export async function failureOf(work: Promise<unknown>): Promise<CanopyError> {
  const caught = await work.then(
    () => undefined,
    (error: unknown) => error as CanopyError,
  );
  if (!caught) throw new Error('it should have failed');
  return caught;
}

/** Where the problems of an error are, as dotted paths, sorted. */
export function pathsOf(error: CanopyError): string[] {
  return error.problems.map((problem) => problem.path.join('.')).sort();
}
