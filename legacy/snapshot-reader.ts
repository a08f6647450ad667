import { CanopyError } from '../core/errors.ts';
import { countOf } from './attribute-values.ts';
import { parseLegacyTime } from './legacy-time.ts';
import {
  childNamed,
  childrenNamed,
  readXml,
  type XmlElement,
  type XmlLimits,
} from './xml-reader.ts';

export interface SnapshotFile {
  /** Relative, `/` between the names. Not policed: check it before it becomes a path on a disk. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex, lower case; `undefined` in snapshots of servers before 7.5. */
  readonly sha256: string | undefined;
  /** `undefined` when the document does not say it readably. */
  readonly modifiedAtMs: number | undefined;
}

/** A snapshot document as read. */
export interface SnapshotDocument {
  readonly path: string;
  readonly internalVersion: number;
  readonly createdAtMs: number | undefined;
  /** In document order, as are the folders. */
  readonly files: readonly SnapshotFile[];
  /** Folders that hold nothing. */
  readonly emptyFolders: readonly string[];
  readonly sizeBytes: number;
}

/** Room for about 400,000 files; a caller that knows the announced size may lower it. */
const SNAPSHOT_XML_LIMITS: XmlLimits = { bodyBytes: 128 * 1024 * 1024, depth: 512 };

const WHAT = 'snapshot';

/**
 * Reads a `FolderSnapShot`, ours or the incumbent's. Throws `MALFORMED_REQUEST` when a name could
 * leave its folder or occurs twice, a size or hash cannot be read, or `PkgVersion` is missing. The
 * sizes and counts of folders are not believed but counted again.
 */
export function parseSnapshotXml(
  source: Uint8Array | string,
  limits: XmlLimits = SNAPSHOT_XML_LIMITS,
): SnapshotDocument {
  const document = readXml(source, WHAT, limits);
  const root = childNamed(document, 'root');
  if (document.name !== 'foldersnapshot' || !root) {
    throw unusable('it is not a <FolderSnapShot> with a <Root>');
  }
  const files: SnapshotFile[] = [];
  const emptyFolders: string[] = [];
  readFolder(root, '', { files, emptyFolders });
  const { path = '', time = '', pkgversion } = document.attributes;
  return {
    path,
    internalVersion: countOf(pkgversion, 'PkgVersion of the snapshot'),
    createdAtMs: parseLegacyTime(time),
    files,
    emptyFolders,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

interface Collected {
  readonly files: SnapshotFile[];
  readonly emptyFolders: string[];
}

function readFolder(element: XmlElement, prefix: string, collected: Collected): void {
  const names = new Set<string>();
  const pathOf = (child: XmlElement): string => {
    const name = nameOf(child, prefix);
    if (names.has(name)) throw unusable(`"${prefix}${name}" occurs twice`);
    names.add(name);
    return prefix + name;
  };
  for (const child of childrenNamed(element, 'file')) {
    collected.files.push(readFile(child, pathOf(child)));
  }
  for (const child of childrenNamed(element, 'folder')) {
    readFolder(child, `${pathOf(child)}/`, collected);
  }
  if (names.size === 0 && prefix !== '') collected.emptyFolders.push(prefix.slice(0, -1));
}

function readFile(element: XmlElement, path: string): SnapshotFile {
  return {
    path,
    sizeBytes: countOf(element.attributes.size, `The size of ${path}`),
    sha256: hashOf(element.attributes.filehash, path),
    modifiedAtMs: parseLegacyTime(element.attributes.lastmodifiedtime ?? ''),
  };
}

function nameOf(element: XmlElement, prefix: string): string {
  const name = element.attributes.name ?? '';
  if (name === '' || name === '.' || name === '..' || /[/\\]/.test(name)) {
    throw unusable(`"${name}" in "/${prefix}" cannot be a file name`);
  }
  return name;
}

function hashOf(text: string | undefined, path: string): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) {
    throw unusable(`fileHash of ${path} is not a SHA-256 in base64`);
  }
  return Buffer.from(text, 'base64').toString('hex');
}

function unusable(reason: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The ${WHAT} cannot be used: ${reason}.`);
}
