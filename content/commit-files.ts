import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';

/** A finished file and the name that says so. */
export interface FileCommit {
  readonly from: string;
  readonly to: string;
}

/**
 * Makes files durable, then gives each its final name. All syncs come before the first rename: the
 * first sync carries most of the files to disk, and no name is there before its bytes are.
 */
export function commitFiles(commits: readonly FileCommit[]): void {
  for (const { from } of commits) flushFile(from);
  for (const { from, to } of commits) renameSync(from, to);
}

/** What was written to the file at `path`, by whom ever, is on disk when this returns. */
export function flushFile(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
