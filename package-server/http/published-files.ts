import { statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createFileIndex,
  FileServer,
  type ContentStore,
  type FileIndex,
} from '../../content/index.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import type { Logger } from '../../core/logger.ts';
import type { PackageBook } from '../package-book.ts';
import { attestedVersion, type HeldVersion } from '../package-record.ts';
import type { ShownTickets } from './shown-tickets.ts';

export interface PublishedFilesOptions {
  readonly book: PackageBook;
  readonly store: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tickets: ShownTickets;
  /** A file of this package could not be served. */
  onDamage(packageId: Guid): void;
}

const PACKAGE_PATH = /^\/altiris\/packageshare\/([^/]+)\/(.+)$/i;
const WITH_VERSION = /^([1-9]\d{0,9})\/(.+)$/;
const BLOB_PATH = /^\/canopy\/v1\/blobs\/([0-9a-f]{64})$/;
/** Indexes of this many files stay in memory. */
const INDEXED_FILES = 500_000;

/**
 * Serves what this package server attests, and nothing else: files under
 * `/Altiris/PackageShare/{GUID}/{internalVersion}/…`, letter case ignored, and the manifests and
 * chunk indexes of these versions under `/canopy/v1/blobs/{sha256}`. Without a version a file is
 * that of the newest one here, which `X-Canopy-Internal-Version` names.
 */
export class PublishedFiles {
  /** Since the start. */
  requestCount = 0;
  private readonly options: PublishedFilesOptions;
  private readonly files: FileServer;
  private readonly blobs: FileServer;
  private readonly indexes = new Map<
    string,
    { readonly index: FileIndex; readonly files: number }
  >();
  private indexedFiles = 0;
  private blobHashes: ReadonlySet<string> | undefined;

  constructor(options: PublishedFilesOptions) {
    this.options = options;
    const { clock, logger, store } = options;
    this.files = new FileServer({ objectPath: store.paths.object, clock, logger });
    this.blobs = new FileServer({
      objectPath: store.paths.blob,
      clock,
      logger,
      cacheBytes: 8 * 1024 * 1024,
    });
    options.book.onChange((_, what) => {
      if (what === 'RECORD') this.blobHashes = undefined;
    });
  }

  matches(path: string): boolean {
    return PACKAGE_PATH.test(path) || BLOB_PATH.test(path);
  }

  /** Answers a request for a path that {@link matches}; throws `NOT_FOUND`. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    this.requestCount += 1;
    const blob = BLOB_PATH.exec(path)?.[1];
    if (blob !== undefined) return await this.serveBlob(request, response, blob);
    const target = this.findVersion(path);
    const { packageId, held } = target;
    const { internalVersion } = held;
    this.options.tickets.check(request, response, { packageId, internalVersion });
    const index = await this.indexOf(held);
    response.setHeader('X-Canopy-Internal-Version', internalVersion);
    // A version is the second of its making and never returns, so it serves as the time at which
    // an address without a version changed its content.
    const currentSinceMs = target.isVersioned ? undefined : internalVersion * 1000;
    const tree = { index, currentSinceMs };
    await this.files.servePath(request, response, { tree, encodedPath: target.encodedPath });
    if (response.statusCode >= 500) this.options.onDamage(packageId);
  }

  private async serveBlob(
    request: IncomingMessage,
    response: ServerResponse,
    sha256: string,
  ): Promise<void> {
    const path = this.options.store.paths.blob(sha256);
    const sizeBytes = this.attestedBlobs().has(sha256)
      ? statSync(path, { throwIfNoEntry: false })?.size
      : undefined;
    if (sizeBytes === undefined) {
      throw new CanopyError('NOT_FOUND', 'No version that is held here has this blob.');
    }
    const file = { sha256, sizeBytes, lastModifiedMs: 0, immutable: true };
    await this.blobs.serve(request, response, file);
  }

  private findVersion(path: string): {
    readonly packageId: Guid;
    readonly held: HeldVersion;
    readonly isVersioned: boolean;
    readonly encodedPath: string;
  } {
    const [, guidText = '', rest = ''] = PACKAGE_PATH.exec(path) ?? [];
    const packageId = parseGuid(guidText.replace(/%7b/i, '{').replace(/%7d/i, '}'));
    const record = packageId && this.options.book.get(packageId);
    const [, digits = '', encodedPath = ''] = WITH_VERSION.exec(rest) ?? [];
    const version = record && attestedVersion(record, Number(digits));
    if (version) return { packageId: packageId!, held: version, isVersioned: true, encodedPath };
    // Ten digits are always meant as a version, so that one that is gone is not taken for a folder.
    const newest = record?.held.find(({ attestation }) => attestation !== undefined);
    if (newest && digits.length !== 10) {
      return { packageId: packageId!, held: newest, isVersioned: false, encodedPath: rest };
    }
    throw new CanopyError('NOT_FOUND', `This package server does not hold ${describe(packageId)}.`);
  }

  private async indexOf(held: HeldVersion): Promise<FileIndex> {
    const known = this.indexes.get(held.manifestHash);
    if (known) {
      // Inserted anew, so that the map stays in order of use.
      this.indexes.delete(held.manifestHash);
      this.indexes.set(held.manifestHash, known);
      return known.index;
    }
    const manifest = await this.options.store.readManifest(held.manifestHash);
    const index = createFileIndex(manifest);
    const before = this.indexes.get(held.manifestHash)?.files ?? 0;
    this.indexes.set(held.manifestHash, { index, files: manifest.files.length });
    this.indexedFiles += manifest.files.length - before;
    for (const [oldest, { files }] of this.indexes) {
      if (this.indexedFiles <= INDEXED_FILES || this.indexes.size === 1) break;
      this.indexes.delete(oldest);
      this.indexedFiles -= files;
    }
    return index;
  }

  private attestedBlobs(): ReadonlySet<string> {
    this.blobHashes ??= new Set(
      this.options.book
        .all()
        .flatMap(({ held }) =>
          held.flatMap(({ attestation, manifestHash, chunkIndexHash }) =>
            attestation === undefined ? [] : [manifestHash, chunkIndexHash],
          ),
        ),
    );
    return this.blobHashes;
  }
}

function describe(packageId: Guid | undefined): string {
  return packageId ? `that version of ${packageId}` : 'such a package';
}
