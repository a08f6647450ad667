import type { Bits } from './bits.ts';
import type { Asker, RejectRule } from './codebase.ts';
import type { Crossings } from './crossings.ts';
import { ownSiteOf, serverReach } from './decision-scope.ts';
import type { Package, PackageServer } from './model.ts';
import type { PackageIndex } from './package-index.ts';
import type { ReadModel } from './read-model.ts';
import type { ServerIndex } from './server-index.ts';
import type { Settings } from './settings.ts';

/** What the rules of crossing look at. */
export interface CrossingFacts {
  readonly package: Package;
  readonly servers: ServerIndex;
  readonly index: PackageIndex;
  readonly settings: Settings;
  readonly crossings: Crossings;
  readonly silent: Bits;
}

type CrossingRule = Extract<RejectRule, `CROSSING_${string}`>;

interface Check {
  readonly rule: CrossingRule;
  /** Whether the rule keeps this asker from the package servers of the parent. */
  readonly stops: (facts: CrossingFacts, asker: Asker) => boolean;
}

/** The one table of who may fetch across the hierarchy (KB 180299, 181808), in order of trial. */
export const CROSSING_CHECKS: readonly Check[] = [
  { rule: 'CROSSING_NOT_A_SERVER', stops: (_, { packageServer }) => !packageServer },
  { rule: 'CROSSING_LEGACY', stops: (_, asker) => asker.packageServer?.kind === 'LEGACY' },
  {
    rule: 'CROSSING_NOT_UNCONSTRAINED',
    stops: (_, { packageServer }) => packageServer?.constrained === true,
  },
  {
    rule: 'CROSSING_OUTSIDE_SMP_SITE',
    stops: ({ servers }, { packageServer }) =>
      packageServer !== undefined && !isIn(servers.smpSiteServers, servers, packageServer),
  },
  {
    rule: 'CROSSING_ASKER_DISABLED',
    stops: (_, { packageServer }) => packageServer?.enabled === false,
  },
  {
    rule: 'CROSSING_NOT_NEEDED',
    stops: (facts, asker) =>
      asker.packageServer !== undefined &&
      !isLeasedTo(facts, asker) &&
      !localHolders(facts, asker).isEmpty,
  },
  {
    rule: 'CROSSING_LEASED_TO_ANOTHER',
    stops: (facts, asker) => currentLease(facts) !== undefined && !isLeasedTo(facts, asker),
  },
  { rule: 'CROSSING_NOT_LEASED', stops: (facts) => currentLease(facts) === undefined },
];

/**
 * The first rule that keeps an asker from the package servers of the parent; `undefined` for the
 * one that holds the lease.
 */
export function crossingFault(facts: CrossingFacts, asker: Asker): CrossingRule | undefined {
  return CROSSING_CHECKS.find(({ stops }) => stops(facts, asker))?.rule;
}

/** The facts of one package that there is. */
export function crossingFacts(model: ReadModel, one: Package): CrossingFacts {
  const { servers, settings, crossings, silent } = model;
  return { package: one, servers, index: model.packageIndex(one.id), settings, crossings, silent };
}

/**
 * Package servers of this SMP that the asker can have the parent's version from; itself too, and
 * not the silent: bytes cross again when those that have them may be gone.
 */
export function localHolders(
  { servers, index, settings, silent }: CrossingFacts,
  asker: Asker,
): Bits {
  const holders = index.holdersOf(index.upstreamVersion) ?? servers.none;
  const self = asker.packageServer && servers.slotOf.get(asker.packageServer.id);
  const reach = serverReach({ servers, settings }, asker, ownSiteOf(servers, asker));
  const near = reach.without(silent);
  return holders
    .and(self === undefined ? near : near.or(servers.only(self)))
    .and(servers.servers.without(servers.claimed))
    .and(servers.enabled)
    .and(index.assigned)
    .and(index.published);
}

/** A lease of another version than the one offered is over. */
function currentLease({ crossings, package: one, index }: CrossingFacts) {
  const lease = crossings.leaseOf(one.id);
  return lease?.internalVersion === index.upstreamVersion ? lease : undefined;
}

function isLeasedTo(facts: CrossingFacts, { packageServer }: Asker): boolean {
  return packageServer !== undefined && currentLease(facts)?.packageServerId === packageServer.id;
}

/** Whether the rule lets a package server fetch across at all, whatever the package. */
export function isCrossingServer(
  { servers }: Pick<CrossingFacts, 'servers'>,
  server: PackageServer,
): boolean {
  const { kind, constrained, enabled } = server;
  if (kind === 'LEGACY' || constrained || !enabled) return false;
  return isIn(servers.smpSiteServers, servers, server);
}

function isIn(mask: Bits, servers: ServerIndex, { id }: PackageServer): boolean {
  const slot = servers.slotOf.get(id);
  return slot !== undefined && mask.has(slot);
}

/**
 * Whether a legacy package server is sent to the parent for a package: it could fetch across if it
 * were one of ours, and nothing here has the version that it is to hold.
 */
export function isRedirected(
  facts: CrossingFacts,
  asker: Asker,
  { offeredVersion }: { readonly offeredVersion: number },
): boolean {
  const { package: one, servers, crossings } = facts;
  const { packageServer } = asker;
  if (packageServer?.kind !== 'LEGACY' || packageServer.constrained) return false;
  if (!packageServer.enabled || !one.enabled || one.origin !== 'REPLICATED') return false;
  if (one.internalVersion === 0 || offeredVersion >= one.internalVersion) return false;
  return (
    isIn(servers.smpSiteServers, servers, packageServer) && !crossings.isRedirectBlocked(one.id)
  );
}
