import type {
  AcceptReason,
  DecisionEffect,
  RejectRule,
  Trust,
  UrlKind,
} from '../../../catalog/codebase.ts';
import type * as m from '../../../catalog/model.ts';
import type { Guid } from '../../../core/guid.ts';
import type { CatalogWorld, Question } from '../../support/catalog-world.ts';
import { candidatesOf, compareCandidates, holdingOf, type Candidate } from './oracle-candidates.ts';
import { isAssigned, overlap, placeAt, placesOfServers, type Place } from './oracle-places.ts';

/** As `Candidate.id`. */
export type CandidateId = string;

export interface Verdict {
  readonly siteIds: ReadonlySet<string>;
  readonly offeredVersion: number;
  /** Where a legacy package server is sent instead. */
  readonly redirect: string | undefined;
  readonly codebases: readonly VerdictCodebase[];
  /** For each candidate that is not offered, every rule that it breaks, in the order of trial. */
  readonly broken: ReadonlyMap<CandidateId, readonly RejectRule[]>;
  readonly effects: readonly DecisionEffect[];
}

export interface VerdictCodebase {
  readonly candidateId: CandidateId;
  readonly url: string;
  readonly kind: UrlKind | 'EXTERNAL';
  readonly trust: Trust;
  readonly reason: AcceptReason;
}

/**
 * The codebase decision by brute force: every candidate is looked at on its own, with loops over
 * plain lists, against the rules as they are written down (docs/adr/0002, KB 180405, KB 204355).
 */
export function judge(world: CatalogWorld, question: Question): Verdict {
  return new Judge(world, question).verdict();
}

/** Every codebase of a package's current version, whoever asks; in no order. */
export function listOf(world: CatalogWorld, packageId: Guid): Omit<VerdictCodebase, 'reason'>[] {
  const one = world.packages.find(({ id }) => id === packageId)!;
  const places = placesOfServers(world);
  if (!one.enabled) return [];
  return candidatesOf(world, one, world.smp.publicUrl).flatMap((candidate) => {
    const { id: candidateId, trust, server } = candidate;
    if (trust === 'UPSTREAM') return [];
    if (server && !(server.enabled && isAssigned(one, server, places))) return [];
    if (!candidate.versions.includes(one.internalVersion)) return [];
    return candidate
      .codebases(one.internalVersion)
      .map((codebase) => ({ candidateId, trust, ...codebase }));
  });
}

const BEST_FIRST: readonly AcceptReason[] = [
  'SAME_SUBNET',
  'OWN_SITE',
  'SMP_SITE',
  'UNCONSTRAINED',
  'ANY_SITE',
  'PARENT_SMP_SITE',
  'SMP',
  'EXTERNAL',
  'SILENT',
  'CLAIMED',
];
const RULE_ORDER: readonly RejectRule[] = [
  'PACKAGE_DISABLED',
  'ASKER_ITSELF',
  'SERVER_DISABLED',
  'NOT_ASSIGNED',
  'NO_BYTES',
  'NOT_READY',
  'NO_PUBLISHED_ADDRESS',
  'CROSSING_NOT_A_SERVER',
  'CROSSING_LEGACY',
  'CROSSING_NOT_UNCONSTRAINED',
  'CROSSING_OUTSIDE_SMP_SITE',
  'CROSSING_ASKER_DISABLED',
  'CROSSING_NOT_NEEDED',
  'CROSSING_LEASED_TO_ANOTHER',
  'CROSSING_NOT_LEASED',
  'REDIRECTED_TO_PARENT',
  'AUTOMATIC_SITE_PENDING',
  'CONSTRAINED_ASKER',
  'SMP_ONLY',
  'OUTSIDE_SCOPE',
  'WITHHELD_FROM_SITE',
  'DENIED_SMP',
  'DENIED_EXTERNAL',
  'NOTHING_TO_OFFER',
  'OTHER_VERSION',
];

class Judge {
  private readonly world: CatalogWorld;
  private readonly question: Question;
  private readonly package: m.Package;
  private readonly asker: m.PackageServer | undefined;
  private readonly computer: m.Computer | undefined;
  private readonly places: ReadonlyMap<m.PackageServer, Place>;
  private readonly subnetIds: ReadonlySet<string>;
  private readonly siteIds: ReadonlySet<string>;
  private readonly smpSiteIds: ReadonlySet<string>;
  private readonly candidates: readonly Candidate[];
  private readonly floor: number;
  private readonly homeIsReady: boolean;

  constructor(world: CatalogWorld, question: Question) {
    this.world = world;
    this.question = question;
    this.package = world.packages.find((one) => one.id === question.packageId)!;
    this.asker = world.packageServers.find((one) => one.id === question.resourceId);
    this.computer = world.computers.find((one) => one.id === question.resourceId);
    this.places = placesOfServers(world);
    const place = placeAt(world, this.askerAddresses(), this.computer?.manualSiteIds);
    this.subnetIds = place.subnetIds;
    const served = this.asker ? this.places.get(this.asker)!.siteIds : [];
    this.siteIds = new Set([...place.siteIds, ...served]);
    this.smpSiteIds = placeAt(world, world.smp.addresses).siteIds;
    this.candidates = candidatesOf(world, this.package, question.origin);
    const floors = [...this.siteIds].map((siteId) => this.siteFloor(siteId));
    this.floor = this.asker ? 0 : Math.max(0, ...floors);
    this.homeIsReady = this.candidates.some(
      (one) => this.isHome(one) && this.isFresh(one) && !this.isSilent(one.server),
    );
  }

  verdict(): Verdict {
    const offeredVersion = this.offeredVersion();
    const broken = new Map<CandidateId, RejectRule[]>();
    const accepted: { candidate: Candidate; reason: AcceptReason }[] = [];
    for (const candidate of this.candidates) {
      const rules = this.brokenRules(candidate, offeredVersion);
      if (rules.length > 0) broken.set(candidate.id, rules);
      else accepted.push({ candidate, reason: this.reasonFor(candidate) });
    }
    accepted.sort(
      (a, b) =>
        BEST_FIRST.indexOf(a.reason) - BEST_FIRST.indexOf(b.reason) ||
        // Those of the parent stay in its order.
        (a.reason === 'PARENT_SMP_SITE' ? 0 : compareCandidates(a.candidate, b.candidate)),
    );
    const codebases = accepted.flatMap(({ candidate, reason }) =>
      candidate
        .codebases(offeredVersion)
        .map((one) => ({ candidateId: candidate.id, trust: candidate.trust, reason, ...one })),
    );
    return {
      siteIds: this.siteIds,
      offeredVersion,
      redirect: this.redirect(offeredVersion),
      codebases,
      broken,
      effects: this.effects(offeredVersion),
    };
  }

  // Where the asker stands.

  private askerAddresses(): readonly string[] {
    if (this.question.addresses.length > 0) return this.question.addresses;
    const registered = this.asker ? this.asker.addresses : (this.computer?.addresses ?? []);
    if (registered.length > 0) return registered;
    return this.question.peerAddress === undefined ? [] : [this.question.peerAddress];
  }

  private serves(server: m.PackageServer, siteIds: ReadonlySet<string>): boolean {
    return overlap(this.places.get(server)!.siteIds, siteIds);
  }

  private sharesSubnet(server: m.PackageServer): boolean {
    return overlap(this.places.get(server)!.subnetIds, this.subnetIds);
  }

  // What a candidate is able to deliver.

  private inabilities(candidate: Candidate): RejectRule[] {
    const { server } = candidate;
    const rules: RejectRule[] = [];
    if (!this.package.enabled) rules.push('PACKAGE_DISABLED');
    if (server && server === this.asker) rules.push('ASKER_ITSELF');
    if (server && !server.enabled) rules.push('SERVER_DISABLED');
    if (server && !isAssigned(this.package, server, this.places)) rules.push('NOT_ASSIGNED');
    if (candidate.versions.length === 0) rules.push(server ? 'NOT_READY' : 'NO_BYTES');
    if (candidate.codebases(1).length === 0) rules.push('NO_PUBLISHED_ADDRESS');
    if (candidate.trust === 'UPSTREAM') rules.push(...this.crossingFaults());
    return rules;
  }

  // Who may fetch across the hierarchy: one unconstrained package server of ours in the SMP's site,
  // for as long as it holds the lease.

  private crossingFaults(): RejectRule[] {
    const { asker, world } = this;
    if (!asker) return ['CROSSING_NOT_A_SERVER'];
    if (asker.kind === 'LEGACY') return ['CROSSING_LEGACY'];
    if (asker.constrained) return ['CROSSING_NOT_UNCONSTRAINED'];
    if (!this.serves(asker, this.smpSiteIds)) return ['CROSSING_OUTSIDE_SMP_SITE'];
    if (!asker.enabled) return ['CROSSING_ASKER_DISABLED'];
    const ofPackage = (one: { readonly packageId: Guid }): boolean =>
      one.packageId === this.package.id;
    const { internalVersion } = world.upstreamOffers.find(ofPackage)!;
    const lease = world.leases.find(
      (one) => ofPackage(one) && one.internalVersion === internalVersion,
    );
    if (lease?.packageServerId === asker.id) return [];
    for (const server of world.packageServers) {
      if (this.isSourceFor(asker, server, internalVersion)) return ['CROSSING_NOT_NEEDED'];
    }
    return [lease ? 'CROSSING_LEASED_TO_ANOTHER' : 'CROSSING_NOT_LEASED'];
  }

  /** Whether a package server of ours has a proven version where the asker can get it. */
  private isSourceFor(asker: m.PackageServer, server: m.PackageServer, version: number): boolean {
    if (server.kind === 'LEGACY' || !server.enabled) return false;
    if (!isAssigned(this.package, server, this.places)) return false;
    const candidate = this.candidates.find(({ id }) => id === server.id)!;
    if (candidate.codebases(version).length === 0) return false;
    if (server !== asker && this.isSilent(server)) return false;
    if (!candidate.versions.includes(version)) return false;
    return server === asker || this.isInReachOfServer(candidate, asker);
  }

  private redirect(offeredVersion: number): string | undefined {
    const { asker, package: one, world } = this;
    const parent = world.parents.find(({ state }) => state === 'JOINED');
    if (!parent || parent.metadataOnly || one.origin === 'LOCAL' || !one.enabled) return undefined;
    if (asker?.kind !== 'LEGACY' || asker.constrained || !asker.enabled) return undefined;
    if (!this.serves(asker, this.smpSiteIds)) return undefined;
    if (world.blockedRedirects.includes(one.id)) return undefined;
    return offeredVersion < one.internalVersion ? parent.url : undefined;
  }

  /** It was not heard for long; one of the old kind is never heard. */
  private isSilent(server: m.PackageServer | undefined): boolean {
    return server?.kind === 'CANOPY' && this.world.silentIds.includes(server.id);
  }

  /** It can deliver something that is not below what was offered before. */
  private isFresh(candidate: Candidate): boolean {
    return this.isAble(candidate) && candidate.versions.some((version) => version >= this.floor);
  }

  private isAble(candidate: Candidate): boolean {
    return this.inabilities(candidate).length === 0;
  }

  // How far the asker reaches.

  private isHome(candidate: Candidate): boolean {
    if (!candidate.server) return false;
    if (this.siteIds.size > 0) return this.serves(candidate.server, this.siteIds);
    return this.sharesSubnet(candidate.server);
  }

  private siteFloor(siteId: string): number {
    let floor = 0;
    for (const server of this.world.packageServers) {
      if (!this.serves(server, new Set([siteId]))) continue;
      floor = Math.max(floor, holdingOf(this.world, this.package, server)?.highestVersion ?? 0);
    }
    for (const offer of this.world.siteOffers) {
      if (offer.siteId !== siteId || offer.packageId !== this.package.id) continue;
      floor = Math.max(floor, offer.internalVersion);
    }
    return Math.min(floor, this.package.internalVersion);
  }

  private isInReach(candidate: Candidate): boolean {
    return this.asker
      ? this.isInReachOfServer(candidate, this.asker)
      : this.isInReachOfAgent(candidate);
  }

  private isInReachOfAgent(candidate: Candidate): boolean {
    if (candidate.trust === 'UPSTREAM') return false;
    if (!this.homeIsReady) return true;
    if (candidate.id === 'SMP') return this.siteIds.size === 0;
    return candidate.id === 'EXTERNAL' || this.isHome(candidate);
  }

  private isInReachOfServer(candidate: Candidate, asker: m.PackageServer): boolean {
    if (candidate.trust === 'UPSTREAM') return true;
    const inItsSites = candidate.server && this.serves(candidate.server, this.siteIds);
    if (inItsSites) return true;
    if (asker.constrained) return candidate.id === 'SMP' && overlap(this.siteIds, this.smpSiteIds);
    if (this.world.settings.packageServersDownloadFromSmpOnly) return candidate.id === 'SMP';
    return candidate.server ? !candidate.server.constrained : true;
  }

  private isReachedByWaiting(candidate: Candidate): boolean {
    const limit = this.world.settings.maxAgentDownloadTryingTimeMinutes;
    if (this.asker || this.siteIds.size === 0) return false;
    if (limit === 0 || this.question.totalTimeMinutes <= limit) return false;
    if (candidate.server) return this.serves(candidate.server, this.smpSiteIds);
    return candidate.id === 'SMP';
  }

  // The decision itself.

  private offeredVersion(): number {
    if (!this.package.enabled) return 0;
    if (this.package.announceBeforeReady) return this.package.internalVersion;
    let newest = 0;
    const near = this.candidates.filter((one) => this.isFresh(one) && this.isInReach(one));
    const heard = near.filter((one) => !this.isSilent(one.server));
    // Package servers fetch what they are assigned, from whoever may still have it.
    for (const candidate of this.asker || heard.length === 0 ? near : heard) {
      for (const version of candidate.versions) {
        if (version >= this.floor && version > newest) newest = version;
      }
    }
    return newest;
  }

  private brokenRules(candidate: Candidate, offeredVersion: number): RejectRule[] {
    const { denySmp, denyExternalPackageServers } = this.question;
    const { server } = candidate;
    const rules = this.inabilities(candidate);
    if (this.redirect(offeredVersion) !== undefined) rules.push('REDIRECTED_TO_PARENT');
    if (this.waitsForItsSite()) rules.push('AUTOMATIC_SITE_PENDING');
    if (!this.isInReach(candidate) && !this.isReachedByWaiting(candidate)) {
      rules.push(this.reachRule(candidate));
    }
    if (denySmp && candidate.id === 'SMP') rules.push('DENIED_SMP');
    if (denyExternalPackageServers && server && !this.serves(server, this.siteIds)) {
      rules.push('DENIED_EXTERNAL');
    }
    if (offeredVersion === 0) rules.push('NOTHING_TO_OFFER');
    else if (!candidate.versions.includes(offeredVersion)) rules.push('OTHER_VERSION');
    return rules.toSorted((a, b) => RULE_ORDER.indexOf(a) - RULE_ORDER.indexOf(b));
  }

  private reachRule(candidate: Candidate): RejectRule {
    if (this.asker?.constrained) return 'CONSTRAINED_ASKER';
    if (this.asker && this.world.settings.packageServersDownloadFromSmpOnly) return 'SMP_ONLY';
    return !this.asker && candidate.id === 'SMP' ? 'WITHHELD_FROM_SITE' : 'OUTSIDE_SCOPE';
  }

  /** A package server asks as one, even when its GUID is a computer's too. */
  private isKnownAgent(): boolean {
    return this.computer !== undefined && !this.asker;
  }

  private waitsForItsSite(): boolean {
    if (this.package.assignmentMode !== 'AUTOMATIC') return false;
    if (!this.isKnownAgent() || this.siteIds.size === 0) return false;
    return !overlap(this.siteIds, new Set<string>(this.package.siteIds));
  }

  private reasonFor(candidate: Candidate): AcceptReason {
    const { server } = candidate;
    if (candidate.trust === 'UPSTREAM') return 'PARENT_SMP_SITE';
    if (!server) return candidate.id === 'SMP' ? 'SMP' : 'EXTERNAL';
    if (server.kind === 'LEGACY') return 'CLAIMED';
    if (this.isSilent(server)) return 'SILENT';
    if (this.sharesSubnet(server)) return 'SAME_SUBNET';
    if (this.serves(server, this.siteIds)) return 'OWN_SITE';
    if (this.asker) return server.constrained ? 'ANY_SITE' : 'UNCONSTRAINED';
    return this.homeIsReady && this.serves(server, this.smpSiteIds) ? 'SMP_SITE' : 'ANY_SITE';
  }

  private effects(offeredVersion: number): DecisionEffect[] {
    const packageId = this.package.id;
    const effects: DecisionEffect[] = [];
    if (this.redirect(offeredVersion) !== undefined) {
      effects.push({ kind: 'BLOCK_REDIRECT', packageId });
    }
    for (const site of this.world.sites) {
      const siteId = site.id;
      if (!this.siteIds.has(siteId)) continue;
      const isListed = this.package.siteIds.includes(siteId);
      if (this.isKnownAgent() && this.package.assignmentMode === 'AUTOMATIC' && !isListed) {
        effects.push({ kind: 'ASSIGN_SITE', packageId, siteId });
      }
      if (!this.asker && !this.homeIsReady && offeredVersion > this.siteFloor(siteId)) {
        effects.push({
          kind: 'RAISE_SITE_OFFER',
          packageId,
          siteId,
          internalVersion: offeredVersion,
        });
      }
    }
    return effects;
  }
}
