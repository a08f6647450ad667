import { createHash } from 'node:crypto';
import type { Manifest, ManifestFile } from '../content/manifest.ts';
import { legacyTime } from './legacy-time.ts';
import { writeDocument, type XmlNode } from './xml-writer.ts';

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
  const root = folderTree(manifest);
  return writeDocument({
    name: 'FolderSnapShot',
    attributes: {
      path: head.path,
      time: legacyTime(head.createdAtMs),
      hash: listingHash(manifest),
      PkgVersion: head.internalVersion,
    },
    children: [folderNode('Root', undefined, root)],
  });
}

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

function folderNode(element: 'Root' | 'Folder', name: string | undefined, folder: Folder): XmlNode {
  return {
    name: element,
    attributes: {
      name,
      size: folder.sizeBytes,
      files: folder.files.length,
      folders: folder.folders.size,
    },
    children: [
      ...folder.files.map(fileNode),
      ...[...folder.folders].map(([child, inner]) => folderNode('Folder', child, inner)),
    ],
  };
}

function fileNode(file: ManifestFile): XmlNode {
  return {
    name: 'File',
    attributes: {
      name: file.path.slice(file.path.lastIndexOf('/') + 1),
      size: file.sizeBytes,
      fileHash: Buffer.from(file.sha256, 'hex').toString('base64'),
      lastModifiedTime: legacyTime(file.modifiedAtMs),
    },
  };
}

function listingHash(manifest: Manifest): string {
  const hash = createHash('md5');
  for (const file of manifest.files) {
    hash.update(`${file.path}\n${file.sizeBytes}\n${file.sha256}\n`);
  }
  for (const path of manifest.emptyFolders) hash.update(`${path}/\n`);
  return hash.digest('base64');
}
