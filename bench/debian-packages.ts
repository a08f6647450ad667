import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCH_CACHE, cachedFolder } from './bench-cache.ts';
import { isInstalled, run } from './processes.ts';

/** Packages of Debian that get security updates, so that its archive has two versions of each. */
export const DEBIAN_PACKAGES = [
  { name: 'libruby3.1', kind: 'text' },
  { name: 'libpython3.11-stdlib', kind: 'text' },
  { name: 'tzdata', kind: 'binary' },
  { name: 'git', kind: 'binary' },
  { name: 'postgresql-15', kind: 'binary' },
  { name: 'libssl3', kind: 'binary' },
] as const;

interface Versions {
  readonly from: string;
  readonly to: string;
}

/**
 * The two newest versions that the configured archives have. Kept in the cache with the packages,
 * because an archive drops a version when the next one comes. A text: why there are none.
 */
export async function debianVersions(name: string): Promise<Versions | string> {
  const note = join(BENCH_CACHE, `debian+${name}.json`);
  if (existsSync(note)) return JSON.parse(await readFile(note, 'utf8')) as Versions;
  if (!isInstalled('apt-cache')) return `apt is not installed, so Debian's ${name} is left out.`;
  const printed = await run('apt-cache', ['madison', name]);
  const lines = printed.split('\n').filter((line) => line.includes('Packages'));
  const [to, from] = [...new Set(lines.map((line) => line.split('|')[1]!.trim()))];
  if (to === undefined || from === undefined) {
    return `The configured archives have no two versions of Debian's ${name}, so it is left out.`;
  }
  await debianRelease(name, from);
  await debianRelease(name, to);
  await mkdir(BENCH_CACHE, { recursive: true });
  await writeFile(`${note}.new`, JSON.stringify({ from, to }));
  await rename(`${note}.new`, note);
  return { from, to };
}

/** The unpacked folder of one version; fetched once by `apt-get download`, then kept. */
export function debianRelease(name: string, version: string): Promise<string> {
  return cachedFolder(`debian+${name}-${version.replaceAll(':', '%3a')}`, async (folder) => {
    await run('apt-get', ['download', '-qq', `${name}=${version}`], { cwd: folder });
    const archive = (await readdir(folder)).find((file) => file.endsWith('.deb'))!;
    await run('dpkg-deb', ['-x', archive, 'package'], { cwd: folder });
    await rm(join(folder, archive));
    // A package holds plain files and folders.
    await run('find', ['package', '!', '-type', 'f', '!', '-type', 'd', '-delete'], {
      cwd: folder,
    });
  });
}
