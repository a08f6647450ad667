import type { Snapshot } from '../../catalog/model.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Manifest } from '../../content/manifest.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import { CONVENTIONS } from '../../legacy/conventions.ts';
import { elementsNamed, readXml } from '../../legacy/xml-reader.ts';
import type { Door, Exchange } from '../http/door.ts';
import { LIMITS } from '../limits.ts';
import { renderTextError, requireMethod } from './answers.ts';
import { LoadingCache } from './loading-cache.ts';
import { snapshotFor } from './offered-snapshot.ts';
import { queryParameters } from './query-parameters.ts';
import { snapshotDocument, snapshotKey } from './snapshot-document.ts';

export interface SnapshotDoorOptions {
  readonly model: () => ReadModel;
  readonly manifestOf: (snapshot: Snapshot) => Promise<Manifest>;
  /** Public key of a node, SPKI DER in base64; `undefined` when it is not known here. */
  readonly publicKeyOf: (nodeId: string) => string | undefined;
  /** Memory for rendered documents; 32 MiB when absent. */
  readonly cacheBytes?: number;
}

const PATH = /^\/altiris\/ns\/agent\/(?:(\d{1,10})\/)?getpackagesnapshot\.aspx?$/;

/**
 * The `FolderSnapShot` of one package version: the one in the path, else the one that is offered
 * to the client's address now. `ETag` is the version; the owner's signature, with what it covers,
 * is in headers (`X-Canopy-…`), because the document is the incumbent's.
 */
export function snapshotDoor(options: SnapshotDoorOptions): Door {
  const documents = new LoadingCache<Snapshot, Buffer>({
    keyText: snapshotKey,
    load: async (snapshot) => snapshotDocument(snapshot, await options.manifestOf(snapshot)),
    weightOf: (document) => document.length,
    maxWeight: options.cacheBytes ?? 32 * 2 ** 20,
  });
  return {
    name: 'snapshot',
    matches: (lowerPath) => PATH.test(lowerPath),
    handle: async (exchange) => {
      requireMethod(exchange, 'GET', 'HEAD');
      const version = PATH.exec(exchange.lowerPath)![1];
      const snapshot = snapshotFor(options.model(), {
        packageId: packageAsked(exchange.query),
        internalVersion: version === undefined ? undefined : Number(version),
        clientAddress: exchange.clientAddress,
      });
      const headers = snapshotHeaders(snapshot, options.publicKeyOf(snapshot.ownerNodeId));
      if (isHeld(exchange, headers.ETag!)) {
        exchange.response.writeHead(304, headers).end();
        return;
      }
      const body = await documents.get(snapshot);
      exchange.response.writeHead(200, {
        'Content-Type': 'text/xml; charset=utf-8',
        'Content-Length': body.length,
        ...headers,
      });
      exchange.response.end(body);
    },
    renderError: renderTextError,
  };
}

/** The headers that prove a snapshot; `X-Canopy-Public-Key` is left out when it is not known. */
function snapshotHeaders(
  snapshot: Snapshot,
  publicKey: string | undefined,
): Readonly<Record<string, string>> {
  return {
    ETag: `"${snapshot.internalVersion}"`,
    // Kept copies must be asked about: without a version the address means another one tomorrow.
    'Cache-Control': 'no-cache',
    'X-Canopy-Internal-Version': String(snapshot.internalVersion),
    'X-Canopy-Root-Hash': snapshot.rootHash,
    'X-Canopy-Node-Id': snapshot.ownerNodeId,
    'X-Canopy-Signature': snapshot.signature,
    ...(publicKey === undefined ? {} : { 'X-Canopy-Public-Key': publicKey }),
  };
}

/** RFC 9110 §13.1.2: weak comparison, or `*`. */
function isHeld(exchange: Exchange, etag: string): boolean {
  const held = exchange.request.headers['if-none-match'];
  if (held === undefined) return false;
  return held.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '');
    return bare === etag || bare === '*';
  });
}

/**
 * The agent adds the package to the address by itself, and no source tells how. Taken in this
 * order: a known parameter, a `guid` inside an `xml` parameter, any parameter (or bare query) that
 * is a GUID.
 */
function packageAsked(query: string): Guid {
  const parameters = queryParameters(query);
  for (const name of CONVENTIONS.snapshotPackageParameters) {
    const guid = parseGuid(parameters.get(name) ?? '');
    if (guid) return guid;
  }
  const guid = guidInXml(parameters.get('xml')) ?? anyGuid(parameters);
  if (guid) return guid;
  throw new CanopyError('MALFORMED_REQUEST', 'The address names no package by its GUID.', {
    path: ['PackageId'],
    hint: 'Send ?PackageId={GUID}.',
  });
}

function guidInXml(xml: string | undefined): Guid | undefined {
  if (xml === undefined || xml === '') return undefined;
  const root = readXml(xml, 'GetPackageSnapshot request', LIMITS.xml);
  for (const element of elementsNamed(root, 'package')) {
    const guid = parseGuid(element.attributes.guid ?? '');
    if (guid) return guid;
  }
  return parseGuid(root.attributes.guid ?? '');
}

function anyGuid(parameters: ReadonlyMap<string, string>): Guid | undefined {
  for (const [name, value] of parameters) {
    const guid = parseGuid(value) ?? parseGuid(name);
    if (guid) return guid;
  }
  return undefined;
}
