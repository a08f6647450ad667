import { BlobServer } from '../../content/index.ts';
import type { Door } from '../http/door.ts';
import type { Host, Smp } from '../open-smp.ts';
import { blobsDoor, type BlobsDoorOptions } from './blobs-door.ts';
import { enrollDoor } from './enroll-door.ts';
import { wellKnownDoor } from './well-known-door.ts';

/** The doors for other nodes, beside GraphQL; see docs/protocol.md. */
export function nodeDoors(
  { content, context, database, identity }: Smp,
  { clock, logger }: Host,
  { nodes, authenticate }: Pick<BlobsDoorOptions, 'nodes' | 'authenticate'>,
): Door[] {
  const blobPath = content.paths.blob;
  const blobServer = new BlobServer({ objectPath: blobPath, clock, logger });
  return [
    wellKnownDoor({ identity, serverTimeMs: () => nodes.serverTimeMs }),
    enrollDoor({ context, tokens: database.enrollmentTokens }),
    blobsDoor({ nodes, authenticate, blobPath, blobServer }),
  ];
}
