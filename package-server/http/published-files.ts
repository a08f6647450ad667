import { statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  asksForBundle,
  BlobServer,
  BUNDLE_LIMITS,
  createFileIndex,
  FileServer,
  RangeBundleServer,
  type BundleLimits,
  type ContentStore,
  type FileIndex,
} from '../../content/index.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError, isCanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import type { Logger } from '../../core/logger.ts';
import type { PackageBook } from '../package-book.ts';
import { attestedVersion, type HeldVersion, type PackageRecord } from '../package-record.ts';
import type { ShownTickets } from './shown-tickets.ts';

export interface PublishedFilesOptions {
  readonly book: PackageBook;
  readonly store: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tickets: ShownTickets;
  /** Default {@link BUNDLE_LIMITS}. */
  readonly bundleLimits?: BundleLimits;
  /** A file of this package could not be served. */
  onDamage(packageId: Guid): void;
}

const PACKAGE_PATH = /^\/altiris\/packageshare\/([^/]+)\/(.+)$/i;
const WITH_VERSION = /^([1-9]\d{0,9})\/(.+)$/;
const VERSION_ALONE = /^([1-9]\d{0,9})\/?$/;
const BLOB_PATH = /^\/canopy\/v1\/blobs\/([0-9a-f]{64})$/;
/** Indexes of this many files stay in memory. */
const INDEXED_FILES = 500_000;

/**
 * Serves what this package server attests, and nothing else: files under
 * `/Altiris/PackageShare/{GUID}/{internalVersion}/…`, letter case ignored, and the manifests and
 * chunk indexes of these versions under `/canopy/v1/blobs/{sha256}`. Without a version a file is
 * that of the newest one here, which `X-Canopy-Internal-Version` names. The address of a version
 * answers range bundles of it.
 */
export class PublishedFiles {
  /** Since the start. */
  requestCount = 0;
  /** Heads of answers included. */
  servedBytes = 0;
  private readonly options: PublishedFilesOptions;
  private readonly files: FileServer;
  private readonly blobs: BlobServer;
  private readonly bundles: RangeBundleServer;
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
    this.blobs = new BlobServer({
      objectPath: store.paths.blob,
      clock,
      logger,
      cacheBytes: 8 * 1024 * 1024,
    });
    this.bundles = new RangeBundleServer({
      objectPath: store.paths.object,
      clock,
      logger,
      limits: options.bundleLimits ?? BUNDLE_LIMITS,
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
    this.countBytes(request, response);
    const blob = BLOB_PATH.exec(path)?.[1];
    if (blob !== undefined) return await this.serveBlob(request, response, blob);
    const version = asksForBundle(request) && this.findVersionAddress(path);
    if (version) return await this.serveBundle(request, response, version);
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

  private async serveBundle(
    request: IncomingMessage,
    response: ServerResponse,
    { record, held }: VersionAddress,
  ): Promise<void> {
    const { packageId } = record;
    const { internalVersion } = held;
    this.options.tickets.check(request, response, { packageId, internalVersion });
    try {
      await this.bundles.serve(request, response, {
        index: await this.indexOf(held),
        indexOf: async (internalVersion) => {
          const other = attestedVersion(record, internalVersion);
          return other && (await this.indexOf(other));
        },
        client: request.socket.remoteAddress ?? '',
      });
    } catch (error) {
      if (isCanopyError(error) && error.code === 'CONTENT_DAMAGED') {
        this.options.onDamage(packageId);
      }
      throw error;
    }
  }

  private countBytes({ socket }: IncomingMessage, response: ServerResponse): void {
    const sentBefore = socket.bytesWritten;
    response.once('close', () => (this.servedBytes += socket.bytesWritten - sentBefore));
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
    const blob = { sha256, sizeBytes, lastModifiedMs: 0, immutable: true };
    await this.blobs.serve(request, response, {
      blob,
      mayRead: (other) => this.attestedBlobs().has(other),
    });
  }

  /** `undefined` for the path of a file; throws `NOT_FOUND` for a version that is not here. */
  private findVersionAddress(path: string): VersionAddress | undefined {
    const [, guidText = '', rest = ''] = PACKAGE_PATH.exec(path) ?? [];
    const [, digits] = VERSION_ALONE.exec(rest) ?? [];
    if (digits === undefined) return undefined;
    const packageId = readGuid(guidText);
    const record = packageId && this.options.book.get(packageId);
    const held = record && attestedVersion(record, Number(digits));
    if (held) return { record, held };
    throw notHeld(packageId);
  }

  private findVersion(path: string): {
    readonly packageId: Guid;
    readonly held: HeldVersion;
    readonly isVersioned: boolean;
    readonly encodedPath: string;
  } {
    const [, guidText = '', rest = ''] = PACKAGE_PATH.exec(path) ?? [];
    const packageId = readGuid(guidText);
    const record = packageId && this.options.book.get(packageId);
    const [, digits = '', encodedPath = ''] = WITH_VERSION.exec(rest) ?? [];
    const version = record && attestedVersion(record, Number(digits));
    if (version) return { packageId: packageId!, held: version, isVersioned: true, encodedPath };
    // Ten digits are always meant as a version, so that one that is gone is not taken for a folder.
    const newest = record?.held.find(({ attestation }) => attestation !== undefined);
    if (newest && digits.length !== 10) {
      return { packageId: packageId!, held: newest, isVersioned: false, encodedPath: rest };
    }
    throw notHeld(packageId);
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

interface VersionAddress {
  readonly record: PackageRecord;
  readonly held: HeldVersion;
}

/** A GUID in a path: with or without braces, which may be percent-encoded. */
function readGuid(text: string): Guid | undefined {
  return parseGuid(text.replace(/%7b/i, '{').replace(/%7d/i, '}'));
}

function notHeld(packageId: Guid | undefined): CanopyError {
  const what = packageId ? `that version of ${packageId}` : 'such a package';
  return new CanopyError('NOT_FOUND', `This package server does not hold ${what}.`);
}
