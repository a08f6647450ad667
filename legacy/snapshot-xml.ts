import { createHash } from 'node:crypto';
import type { Manifest, ManifestFile } from '../content/manifest.ts';
import { legacyTime } from './legacy-time.ts';
import { emptyTag, openTag, XML_DECLARATION, type EscapedXml } from './xml-writer.ts';

/** What a snapshot document says beside its files. */
export interface SnapshotHead {
  /** Where the files are published. */
  readonly path: string;
  readonly internalVersion: number;
  readonly createdAtMs: number;
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: ManifestFile[];
  sizeBytes: number;
}

/**
 * The `FolderSnapShot` document of a tree: `size` of a folder counts everything below it, `files`
 * and `folders` count direct members, `fileHash` is SHA-256 in base64, times are UTC. `hash` is the
 * MD5 of the listing, base64, and never a proof of anything: what the incumbent takes it over is
 * not published, and integrity rests on `fileHash` and the signature.
 */
export function writeSnapshotXml(head: SnapshotHead, manifest: Manifest): string {
  return [...snapshotXmlParts(head, manifest)].join('');
}

/**
 * The same document in parts of some 64 KiB, so that a writer of a large one can let others work
 * in between.
 */
export function* snapshotXmlParts(head: SnapshotHead, manifest: Manifest): Generator<string> {
  const attributes = {
    path: head.path,
    time: legacyTime(head.createdAtMs),
    hash: listingHash(manifest),
    PkgVersion: head.internalVersion,
  };
  let part = `${XML_DECLARATION}${openTag('FolderSnapShot', attributes)}\n`;
  for (const line of folderLines(folderTree(manifest), { element: 'Root', depth: 1 })) {
    part += line;
    if (part.length < PART_CHARACTERS) continue;
    yield part;
    part = '';
  }
  yield `${part}</FolderSnapShot>\n`;
}

const PART_CHARACTERS = 64 * 1024;

function folderTree(manifest: Manifest): Folder {
  const root = emptyFolder();
  for (const path of manifest.emptyFolders) descend(root, path.split('/'), 0);
  for (const file of manifest.files) {
    const folders = file.path.split('/');
    folders.pop();
    descend(root, folders, file.sizeBytes).files.push(file);
  }
  return root;
}

function emptyFolder(): Folder {
  return { folders: new Map(), files: [], sizeBytes: 0 };
}

/** Walks down, making what is missing, and adds `sizeBytes` to every folder on the way. */
function descend(root: Folder, names: readonly string[], sizeBytes: number): Folder {
  let folder = root;
  folder.sizeBytes += sizeBytes;
  for (const name of names) {
    let next = folder.folders.get(name);
    if (!next) folder.folders.set(name, (next = emptyFolder()));
    next.sizeBytes += sizeBytes;
    folder = next;
  }
  return folder;
}

interface Place {
  readonly element: 'Root' | 'Folder';
  readonly name?: string;
  readonly depth: number;
}

function* folderLines(folder: Folder, place: Place): Generator<string> {
  const { element, name, depth } = place;
  const indent = '  '.repeat(depth);
  const attributes = {
    name,
    size: folder.sizeBytes,
    files: folder.files.length,
    folders: folder.folders.size,
  };
  if (folder.files.length + folder.folders.size === 0) {
    yield `${indent}${emptyTag(element, attributes)}\n`;
    return;
  }
  yield `${indent}${openTag(element, attributes)}\n`;
  for (const file of folder.files) yield `${indent}  ${fileTag(file)}\n`;
  for (const [child, inner] of folder.folders) {
    yield* folderLines(inner, { element: 'Folder', name: child, depth: depth + 1 });
  }
  yield `${indent}</${element}>\n`;
}

function fileTag(file: ManifestFile): EscapedXml {
  return emptyTag('File', {
    name: file.path.slice(file.path.lastIndexOf('/') + 1),
    size: file.sizeBytes,
    fileHash: Buffer.from(file.sha256, 'hex').toString('base64'),
    lastModifiedTime: legacyTime(file.modifiedAtMs),
  });
}

function listingHash(manifest: Manifest): string {
  const hash = createHash('md5');
  let listing = '';
  for (const file of manifest.files) {
    listing += `${file.path}\n${file.sizeBytes}\n${file.sha256}\n`;
    if (listing.length < PART_CHARACTERS) continue;
    hash.update(listing);
    listing = '';
  }
  for (const path of manifest.emptyFolders) listing += `${path}/\n`;
  return hash.update(listing).digest('base64');
}
