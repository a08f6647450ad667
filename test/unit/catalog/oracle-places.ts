import type { Package, PackageServer } from '../../../catalog/model.ts';
import type { CatalogWorld } from '../../support/catalog-world.ts';
import { longestPrefix } from './oracle-network.ts';

/** Which subnets and sites something stands in. */
export interface Place {
  /** The deciding subnet of each address: the one of the longest prefix. */
  readonly subnetIds: ReadonlySet<string>;
  readonly siteIds: ReadonlySet<string>;
}

export function placeAt(
  world: CatalogWorld,
  addresses: readonly string[],
  manualSiteIds: readonly string[] = [],
): Place {
  const subnetIds = new Set<string>();
  const siteIds = new Set<string>(manualSiteIds);
  for (const address of addresses) {
    const subnet = longestPrefix(world.subnets, address);
    if (subnet) subnetIds.add(subnet.id);
    if (subnet?.siteId) siteIds.add(subnet.siteId);
  }
  return { subnetIds, siteIds };
}

/** A package server serves the sites of its addresses and those it was assigned to by hand. */
export function placesOfServers(world: CatalogWorld): ReadonlyMap<PackageServer, Place> {
  return new Map(
    world.packageServers.map((one) => [one, placeAt(world, one.addresses, one.manualSiteIds)]),
  );
}

export function overlap(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return [...left].some((one) => right.has(one));
}

/** Whether the mode of a package gives it to a package server. */
export function isAssigned(
  one: Package,
  server: PackageServer,
  places: ReadonlyMap<PackageServer, Place>,
): boolean {
  if (one.origin === 'LOCAL' && one.sourceState === 'UNVERIFIED') return false;
  if (one.assignmentMode === 'ALL') return true;
  if (one.assignmentMode === 'INDIVIDUALLY') return one.packageServerIds.includes(server.id);
  return overlap(places.get(server)!.siteIds, new Set<string>(one.siteIds));
}
