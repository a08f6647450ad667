import { setImmediate } from 'node:timers/promises';
import type { Snapshot } from '../../catalog/model.ts';
import type { Manifest } from '../../content/manifest.ts';
import { bracedGuid } from '../../core/guid.ts';
import { snapshotXmlParts } from '../../legacy/snapshot-xml.ts';

/**
 * The `FolderSnapShot` document of a snapshot, as the door sends it and as it is kept beside the
 * content. Its path is where the files are published, not where the source lies: the document is
 * for anyone, and folders of the server are nobody's business.
 */
export async function snapshotDocument(snapshot: Snapshot, manifest: Manifest): Promise<Buffer> {
  const { packageId, internalVersion, createdAtMs } = snapshot;
  const path = `/Altiris/PackageShare/${bracedGuid(packageId)}/${internalVersion}`;
  const parts: Buffer[] = [];
  for (const part of snapshotXmlParts({ path, internalVersion, createdAtMs }, manifest)) {
    parts.push(Buffer.from(part));
    // A tree may have 100,000 files: other requests are answered between its parts.
    await setImmediate();
  }
  return Buffer.concat(parts);
}

/** Names what a snapshot's documents and indexes are made from, for caches. */
export function snapshotKey(snapshot: Snapshot): string {
  return `${snapshot.packageId}/${snapshot.internalVersion}/${snapshot.manifestHash}`;
}
