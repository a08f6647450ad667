import type { Asker } from '../../catalog/codebase.ts';
import {
  crossingFacts,
  crossingFault,
  isCrossingServer,
  localHolders,
} from '../../catalog/crossing-rules.ts';
import { locateAsker } from '../../catalog/locate-asker.ts';
import type { Package, PackageServer } from '../../catalog/model.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Guid } from '../../core/guid.ts';

/** One package server that may fetch across, with what the decision knows of it. */
export interface CrossingServer {
  readonly packageServer: PackageServer;
  readonly asker: Asker;
}

/** The package servers that the rule lets fetch across, by name. */
export function crossingServers(model: ReadModel): CrossingServer[] {
  return [...model.packageServers()]
    .filter((server) => isCrossingServer(model, server))
    .map((packageServer) => ({
      packageServer,
      asker: locateAsker(model, { resourceId: packageServer.id, addresses: [] }),
    }));
}

/** The package, when its current version can be had from the parent's package servers. */
export function crossablePackage(model: ReadModel, packageId: Guid): Package | undefined {
  // Most packages do not come from the parent: nothing else is looked at for them.
  if (!model.tree.upstreamOffer(packageId)) return undefined;
  const one = model.package(packageId);
  if (!one?.enabled || one.internalVersion === 0) return undefined;
  return model.packageIndex(packageId).upstreamVersion === one.internalVersion ? one : undefined;
}

/** Whether the version is missing here and this package server may be the one that fetches it. */
export function mayTake(
  model: ReadModel,
  one: Package,
  { packageServer, asker }: CrossingServer,
): boolean {
  const facts = crossingFacts(model, one);
  const { servers, index } = facts;
  const slot = servers.slotOf.get(packageServer.id)!;
  if (!index.assigned.has(slot) || index.holdersOf(one.internalVersion)?.has(slot)) return false;
  return crossingFault(facts, asker) === 'CROSSING_NOT_LEASED';
}

/** Whether the holder of a lease may go on: the rule still lets it, and nobody has the version. */
export function mayKeep(
  model: ReadModel,
  one: Package,
  { packageServer, asker }: CrossingServer,
): boolean {
  const facts = crossingFacts(model, one);
  const { servers, index } = facts;
  const slot = servers.slotOf.get(packageServer.id);
  if (slot === undefined || !index.assigned.has(slot)) return false;
  if (index.holdersOf(one.internalVersion)?.has(slot)) return false;
  return crossingFault(facts, asker) === undefined && localHolders(facts, asker).isEmpty;
}
