import {
  GetPackageServerDocument,
  GetSiteDocument,
  ListPackageStatusDocument,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { collectPages } from '../collect-pages.ts';
import { byGuidOrName, present } from '../look-up.ts';
import type { CatalogSnapshot } from './catalog-snapshots.ts';

/** A package that package servers of a site should have in its current version, and have not. */
export interface LackedPackage {
  readonly snapshot: CatalogSnapshot;
  /** Names of those that lack it. */
  readonly packageServers: readonly string[];
}

interface SitePackageServer {
  readonly guid: string;
  readonly name: string;
  readonly siteGuids: ReadonlySet<string>;
  /** GUIDs of the packages whose current version it can deliver. */
  readonly upToDate: ReadonlySet<string>;
}

/** What the enabled package servers of a site lack, by what they reported to the SMP. */
export async function lackedBySite(
  client: SmpClient,
  site: string,
  snapshots: readonly CatalogSnapshot[],
): Promise<LackedPackage[]> {
  const servers = await packageServersOf(client, site);
  return snapshots
    .filter(({ isAssignable }) => isAssignable)
    .map((snapshot) => ({
      snapshot,
      packageServers: servers
        .filter((server) => isAssigned(snapshot, server))
        .filter(({ upToDate }) => !upToDate.has(snapshot.packageId))
        .map(({ name }) => name),
    }))
    .filter(({ packageServers }) => packageServers.length > 0);
}

/** The four modes of assignment, as the console names them. */
function isAssigned(snapshot: CatalogSnapshot, server: SitePackageServer): boolean {
  const { assignmentMode, packageServerIds, siteIds } = snapshot;
  if (assignmentMode === 'ALL') return true;
  if (assignmentMode === 'INDIVIDUALLY') return packageServerIds.some((id) => id === server.guid);
  return siteIds.some((id) => server.siteGuids.has(id));
}

async function packageServersOf(client: SmpClient, text: string): Promise<SitePackageServer[]> {
  const { site } = await client.execute(GetSiteDocument, { by: byGuidOrName(text) });
  const servers: SitePackageServer[] = [];
  for (const { packageServer } of present('site', text, site).packageServers) {
    const by = { guid: packageServer.guid };
    const answer = await client.execute(GetPackageServerDocument, { by });
    if (!answer.packageServer?.enabled) continue;
    const where = { packageServer: { eq: packageServer.guid } };
    const rows = await collectPages(
      undefined,
      async (page) =>
        (await client.execute(ListPackageStatusDocument, { where, ...page })).packageStatusRows,
    );
    servers.push({
      ...packageServer,
      siteGuids: new Set(answer.packageServer.sites.map((one) => one.site.guid)),
      upToDate: new Set(rows.filter((row) => row.upToDate).map((row) => row.packageGuid)),
    });
  }
  return servers;
}
