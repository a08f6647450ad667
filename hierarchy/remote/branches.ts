import type { AnswerError } from './remote-ports.ts';
import type { BranchPart } from './branch-operation.ts';

interface Grafted extends BranchPart {
  readonly path: readonly (string | number)[];
}

/** A result as it leaves a door. */
interface Result<E> {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly E[] | undefined;
}

/** What other nodes answered to one operation, until its own execution is over. */
export class Branches {
  /** The variables as the caller sent them. */
  variables: Readonly<Record<string, unknown>> = {};
  private readonly parts: Grafted[] = [];

  /** `path` is that of the field in this node's result. */
  add(path: readonly (string | number)[], part: BranchPart): void {
    this.parts.push({ ...part, path });
  }

  /**
   * Puts the branches into the result, each at its place, and their errors behind its own with
   * their whole path. A result without branches is answered as it is.
   */
  graft<E>(result: Result<E>): { readonly errors?: readonly (E | AnswerError)[] } & Result<E> {
    if (this.parts.length === 0) return result;
    for (const { path, value } of this.parts) putAt(result.data, path, value);
    const errors = this.parts.flatMap(({ path, errors }) =>
      errors.map((error) => ({ ...error, path: [...path, ...(error.path ?? [])] })),
    );
    if (errors.length === 0) return result;
    return { ...result, errors: [...(result.errors ?? []), ...errors] as E[] };
  }
}

/** Nothing when an error of this node made something on the way null. */
function putAt(data: unknown, path: readonly (string | number)[], value: unknown): void {
  let holder = data as Record<string | number, unknown> | null | undefined;
  for (const step of path.slice(0, -1)) {
    holder = holder?.[step] as typeof holder;
  }
  const last = path.at(-1)!;
  if (holder != null && holder[last] != null) holder[last] = value;
}
