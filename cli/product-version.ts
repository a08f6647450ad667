import { readFileSync } from 'node:fs';

/** The version of this package, from its own `package.json`; one place for sources and build. */
export function productVersion(): string {
  const builtOrSource = [
    new URL('../package.json', import.meta.url),
    new URL('../../package.json', import.meta.url),
  ];
  for (const file of builtOrSource) {
    try {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
      if (name === 'canopy' && version) return version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('package.json of canopy is missing');
}
