import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '../core/random.ts';

/** Replaces a file in one step, readable by this user alone; makes its folder when needed. */
export async function writePrivateFile(file: string, text: string, random: Random): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${Buffer.from(random.bytes(6)).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    // The mode above is lessened by the umask, never widened; a strange umask could take our own.
    await chmod(temporary, 0o600);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
