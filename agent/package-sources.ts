import { readFile } from 'node:fs/promises';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { readCodebase, type SourceKind, type SourceState } from '../delivery/index.ts';
import { readPackageXml } from '../legacy/package-xml.ts';
import type { AgentContext } from './agent-context.ts';

/** A row of the "Sources" box: package Properties > Download History > Sources (KB 180560). */
export interface SourceRow {
  readonly url: string;
  /** `undefined` for a URL that cannot be used. */
  readonly kind: SourceKind | undefined;
  readonly internalVersion: number;
  readonly state: SourceState;
  /** 1 is tried first; `undefined` for a source that is not used. */
  readonly rank: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly errors: number;
  /** Why it stands there, one sentence. */
  readonly reason: string;
}

/**
 * The sources of a package as the server last named them, in the order this machine would try
 * them. Throws `NOT_FOUND` when it was never asked for.
 */
export async function packageSources(context: AgentContext, packageId: Guid): Promise<SourceRow[]> {
  let stored: Buffer;
  try {
    stored = await readFile(context.folders.packageXml(packageId));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CanopyError('NOT_FOUND', `Package ${packageId} was never asked for here.`, {
      path: ['package'],
      hint: 'Fetch it first: canopy agent fetch.',
    });
  }
  const { codebases, internalVersion } = readPackageXml(stored);
  const usable = codebases.flatMap(({ url }) => readCodebase(url) ?? []);
  const book = await context.sourceBook();
  const rows = book.rank(usable).map(({ codebase, ...source }) => ({
    url: codebase.url,
    kind: codebase.kind,
    internalVersion,
    state: source.state,
    rank: source.rank,
    bytesPerSecond: source.bytesPerSecond,
    errors: source.errors,
    reason: source.reason,
  }));
  const unusable = codebases.filter(({ url }) => !readCodebase(url));
  return [...rows, ...unusable.map(({ url }) => unusableRow(url, internalVersion))];
}

function unusableRow(url: string, internalVersion: number): SourceRow {
  return {
    url,
    kind: undefined,
    internalVersion,
    state: 'INVALID',
    rank: undefined,
    bytesPerSecond: undefined,
    errors: 0,
    reason: 'Not used: no file name can be added to this URL.',
  };
}
