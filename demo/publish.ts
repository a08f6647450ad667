import { cp, mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { endProgress, progress, say, seconds } from './screen.ts';
import type { Smp } from './smp.ts';
import type { Package, Stage } from './stage.ts';

/** Copies two packages that are installed here, so that they can change. */
export async function preparePackages(smp: Smp, folder: string): Promise<Stage['packages']> {
  return {
    typescript: await preparePackage(smp, folder, 'TypeScript', 'typescript'),
    monaco: await preparePackage(smp, folder, 'Monaco Editor', 'monaco-editor'),
  };
}

async function preparePackage(
  smp: Smp,
  folder: string,
  name: string,
  npmName: string,
): Promise<Package> {
  const { resolve } = createRequire(import.meta.url);
  const source = join(folder, 'sources', name);
  await mkdir(dirname(source), { recursive: true });
  const installed = dirname(resolve(`${npmName}/package.json`));
  await cp(installed, source, { recursive: true, dereference: true });
  return { name, source, ...(await smp.admin.createPackage(name, source)) };
}

/** Update Distribution Points: an immutable copy, its root hash, a signed snapshot. */
export async function publish(smp: Smp, one: Package): Promise<void> {
  const startedAtMs = systemClock.monotonicMs();
  const outcome = await smp.admin.update(one, (text) => progress(`${one.name}: ${text}`));
  endProgress();
  const files = (await readdir(one.source, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  ).length;
  const took = seconds(systemClock.monotonicMs() - startedAtMs);
  say(`${smp.name} read ${files} files of ${one.name}. ${outcome} (${took})`);
}
