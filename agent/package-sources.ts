import { readFile } from 'node:fs/promises';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { parseCodebase, type SourceKind, type SourceState } from '../delivery/index.ts';
import { readPackageXml } from '../legacy/package-xml.ts';
import type { AgentContext } from './agent-context.ts';

/** A row of the "Sources" box: package Properties > Download History > Sources (KB 180560). */
export interface SourceRow {
  readonly url: string;
  readonly kind: SourceKind;
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
  const book = await context.sourceBook();
  return book.rank(codebases.map(({ url }) => parseCodebase(url))).map((source) => ({
    url: source.codebase.url,
    kind: source.codebase.kind,
    internalVersion,
    state: source.state,
    rank: source.rank,
    bytesPerSecond: source.bytesPerSecond,
    errors: source.errors,
    reason: source.reason,
  }));
}
