import { folderSource, type UncMount } from './folder-source.ts';
import type { Fetch } from '../core/http-answer.ts';
import { httpSource } from './http-source.ts';
import type { Codebase, FileSource } from './source.ts';

/** What it takes to read sources. */
export interface SourceAccess {
  readonly fetch: Fetch;
  /** Where UNC shares are on this machine; the longest match counts. */
  readonly uncMounts: readonly UncMount[];
}

export function openSource(codebase: Codebase, access: SourceAccess): FileSource {
  return codebase.kind === 'UNC'
    ? folderSource(codebase, access.uncMounts)
    : httpSource(codebase, access.fetch);
}
