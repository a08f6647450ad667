import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CanopyError } from '../core/errors.ts';
import { ignoreMissing } from './local-files.ts';

/** Folders that this process receives into now. */
const heldHere = new Set<string>();

/**
 * Keeps a package folder for one reception at a time, in this process and among processes of this
 * machine: `{folder}/partial/lock` holds the process id. The lock of a dead process is taken over,
 * so a kill needs no hand. Throws `CONFLICT` when another reception runs.
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const key = resolve(folder);
  if (heldHere.has(key)) throw isTaken(folder, process.pid);
  heldHere.add(key);
  try {
    const path = await takeLock(folder);
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    heldHere.delete(key);
  }
}

async function takeLock(folder: string): Promise<string> {
  const path = join(folder, 'partial', 'lock');
  const mine = `${path}.${process.pid}`;
  await mkdir(join(folder, 'partial'), { recursive: true });
  await writeFile(mine, String(process.pid));
  try {
    // A link, unlike an exclusive create, is never seen without its content.
    while (!(await tryLink(mine, path))) await removeDeadLock(folder, path);
  } finally {
    await rm(mine, { force: true });
  }
  return path;
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeDeadLock(folder: string, path: string): Promise<void> {
  const owner = await readFile(path, 'utf8').catch(ignoreMissing);
  if (owner === undefined) return;
  if (isAlive(Number(owner))) throw isTaken(folder, Number(owner));
  // Renamed before it is removed: of several processes that see the dead lock one moves it.
  const dead = `${path}.dead.${process.pid}`;
  await rename(path, dead).catch(ignoreMissing);
  await rm(dead, { force: true });
}

/** Our own id in a file that we do not hold is that of an earlier process, as in containers. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isTaken(folder: string, pid: number): CanopyError {
  return new CanopyError('CONFLICT', `Process ${pid} is receiving into ${folder} already.`, {
    hint: `Wait for it. If that process is something else, delete ${join(folder, 'partial', 'lock')}.`,
  });
}
