import type { AcceptReason, Asker } from './codebase.ts';
import type { Bits } from './bits.ts';
import type { Package, Site } from './model.ts';
import type { PackageIndex } from './package-index.ts';
import type { ReadModel } from './read-model.ts';
import type { ServerIndex } from './server-index.ts';

/** Which sources an asker may use by where it stands, before its own wishes are looked at. */
export interface Scope {
  /** The sources that are near enough, whatever they hold. */
  readonly reach: Bits;
  /**
   * Those of them that can deliver a version not below what was offered before: the silent ones
   * only when there are no others.
   */
  readonly deliverable: Bits;
  /** Added for an agent that has been trying too long (KB 180405, 179445). */
  readonly late: Bits;
  /** The asker's own sites' package servers. */
  readonly ownSite: Bits;
  /** Package servers by nearness, best first. */
  readonly tiers: readonly (readonly [AcceptReason, Bits])[];
  /** Nothing near was ready, so everything else is offered. */
  readonly fellBack: boolean;
  /** Sites that this question assigns the package to; nothing is offered until they are served. */
  readonly sitesToAssign: readonly Site[];
}

interface Inputs {
  readonly package: Package;
  readonly index: PackageIndex;
  readonly asker: Asker;
  readonly candidates: Bits;
}

export function scopeOf(model: ReadModel, inputs: Inputs): Scope {
  return inputs.asker.packageServer ? serverScope(model, inputs) : agentScope(model, inputs);
}

/**
 * Agents: ready servers of the own sites, or of the own subnet outside them; else everybody. A
 * silent server is not ready: it stays in reach, with everybody else beside it (docs/adr/0009).
 */
function agentScope(model: ReadModel, inputs: Inputs): Scope {
  const { servers } = model;
  const { asker, index, candidates } = inputs;
  const near = nearness(model, asker);
  const inSite = asker.sites.length > 0;
  const home = inSite ? near.site : near.subnet;
  const floor = floorOf(model, inputs);
  const fresh = index.versions
    .filter((one) => one.internalVersion >= floor)
    .reduce((mask, one) => mask.or(one.holders), servers.none);
  const able = candidates.and(fresh);
  const homeIsReady = !home.and(able).without(model.silent).isEmpty;
  const nearReach = (inSite ? home : home.or(servers.smp)).or(servers.external);
  const reach = homeIsReady ? nearReach : servers.all.without(servers.upstream);
  const heard = reach.and(able).without(model.silent);
  return {
    reach,
    deliverable: heard.isEmpty ? reach.and(able) : heard,
    late: inSite ? servers.smp.or(servers.smpSiteServers) : servers.none,
    ownSite: near.site,
    tiers: [
      ['SAME_SUBNET', near.subnet],
      ['OWN_SITE', near.site],
      ['SMP_SITE', homeIsReady ? servers.smpSiteServers : servers.none],
    ],
    fellBack: inSite && !homeIsReady,
    sitesToAssign: sitesToAssign(inputs),
  };
}

/** Package servers: the tiers SMP → unconstrained → constrained (KB 180052, 180299). */
function serverScope(model: ReadModel, inputs: Inputs): Scope {
  const { servers } = model;
  const { asker, candidates } = inputs;
  const near = nearness(model, asker);
  const reach = serverReach(model, asker, near.site).or(servers.upstream);
  return {
    reach,
    deliverable: reach.and(candidates),
    late: servers.none,
    ownSite: near.site,
    tiers: [
      ['SAME_SUBNET', near.subnet],
      ['OWN_SITE', near.site],
      ['UNCONSTRAINED', servers.unconstrained],
    ],
    fellBack: false,
    sitesToAssign: [],
  };
}

/** The sources of this SMP that a package server may use. */
export function serverReach(
  { servers, settings }: Pick<ReadModel, 'servers' | 'settings'>,
  asker: Asker,
  ownSite: Bits,
): Bits {
  if (asker.packageServer?.constrained) {
    const smpSiteIds = new Set(servers.smpSites.map((site) => site.id));
    const smpIsNear = asker.sites.some((site) => smpSiteIds.has(site.id));
    return smpIsNear ? ownSite.or(servers.smp) : ownSite;
  }
  const fromSmp = ownSite.or(servers.smp);
  if (settings.packageServersDownloadFromSmpOnly) return fromSmp;
  return fromSmp.or(servers.unconstrained).or(servers.external);
}

function nearness(model: ReadModel, asker: Asker): { site: Bits; subnet: Bits } {
  const { servers } = model;
  const site = ownSiteOf(servers, asker);
  let subnet = servers.none;
  for (const { subnets } of asker.derivations) {
    if (subnets[0]) subnet = subnet.or(servers.ofSubnet(subnets[0].id));
  }
  return { site, subnet };
}

/** Package servers of the asker's sites. */
export function ownSiteOf(servers: ServerIndex, asker: Asker): Bits {
  return asker.sites.reduce((mask, { id }) => mask.or(servers.ofSite(id)), servers.none);
}

/** What the asker's sites were offered before must not be undercut. */
function floorOf(model: ReadModel, { asker, index, package: one }: Inputs): number {
  let floor = 0;
  for (const site of asker.sites) {
    const reached = index.highestIn(model.servers.ofSite(site.id));
    floor = Math.max(floor, reached, model.siteOffer(site.id, one.id));
  }
  return Math.min(floor, one.internalVersion);
}

/** Automatic packages follow the askers that the catalogue knows (KB HOWTO63094). */
function sitesToAssign({ package: one, asker }: Inputs): readonly Site[] {
  if (one.assignmentMode !== 'AUTOMATIC' || !asker.computer) return [];
  return asker.sites.filter((site) => !one.siteIds.includes(site.id));
}
