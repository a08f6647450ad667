import { BlobServer } from '../../content/index.ts';
import type { MembershipInputs } from '../../hierarchy/membership/relations.ts';
import type { Door } from '../http/door.ts';
import type { Host, Smp } from '../open-smp.ts';
import { blobsDoor, type BlobsDoorOptions } from './blobs-door.ts';
import { enrollDoor } from './enroll-door.ts';
import { admitDoor, leaveDoor } from './membership-doors.ts';
import { wellKnownDoor } from './well-known-door.ts';

/** The doors for other nodes, beside GraphQL; see docs/protocol.md. */
export function nodeDoors(
  { content, context, database, identity }: Smp,
  { clock, logger }: Host,
  {
    nodes,
    authenticate,
    membership,
  }: Pick<BlobsDoorOptions, 'nodes' | 'authenticate'> & { readonly membership: MembershipInputs },
): Door[] {
  const blobPath = content.paths.blob;
  const blobServer = new BlobServer({ objectPath: blobPath, clock, logger });
  return [
    wellKnownDoor({ identity, serverTimeMs: () => nodes.serverTimeMs }),
    enrollDoor({ context, tokens: database.enrollmentTokens }),
    admitDoor(membership),
    leaveDoor(membership),
    blobsDoor({ nodes, authenticate, blobPath, blobServer }),
  ];
}
