import { setImmediate } from 'node:timers/promises';
import type { Snapshot } from '../../catalog/model.ts';
import type { Manifest } from '../../content/manifest.ts';
import { snapshotXmlParts } from '../../legacy/snapshot-xml.ts';
import { bracedGuid } from '../../core/guid.ts';

/**
 * Snapshot documents as bytes. The most recently asked ones are kept within `maxBytes`
 * (the last one even when it is larger); several askers of one that is not there wait for the same
 * rendering.
 */
export class RenderedSnapshots {
  private readonly manifestOf: (snapshot: Snapshot) => Promise<Manifest>;
  private readonly maxBytes: number;
  /** In order of use, the oldest first. */
  private readonly kept = new Map<string, Buffer>();
  private readonly underWay = new Map<string, Promise<Buffer>>();
  private keptBytes = 0;

  constructor(manifestOf: (snapshot: Snapshot) => Promise<Manifest>, maxBytes: number) {
    this.manifestOf = manifestOf;
    this.maxBytes = maxBytes;
  }

  /** Rejects with what `manifestOf` rejects with; a failure is not kept. */
  async documentOf(snapshot: Snapshot): Promise<Buffer> {
    const key = `${snapshot.packageId}/${snapshot.internalVersion}/${snapshot.manifestHash}`;
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const waiting = this.underWay.get(key);
    if (waiting) return waiting;
    const rendering = this.render(snapshot);
    this.underWay.set(key, rendering);
    try {
      const bytes = await rendering;
      this.keep(key, bytes);
      return bytes;
    } finally {
      this.underWay.delete(key);
    }
  }

  private async render(snapshot: Snapshot): Promise<Buffer> {
    const manifest = await this.manifestOf(snapshot);
    const { packageId, internalVersion, createdAtMs } = snapshot;
    const path = `/Altiris/PackageShare/${bracedGuid(packageId)}/${internalVersion}`;
    const head = { path, internalVersion, createdAtMs };
    const parts: Buffer[] = [];
    for (const part of snapshotXmlParts(head, manifest)) {
      parts.push(Buffer.from(part));
      // A tree may have 100,000 files: other requests are answered between its parts.
      await setImmediate();
    }
    return Buffer.concat(parts);
  }

  private keep(key: string, bytes: Buffer): void {
    this.kept.set(key, bytes);
    this.keptBytes += bytes.length;
    for (const [oldest, { length }] of this.kept) {
      if (this.keptBytes <= this.maxBytes || this.kept.size === 1) return;
      this.kept.delete(oldest);
      this.keptBytes -= length;
    }
  }
}
