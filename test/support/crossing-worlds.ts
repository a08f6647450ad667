import fc, { type Arbitrary } from 'fast-check';
import { rootHashOf, snapshotOf } from './catalog-drafts.ts';
import { catalogWorld, type CatalogWorld } from './catalog-world.ts';

/**
 * Random topologies in which crossing is likely: packages of the parent's whose newest version it
 * offers, few holders, and most package servers beside the SMP.
 */
export function crossingWorld(): Arbitrary<CatalogWorld> {
  const chances = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 40, maxLength: 40 });
  return fc.tuple(catalogWorld([2, 4, 5]), chances).map(([world, numbers]) => {
    let at = 0;
    const isLikely = (tenths: number): boolean => numbers[at++ % numbers.length]! < tenths;
    const packages = world.packages.map((one) => ({
      ...one,
      enabled: true,
      origin: 'REPLICATED' as const,
      assignmentMode: 'ALL' as const,
      internalVersion: 4,
    }));
    const packageServers = world.packageServers.map((server) => ({
      ...server,
      addresses: isLikely(8) ? world.smp.addresses : server.addresses,
      constrained: isLikely(3),
      enabled: isLikely(9),
    }));
    const holdings = world.holdings.filter(() => isLikely(2));
    const upstreamOffers = packages.map(({ id: packageId }) => ({
      packageId,
      internalVersion: 4,
      rootHash: rootHashOf(packageId, 4),
      sources: world.upstreamOffers[0]?.sources ?? [],
    }));
    const snapshots = packages.flatMap(({ id }) => [snapshotOf(id, 3), snapshotOf(id, 4)]);
    return { ...world, packages, packageServers, holdings, upstreamOffers, snapshots };
  });
}
