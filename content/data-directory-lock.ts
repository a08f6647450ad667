import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CanopyError } from '../core/errors.ts';

const SQLITE_BUSY = 5;
/** An unreachable database would be closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>();

/** The right to use a data directory, held until `release` or the death of the process. */
export interface DataDirectoryLock {
  /** Real path of `state` inside the data directory. */
  readonly stateDirectory: string;
  release(): void;
}

/**
 * Locks `dataDirectory` (made when missing) for this process, or throws `DATA_DIRECTORY_LOCKED`.
 * The lock is the operating system's, on `state/lock.db`, so kill -9 frees it and nothing can be
 * stale. That file must never be deleted: a lock on a deleted file keeps nobody out.
 * The path is resolved first, because another name for the directory must find the same file.
 */
export function lockDataDirectory(dataDirectory: string): DataDirectoryLock {
  mkdirSync(join(dataDirectory, 'state'), { recursive: true, mode: 0o700 });
  const stateDirectory = realpathSync(join(dataDirectory, 'state'));
  const holderFile = join(stateDirectory, 'lock.pid');
  const database = new DatabaseSync(join(stateDirectory, 'lock.db'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new CanopyError(
      'DATA_DIRECTORY_LOCKED',
      `data directory ${dataDirectory} is used by ${holder(holderFile)}`,
      { hint: 'stop that process or choose another directory', cause: error },
    );
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  held.add(database);
  return {
    stateDirectory,
    release: () => {
      if (held.delete(database)) database.close();
    },
  };
}

/** For the message only; the lock itself never looks at this file. */
function holder(holderFile: string): string {
  try {
    return `process ${readFileSync(holderFile, 'utf8').trim()}`;
  } catch {
    return 'another process';
  }
}
