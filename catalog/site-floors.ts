import type { Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { PackageServer, Subnet } from './model.ts';
import { networkContains, parseAddress, parseNetwork } from './network.ts';
import type { CatalogTransaction } from './ports.ts';
import { decidingSubnets } from './server-index.ts';
import { SubnetIndex } from './subnet-index.ts';

/**
 * A site that loses a package server must still not be offered less than that server delivered
 *: what it reached is stored as the site's own floor, in the same transaction.
 */
export async function keepFloors(
  tx: CatalogTransaction,
  packageServerId: Guid,
  siteIds: readonly Guid[],
): Promise<void> {
  if (siteIds.length === 0) return;
  const holdings = await tx.list('holding', `${packageServerId}/`);
  for (const siteId of siteIds) {
    const offers = await tx.list('siteOffer', `${siteId}/`);
    const floors = new Map(offers.map((offer) => [offer.packageId, offer.internalVersion]));
    for (const { packageId, highestVersion } of holdings) {
      if (highestVersion <= (floors.get(packageId) ?? 0)) continue;
      tx.put('siteOffer', { siteId, packageId, internalVersion: highestVersion });
    }
  }
}

/** The same for a server whose addresses change. */
export async function keepFloorsOfMovedServer(
  { model }: CatalogContext,
  tx: CatalogTransaction,
  after: PackageServer,
): Promise<void> {
  await keepFloors(tx, after.id, lostSites(model.sitesOf(after), after, model.networks));
}

/** The same for every server that a new, changed or deleted subnet moves to another site. */
export async function keepFloorsOfMovedSubnet(
  { model }: CatalogContext,
  tx: CatalogTransaction,
  { before, after }: { readonly before: Subnet | undefined; readonly after: Subnet | undefined },
): Promise<void> {
  const networks = [before, after].flatMap((one) => parseNetwork(one?.network ?? '') ?? []);
  const moved = [...model.packageServers()].filter(({ addresses }) =>
    addresses.some((text) => networks.some(({ network }) => isInside(text, network))),
  );
  if (moved.length === 0) return;
  const id = (before ?? after)?.id;
  const others = [...model.subnets()].filter((one) => one.id !== id);
  const next = new SubnetIndex(after ? [...others, after] : others);
  for (const server of moved) {
    await keepFloors(tx, server.id, lostSites(model.sitesOf(server), server, next));
  }
}

type Network = NonNullable<ReturnType<typeof parseNetwork>>['network'];

function isInside(addressText: string, network: Network): boolean {
  const address = parseAddress(addressText);
  if (!address) return false;
  const prefixLength = address.bytes.length * 8;
  return networkContains(network, { ...address, prefixLength, cidr: '' });
}

function lostSites(
  memberships: readonly { readonly site: { readonly id: Guid } }[],
  after: PackageServer,
  networks: SubnetIndex,
): Guid[] {
  const bySubnet = decidingSubnets(after.addresses, networks).map((subnet) => subnet.siteId);
  const kept = new Set<Guid | undefined>([...after.manualSiteIds, ...bySubnet]);
  return memberships.map(({ site }) => site.id).filter((siteId) => !kept.has(siteId));
}
