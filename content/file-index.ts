import type { Manifest, ManifestFile } from './manifest.ts';
import { foldPath } from './path-policy.ts';

/** Finds the files of one version by the paths that agents ask for. */
export interface FileIndex {
  /**
   * `encodedPath` is what follows the version in the URL, percent-encoded, without a query: letter
   * case is ignored, as Windows does. `undefined` for anything that is not a file of the tree,
   * folders included; `'MALFORMED'` when it is not UTF-8 in percent-encoding.
   */
  find(encodedPath: string): ManifestFile | 'MALFORMED' | undefined;
  /** A file with this content; `undefined`: the version has none. */
  contentOf(sha256: string): ManifestFile | undefined;
}

/** Names come from the manifest alone, so no spelling of a path leads out of the tree. */
export function createFileIndex(manifest: Manifest): FileIndex {
  const files = new Map(manifest.files.map((file) => [foldPath(file.path), file]));
  let contents: Map<string, ManifestFile> | undefined;
  return {
    find: (encodedPath) => {
      const segments = encodedPath.split('/').map(decodeSegment);
      if (segments.includes(undefined)) return 'MALFORMED';
      // An encoded slash is part of a name, and no name has one.
      if (segments.some((segment) => segment!.includes('/'))) return undefined;
      return files.get(foldPath(segments.join('/')));
    },
    contentOf: (sha256) => {
      // Made when it is asked for: most versions are never asked for by content.
      contents ??= new Map(manifest.files.map((file) => [file.sha256, file]));
      return contents.get(sha256);
    },
  };
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
