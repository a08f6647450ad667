import type { Guid } from '../core/guid.ts';
import type { AddressDerivation, Asker } from './codebase.ts';
import type { Site } from './model.ts';
import { parseAddress } from './network.ts';
import type { ReadModel } from './read-model.ts';

/** What a request says of its sender. */
export interface Who {
  /** GUID of the computer or package server; unknown ones are served too. */
  readonly resourceId?: Guid | undefined;
  /** The addresses that the request lists; unreadable ones are left out. */
  readonly addresses: readonly string[];
  /** Used when it lists none and none are registered. */
  readonly peerAddress?: string | undefined;
}

/**
 * Where an asker stands: the longest-prefix subnet of each of its addresses gives a site, and
 * sites assigned by hand to the computer (or to the package server) are added (KB HOWTO63094).
 * Addresses come from the request, else from the catalogue, else from the connection.
 */
export function locateAsker(model: ReadModel, who: Who): Asker {
  const packageServer = who.resourceId && model.packageServer(who.resourceId);
  const computer = who.resourceId && model.computer(who.resourceId);
  const derivations = addressesOf(who, packageServer?.addresses ?? computer?.addresses)
    .map((address) => derive(model, address))
    .filter((one) => one !== undefined);
  const sites = new Map<Guid, Site>();
  for (const { site } of derivations) if (site) sites.set(site.id, site);
  const members = packageServer ? model.sitesOf(packageServer) : [];
  for (const { site } of members) sites.set(site.id, site);
  for (const id of computer?.manualSiteIds ?? []) {
    const site = model.site(id);
    if (site) sites.set(id, site);
  }
  return {
    resourceId: who.resourceId,
    packageServer: packageServer || undefined,
    computer: computer || undefined,
    derivations,
    sites: [...sites.values()],
  };
}

function addressesOf(who: Who, registered: readonly string[] | undefined): readonly string[] {
  if (who.addresses.length > 0) return who.addresses;
  if (registered && registered.length > 0) return registered;
  return who.peerAddress === undefined ? [] : [who.peerAddress];
}

function derive(model: ReadModel, text: string): AddressDerivation | undefined {
  const address = parseAddress(text);
  if (!address) return undefined;
  const subnets = model.networks.containing(address);
  const siteId = subnets[0]?.siteId;
  return {
    address: address.text,
    subnets,
    site: siteId === undefined ? undefined : model.site(siteId),
  };
}
