import { DEBIAN_PACKAGES, debianRelease, debianVersions } from './debian-packages.ts';
import { PAIRS, unpackedPackage } from './npm-packages.ts';

/** Two consecutive releases of one package, unpacked. */
export interface Releases {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Every pair whose name contains `part`, fetched when it is not here; and what is left out, and why. */
export async function findReleases(
  part: string,
): Promise<{ readonly releases: Releases[]; readonly left: string[] }> {
  const releases: Releases[] = [];
  const left: string[] = [];
  for (const { name, from, to, kind } of PAIRS) {
    if (!name.includes(part)) continue;
    releases.push({
      name: `${name} ${from} → ${to} (${kind})`,
      from: await unpackedPackage(name, from),
      to: await unpackedPackage(name, to),
    });
  }
  for (const { name, kind } of DEBIAN_PACKAGES) {
    if (!name.includes(part)) continue;
    const versions = await debianVersions(name);
    if (typeof versions === 'string') left.push(versions);
    else {
      releases.push({
        name: `Debian ${name} ${versions.from} → ${versions.to} (${kind})`,
        from: await debianRelease(name, versions.from),
        to: await debianRelease(name, versions.to),
      });
    }
  }
  return { releases, left };
}
