import { spawn } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../../../core/module-url.ts';

const CLUSTER = 'pgdata';
const UNFINISHED = 'pgdata.new-';

/**
 * The embedded engine's data directory below `stateDirectory`, made when there is none; the caller
 * holds the data directory's lock. It is made aside by a short child process (making it takes
 * memory that a process never gives back), flushed, and renamed into place, so a crash leaves
 * either nothing or all of it.
 */
export async function ensureCluster(stateDirectory: string): Promise<string> {
  const directory = join(stateDirectory, CLUSTER);
  for (const name of await readdir(stateDirectory)) {
    if (!name.startsWith(UNFINISHED)) continue;
    await removeUnfinished(join(stateDirectory, name));
  }
  if (existsSync(directory)) return directory;
  const unfinished = await mkdtemp(join(stateDirectory, UNFINISHED));
  await createInChild(unfinished);
  await flushTree(unfinished);
  await rename(unfinished, directory);
  flush(stateDirectory);
  return directory;
}

/** The child of a killed start may still be writing there; then a later start removes it. */
async function removeUnfinished(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

function createInChild(directory: string): Promise<void> {
  const program = fileURLToPath(siblingModule(import.meta.url, './create-cluster'));
  const child = spawn(process.execPath, [program, directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the database could not be created in ${directory}: ${errors.trim()}`));
    });
  });
}

async function flushTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await flushTree(path);
    else flush(path);
  }
  flush(directory);
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
