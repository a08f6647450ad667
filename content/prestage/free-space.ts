import { statfs } from 'node:fs/promises';
import { CanopyError } from '../../core/errors.ts';

const DISK_BLOCK_BYTES = 4096;
/** Folders and what else writes meanwhile need room too. */
const RESERVE_BYTES = 16 * 1024 * 1024;

/** Says how many bytes can be written in a folder. */
export type FreeBytes = (folder: string) => Promise<number>;

export const freeBytesOf: FreeBytes = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Throws `DISK_FULL` with both figures when files of these sizes do not fit into a folder. */
export async function refuseWithoutSpace(
  folder: string,
  sizesBytes: readonly number[],
  freeBytes: FreeBytes = freeBytesOf,
): Promise<void> {
  if (sizesBytes.length === 0) return;
  const blocks = sizesBytes.reduce((sum, size) => sum + Math.ceil(size / DISK_BLOCK_BYTES), 0);
  const neededBytes = blocks * DISK_BLOCK_BYTES + RESERVE_BYTES;
  const availableBytes = await freeBytes(folder);
  if (neededBytes <= availableBytes) return;
  throw new CanopyError(
    'DISK_FULL',
    `The copy needs ${neededBytes} bytes, and ${availableBytes} are free in ${folder}.`,
    { path: [folder], hint: 'Free space there or use a larger disk.' },
  );
}
