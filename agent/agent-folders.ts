import { join } from 'node:path';
import { bracedGuid, type Guid } from '../core/guid.ts';

/**
 * The agent's files, named as in the original; the only file that builds these paths.
 *
 *     {folder}/
 *       Client Policies/
 *         smp1.example.xml             the policies as the server last sent them
 *       Software Delivery/
 *         sources.json                 measured speeds and errors of sources
 *         trusted-owners.json          keys of package owners, pinned at first use
 *         {46D50E6E-…}/                one package; see delivery/package-folder.ts for the rest
 *           package.xml                the server's last answer of GetPackageInfo
 *           snapshot.xml               the snapshot that `cache` was verified against
 *           cache                      the files
 */
export interface AgentFolders {
  readonly sources: string;
  readonly trustedOwners: string;
  policies(smpUrl: string): string;
  package(packageId: Guid): string;
  packageXml(packageId: Guid): string;
  snapshotXml(packageId: Guid): string;
}

export function agentFolders(folder: string): AgentFolders {
  const delivery = join(folder, 'Software Delivery');
  const packageFolder = (packageId: Guid): string => join(delivery, bracedGuid(packageId));
  return {
    sources: join(delivery, 'sources.json'),
    trustedOwners: join(delivery, 'trusted-owners.json'),
    policies: (smpUrl) => join(folder, 'Client Policies', `${serverName(smpUrl)}.xml`),
    package: packageFolder,
    packageXml: (packageId) => join(packageFolder(packageId), 'package.xml'),
    snapshotXml: (packageId) => join(packageFolder(packageId), 'snapshot.xml'),
  };
}

/** The host, and the port unless it is the scheme's own; fit for a file name on any system. */
export function serverName(smpUrl: string): string {
  return new URL(smpUrl).host.replace(/[[\]]/g, '').replaceAll(':', '_');
}
