import { makeOffer, urlText } from '../../catalog/codebase.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { UpstreamOffer, UpstreamServer } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';

/**
 * Where package servers of this SMP's own site have the current version of a package proven and
 * published: what package servers of a child may fetch. `undefined` when nobody has it yet. This
 * SMP itself and legacy package servers are no sources across the hierarchy (KB 180299).
 */
export function offerFor(model: ReadModel, packageId: Guid): UpstreamOffer | undefined {
  const one = model.package(packageId);
  if (!one?.enabled) return undefined;
  const { internalVersion } = one;
  const snapshot = model.snapshot(packageId, internalVersion);
  if (!snapshot) return undefined;
  const { servers } = model;
  const index = model.packageIndex(packageId);
  const holders = (index.holdersOf(internalVersion) ?? servers.none)
    .and(servers.smpSiteServers)
    .and(servers.enabled)
    .and(index.assigned)
    .and(index.published)
    .without(servers.claimed);
  if (holders.isEmpty) return undefined;
  const offer = makeOffer({ package: one, internalVersion, snapshot, origin: '' });
  const sources = [...holders.members()].map((slot) => {
    const source = servers.sources[slot]!;
    return {
      packageServerId: source.packageServer!.id,
      name: source.name,
      urls: index.urlsOf(slot, source).map((shape) => urlText(shape, offer)),
    };
  });
  return { packageId, internalVersion, rootHash: snapshot.rootHash, sources };
}

/** The package servers of this SMP's own site, by name: those that {@link offerFor} may name. */
export function upstreamServers({ servers, settings }: ReadModel): UpstreamServer[] {
  const eligible = servers.smpSiteServers.and(servers.enabled).without(servers.claimed);
  return [...eligible.members()].map((slot) => {
    const { packageServer, name } = servers.sources[slot]!;
    const { id, httpsUrl, httpUrl, publicationTypes } = packageServer!;
    const { https, http } = publicationTypes ?? settings.packageServerPublication;
    const urls = [https ? httpsUrl : '', http ? httpUrl : ''].filter((url) => url !== '');
    return { packageServerId: id, name, urls };
  });
}
