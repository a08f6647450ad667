import { canonicalJson } from '../core/canonical-json.ts';
import type { PackageSource } from './model.ts';

/** `\\server\share\folder` → local folder through which this server reads it. */
export type UncMounts = Readonly<Record<string, string>>;

/** Where this server reads a package's files, or why it cannot. */
export type SourceFolder =
  | { readonly kind: 'FOLDER'; readonly path: string }
  | { readonly kind: 'UNREADABLE'; readonly reason: string }
  | { readonly kind: 'NONE' };

/** True when both name the same place, however their members are ordered. */
export function sameSource(left: PackageSource, right: PackageSource): boolean {
  return canonicalJson({ ...left }) === canonicalJson({ ...right });
}

/** Finds the readable folder of a source. UNC paths are read through `uncMounts` only. */
export function sourceFolder(source: PackageSource, mounts: UncMounts): SourceFolder {
  switch (source.kind) {
    case 'NONE':
      return { kind: 'NONE' };
    case 'LOCAL':
      return { kind: 'FOLDER', path: source.path };
    case 'UNC':
      return throughMount(source.path, mounts);
    case 'URL':
      if (source.directory === undefined) {
        return {
          kind: 'UNREADABLE',
          reason: 'The URL has no directory that this server can read.',
        };
      }
      return source.directory.startsWith('\\\\')
        ? throughMount(source.directory, mounts)
        : { kind: 'FOLDER', path: source.directory };
  }
}

/** The longest mounted prefix wins; server and share compare without regard to case. */
function throughMount(unc: string, mounts: UncMounts): SourceFolder {
  const wanted = segments(unc);
  let best: { path: string; depth: number } | undefined;
  for (const [root, folder] of Object.entries(mounts)) {
    const prefix = segments(root);
    const matches = prefix.every(
      (part, index) => part.toLowerCase() === wanted[index]?.toLowerCase(),
    );
    if (!matches || (best && best.depth >= prefix.length)) continue;
    const path = [folder.replace(/\/+$/, ''), ...wanted.slice(prefix.length)].join('/');
    best = { path, depth: prefix.length };
  }
  if (best) return { kind: 'FOLDER', path: best.path };
  return { kind: 'UNREADABLE', reason: `No entry of uncMounts covers ${unc}.` };
}

function segments(unc: string): string[] {
  return unc.split('\\').filter((part) => part !== '' && part !== '.' && part !== '..');
}
