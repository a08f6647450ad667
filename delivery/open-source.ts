import { folderSource, type UncMount } from './folder-source.ts';
import { httpSource } from './http-source.ts';
import type { HttpTransport } from './http-transport.ts';
import type { Codebase, FileSource } from './source.ts';

/** What it takes to read sources. */
export interface SourceAccess {
  readonly transport: HttpTransport;
  /** Where UNC shares are on this machine; the longest match counts. */
  readonly uncMounts: readonly UncMount[];
}

export function openSource(codebase: Codebase, access: SourceAccess): FileSource {
  return codebase.kind === 'UNC'
    ? folderSource(codebase, access.uncMounts)
    : httpSource(codebase, access.transport);
}
