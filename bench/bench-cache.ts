import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what was fetched once is kept. */
export const BENCH_CACHE =
  process.env['CANOPY_BENCH_CACHE'] ?? join(homedir(), '.cache', 'canopy-bench');

/** A folder of the cache; `unpack` fills a new one when it is not there. */
export async function cachedFolder(
  name: string,
  unpack: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(BENCH_CACHE, name.replaceAll('/', '+'));
  if (existsSync(folder)) return folder;
  const unpacking = `${folder}.new`;
  await rm(unpacking, { recursive: true, force: true });
  await mkdir(unpacking, { recursive: true });
  await unpack(unpacking);
  await rename(unpacking, folder);
  return folder;
}
