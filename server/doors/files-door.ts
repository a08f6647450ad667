import type { Snapshot } from '../../catalog/model.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import {
  asksForBundle,
  createFileIndex,
  type FileIndex,
  type FileServer,
  type Manifest,
  type RangeBundleServer,
} from '../../content/index.ts';
import { CanopyError } from '../../core/errors.ts';
import { bracedGuid, parseGuid, type Guid } from '../../core/guid.ts';
import type { Random } from '../../core/random.ts';
import type { Door, Exchange } from '../http/door.ts';
import { limitKey } from '../http/peer.ts';
import { LIMITS } from '../limits.ts';
import { AnswerGate, resourceIdOf, tierOf } from './answer-gate.ts';
import { renderTextError, requireMethod } from './answers.ts';
import { LoadingCache } from './loading-cache.ts';
import { snapshotFor } from './offered-snapshot.ts';
import { snapshotKey } from './snapshot-document.ts';

export interface FilesDoorOptions {
  readonly model: () => ReadModel;
  readonly manifestOf: (snapshot: Snapshot) => Promise<Manifest>;
  readonly fileServer: Pick<FileServer, 'servePath'>;
  readonly bundleServer: Pick<RangeBundleServer, 'serve'>;
  readonly random: Random;
  /** Answers under way at once; default `LIMITS.files.concurrentAnswers`. */
  readonly concurrentAnswers?: number;
  /** Files of all indexes that are kept in memory; 500,000 when absent. */
  readonly indexedFiles?: number;
}

interface VersionIndex {
  readonly index: FileIndex;
  readonly fileCount: number;
}

const PATH = /^\/altiris\/packageshare\/([^/]+)\/(.+)$/i;
const WITH_VERSION = /^(\d{1,10})\/(.+)$/;
const VERSION_ALONE = /^(\d{1,10})\/?$/;

/**
 * Package files by name, letter case ignored: `/Altiris/PackageShare/{GUID}/{internalVersion}/…`
 * never serves anything else and may be cached for ever. Without the version it serves what is
 * offered to the client's address now, which `X-Canopy-Internal-Version` names; a top folder named
 * like a version is reached only with the version. Folders are not listed. The address of a version,
 * `/Altiris/PackageShare/{GUID}/{internalVersion}`, answers range bundles of it. Throws `BUSY` when
 * too many answers are being sent, agents first; whether there are range bundles is always answered.
 */
export function filesDoor(options: FilesDoorOptions): Door {
  const indexes = new LoadingCache<Snapshot, VersionIndex>({
    keyText: snapshotKey,
    load: async (snapshot) => {
      const manifest = await options.manifestOf(snapshot);
      return { index: createFileIndex(manifest), fileCount: manifest.files.length };
    },
    weightOf: ({ fileCount }) => fileCount + 1,
    maxWeight: options.indexedFiles ?? 500_000,
  });
  const serveFile = async ({ request, response, path, clientAddress }: Exchange): Promise<void> => {
    const model = options.model();
    const { packageId, version, encodedPath } = readPath(model, path);
    const snapshot = snapshotFor(model, { packageId, internalVersion: version, clientAddress });
    refuseReplicated(snapshot);
    const { index } = await indexes.get(snapshot);
    response.setHeader('X-Canopy-Internal-Version', snapshot.internalVersion);
    // A version is the second of its making and never returns, so it serves as the time at
    // which this address changed its content.
    const currentSinceMs = version === undefined ? snapshot.internalVersion * 1000 : undefined;
    await options.fileServer.servePath(request, response, {
      tree: { index, currentSinceMs },
      encodedPath,
    });
  };
  const serveBundle = async (exchange: Exchange, address: VersionAddress): Promise<void> => {
    const { request, response, clientAddress } = exchange;
    const model = options.model();
    const { packageId } = address;
    const snapshot = snapshotFor(model, { ...address, clientAddress });
    refuseReplicated(snapshot);
    const { index } = await indexes.get(snapshot);
    await options.bundleServer.serve(request, response, {
      index,
      indexOf: async (internalVersion) => {
        const other = model.snapshot(packageId, internalVersion);
        return other && (await indexes.get(other)).index;
      },
      client: limitKey(clientAddress),
    });
  };
  const gate = new AnswerGate(options.random);
  const limit = options.concurrentAnswers ?? LIMITS.files.concurrentAnswers;
  const reason = `Server is busy. ${limit} files are being sent.`;
  return {
    name: 'files',
    matches: (lowerPath) => lowerPath.startsWith('/altiris/packageshare/'),
    handle: async (exchange) => {
      const { request, response, path } = exchange;
      const version = asksForBundle(request) && readVersionAddress(path);
      if (!version) requireMethod(exchange, 'GET', 'HEAD');
      if (request.method !== 'OPTIONS') {
        const tier = tierOf(options.model(), resourceIdOf(exchange));
        gate.enter(response, { tier, limit, reason });
      }
      await (version ? serveBundle(exchange, version) : serveFile(exchange));
    },
    renderError: renderTextError,
  };
}

interface VersionAddress {
  readonly packageId: Guid;
  readonly internalVersion: number;
}

function readVersionAddress(path: string): VersionAddress | undefined {
  const [, guidText = '', rest = ''] = PATH.exec(path) ?? [];
  const packageId = readGuid(guidText);
  const [, digits] = VERSION_ALONE.exec(rest) ?? [];
  return packageId && digits ? { packageId, internalVersion: Number(digits) } : undefined;
}

/** A GUID in a path: with or without braces, which may be percent-encoded. */
function readGuid(text: string): Guid | undefined {
  return parseGuid(text.replace(/%7b/i, '{').replace(/%7d/i, '}'));
}

interface FilePath {
  readonly packageId: Guid;
  readonly version: number | undefined;
  readonly encodedPath: string;
}

function readPath(model: ReadModel, path: string): FilePath {
  const [, guidText = '', rest = ''] = PATH.exec(path) ?? [];
  const packageId = readGuid(guidText);
  if (!packageId) {
    throw new CanopyError('NOT_FOUND', 'There is no file at this address.', {
      hint: 'Files are at /Altiris/PackageShare/{GUID}/{version}/path; folders are not listed.',
    });
  }
  const [, digits = '', file = ''] = WITH_VERSION.exec(rest) ?? [];
  const version = Number(digits);
  // Ten digits are always meant as a version, so that one that is gone is not taken for a folder.
  const hasVersion = digits.length === 10 || model.snapshot(packageId, version) !== undefined;
  return hasVersion
    ? { packageId, version, encodedPath: file }
    : { packageId, version: undefined, encodedPath: rest };
}

/** The bytes of replicated packages go from package server to package server, never through here. */
function refuseReplicated({ packageId, origin }: Snapshot): void {
  if (origin === 'LOCAL') return;
  throw new CanopyError(
    'NOT_FOUND',
    `The package ${bracedGuid(packageId)} is replicated; its files are on package servers alone.`,
  );
}
