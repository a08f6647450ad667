import { stat } from 'node:fs/promises';
import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { BlobServer } from '../../content/index.ts';
import { CanopyError } from '../../core/errors.ts';
import { requireMethod } from '../doors/answers.ts';
import type { Door, Exchange } from '../http/door.ts';
import type { NodeAuthenticator } from './node-authenticator.ts';

export interface BlobsDoorOptions {
  readonly nodes: NodeAuthenticator;
  /** For people: as `Authenticator.authenticate`. */
  readonly authenticate: (
    authorization: string | undefined,
    clientAddress: string,
  ) => Promise<Principal | undefined>;
  readonly blobPath: (sha256: string) => string;
  readonly blobServer: Pick<BlobServer, 'serve'>;
}

const PATH = /^\/canopy\/v1\/blobs\/([0-9a-f]{64})$/;

/**
 * `/canopy/v1/blobs/{sha256}`: file manifests and chunk indexes, with ranges; what is under an
 * address never changes. For nodes, by signature, and for people, by bearer token.
 */
export function blobsDoor(options: BlobsDoorOptions): Door {
  return {
    name: 'blobs',
    matches: (lowerPath) => lowerPath.startsWith('/canopy/v1/blobs/'),
    async handle(exchange) {
      requireMethod(exchange, 'GET', 'HEAD');
      await requireReader(options, exchange);
      const sha256 = PATH.exec(exchange.lowerPath)?.[1];
      const found = sha256 === undefined ? undefined : await statBlob(options.blobPath(sha256));
      if (sha256 === undefined || !found) {
        throw new CanopyError('NOT_FOUND', 'There is no such manifest or chunk index here.');
      }
      const blob = {
        sha256,
        sizeBytes: found.size,
        lastModifiedMs: found.mtimeMs,
        immutable: true,
      };
      // Who may read one blob may read all.
      const target = { blob, mayRead: () => true };
      await options.blobServer.serve(exchange.request, exchange.response, target);
    },
  };
}

async function requireReader(options: BlobsDoorOptions, exchange: Exchange): Promise<void> {
  const node = options.nodes.authenticate(exchange);
  if (node) return options.nodes.requireReader(node.principal);
  const { authorization } = exchange.request.headers;
  requireRole(await options.authenticate(authorization, exchange.clientAddress), 'VIEWER');
}

async function statBlob(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
