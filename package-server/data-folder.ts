import { join } from 'node:path';
import { bracedGuid, type Guid } from '../core/guid.ts';

/**
 * What a package server keeps in its data directory `D`, beside the content store (see
 * `content/store-paths.ts`). The only file that builds these paths.
 *
 * ```
 * D/identity/node.key              private key, mode 0600
 * D/state.json                     enrolment, boot counter, what is held; see state-file.ts
 * D/state.json.journal             what changed since it was written
 * D/state/lock.db                  lock of the running process
 * D/sources.json                   measured speeds and errors of sources
 * D/status.address                 where the running process answers `status`, while it runs
 * D/incoming/{GUID}/               a package on its way, see delivery/package-folder.ts
 * D/Package Delivery/{GUID}/…      copied here from another package server, adopted (KB 180023)
 * ```
 */
export interface DataFolder {
  readonly root: string;
  readonly identity: string;
  readonly nodeKey: string;
  readonly state: string;
  readonly sources: string;
  readonly statusAddress: string;
  readonly incoming: string;
  readonly packageDelivery: string;
  incomingPackage(packageId: Guid): string;
}

export function dataFolder(root: string): DataFolder {
  const identity = join(root, 'identity');
  const incoming = join(root, 'incoming');
  return {
    root,
    identity,
    nodeKey: join(identity, 'node.key'),
    state: join(root, 'state.json'),
    sources: join(root, 'sources.json'),
    statusAddress: join(root, 'status.address'),
    incoming,
    packageDelivery: join(root, 'Package Delivery'),
    incomingPackage: (packageId) => join(incoming, bracedGuid(packageId)),
  };
}
