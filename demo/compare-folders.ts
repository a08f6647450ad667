import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a folder holds, by relative path. Written here anew so that it proves what Canopy did. */
function listing(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(
      path.slice(folder.length + 1).replaceAll('\\', '/'),
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    );
  }
  return found;
}

/** Reads both folders byte by byte; answers how many files are equal and what differs. */
export function compareFolders(
  left: string,
  right: string,
): { readonly equal: number; readonly different: readonly string[] } {
  const [one, other] = [listing(left), listing(right)];
  const paths = [...new Set([...one.keys(), ...other.keys()])];
  const different = paths.filter((path) => one.get(path) !== other.get(path));
  return { equal: paths.length - different.length, different };
}
