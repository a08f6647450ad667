import type { Guid } from '../core/guid.ts';
import { Bits } from './bits.ts';
import { fileUrlToUnc, type CodebaseSource, type UrlShape } from './codebase.ts';
import type { Holding, Package, PublicationTypes, Snapshot } from './model.ts';
import { EXTERNAL_SLOT, SMP_SLOT, UPSTREAM_SLOT, type ServerIndex } from './server-index.ts';
import type { Settings } from './settings.ts';
import type { UpstreamOffer } from './tree-model.ts';

interface Inputs {
  readonly servers: ServerIndex;
  readonly settings: Settings;
  readonly package: Package;
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
  readonly holdings: ReadonlyMap<Guid, Holding>;
  /** Where the parent's package servers have it. */
  readonly upstreamOffer: UpstreamOffer | undefined;
}

/** Slots that hold one version. */
interface VersionHolders {
  readonly internalVersion: number;
  readonly holders: Bits;
}

/**
 * Which slots can deliver which version of one package. Built from the holdings on first use, kept up
 * with each of them, and thrown away when another fact of the package, or the generation of servers,
 * changes.
 */
export class PackageIndex {
  readonly generation: number;
  /** Slots that may have the package at all: assigned servers, the SMP, the external source. */
  readonly assigned: Bits;
  /** Slots with a codebase address, of their own or claimed. */
  readonly published: Bits;
  readonly external: CodebaseSource | undefined;
  /** The parent's package servers that offer a version that this SMP knows, best first. */
  readonly upstream: readonly CodebaseSource[];
  /** The version that they offer; 0 when there are none. */
  readonly upstreamVersion: number;
  private readonly inputs: Inputs;
  private readonly byVersion = new Map<number, Bits>();
  private readonly claims = new Map<number, readonly UrlShape[]>();
  private readonly highest = new Map<number, number>();
  /** What {@link byVersion} comes to. */
  private held: { readonly versions: readonly VersionHolders[]; readonly holders: Bits };

  constructor(inputs: Inputs) {
    const { servers } = inputs;
    this.inputs = inputs;
    this.generation = servers.generation;
    this.external = externalSource(inputs.package);
    this.upstream = upstreamSources(inputs);
    this.upstreamVersion = this.upstream.length > 0 ? inputs.upstreamOffer!.internalVersion : 0;
    const elsewhere = servers.all.without(servers.servers);
    this.assigned = assignedSlots(inputs).or(elsewhere);
    this.published = servers.published.or(servers.none);
    this.holdOwn();
    if (this.upstreamVersion > 0) this.hold(this.upstreamVersion, UPSTREAM_SLOT);
    if (this.upstreamVersion > 0) this.published.add(UPSTREAM_SLOT);
    for (const holding of inputs.holdings.values()) this.holdReported(holding);
    this.held = this.summedUp();
  }

  /** Slots by version, newest version first. */
  get versions(): readonly VersionHolders[] {
    return this.held.versions;
  }
  /** Slots that hold any version. */
  get holders(): Bits {
    return this.held.holders;
  }

  /** What one package server says of the package now; `undefined`: nothing any more. */
  replaceHolding(packageServerId: Guid, holding: Holding | undefined): void {
    const { servers } = this.inputs;
    const slot = servers.slotOf.get(packageServerId);
    if (slot === undefined) return;
    for (const mask of this.byVersion.values()) mask.remove(slot);
    this.highest.delete(slot);
    if (this.claims.delete(slot) && !servers.published.has(slot)) this.published.remove(slot);
    if (holding) this.holdReported(holding);
    this.held = this.summedUp();
  }

  holdersOf(internalVersion: number): Bits | undefined {
    return this.byVersion.get(internalVersion);
  }

  /** The newest version that any slot of `mask` holds; 0 when there is none. */
  newestIn(mask: Bits): number {
    return this.versions.find((one) => !one.holders.and(mask).isEmpty)?.internalVersion ?? 0;
  }

  /** The highest version that any slot of `mask` ever delivered. */
  highestIn(mask: Bits): number {
    let highest = 0;
    for (const [slot, version] of this.highest) {
      if (version > highest && mask.has(slot)) highest = version;
    }
    return highest;
  }

  /** What is behind a slot: one source, or those of the parent. */
  sourcesAt(slot: number, servers: ServerIndex): readonly CodebaseSource[] {
    if (slot === UPSTREAM_SLOT) return this.upstream;
    if (slot === EXTERNAL_SLOT) return this.external ? [this.external] : [];
    return [servers.sources[slot]!];
  }

  urlsOf(slot: number, source: CodebaseSource): readonly UrlShape[] {
    return this.claims.get(slot) ?? source.urls;
  }

  /** What the SMP itself can deliver: kept snapshots of bytes it read, and the external source. */
  private holdOwn(): void {
    const { package: one, snapshots } = this.inputs;
    for (const { origin, internalVersion } of snapshots) {
      if (origin === 'LOCAL') this.hold(internalVersion, SMP_SLOT);
    }
    if (this.external && one.internalVersion > 0) {
      this.hold(one.internalVersion, EXTERNAL_SLOT);
      this.published.add(EXTERNAL_SLOT);
    }
  }

  /** A server counts for a version only when that version's tree is the one it verified. */
  private holdReported(holding: Holding): void {
    const { servers, snapshots, settings } = this.inputs;
    const slot = servers.slotOf.get(holding.packageServerId);
    const source = slot === undefined ? undefined : servers.sources[slot];
    if (slot === undefined || !source) return;
    this.highest.set(slot, holding.highestVersion);
    for (const held of holding.held) {
      const snapshot = snapshots.find((one) => one.internalVersion === held.internalVersion);
      if (!snapshot) continue;
      if (source.trust === 'ATTESTED' && held.rootHash !== snapshot.rootHash) continue;
      this.hold(held.internalVersion, slot);
    }
    if (source.trust !== 'CLAIMED') return;
    const types = source.packageServer?.publicationTypes ?? settings.packageServerPublication;
    const shapes = claimedShapes(holding.claimedUrls, types);
    this.claims.set(slot, shapes);
    if (shapes.length > 0) this.published.add(slot);
  }

  private hold(internalVersion: number, slot: number): void {
    let mask = this.byVersion.get(internalVersion);
    if (!mask) this.byVersion.set(internalVersion, (mask = new Bits(this.inputs.servers.size)));
    mask.add(slot);
  }

  private summedUp(): PackageIndex['held'] {
    const versions = [...this.byVersion]
      .filter(([, holders]) => !holders.isEmpty)
      .map(([internalVersion, holders]) => ({ internalVersion, holders }))
      .sort((left, right) => right.internalVersion - left.internalVersion);
    const { none } = this.inputs.servers;
    return { versions, holders: versions.reduce((mask, one) => mask.or(one.holders), none) };
  }
}

function assignedSlots(inputs: Inputs): Bits {
  const { servers } = inputs;
  const one = inputs.package;
  if (one.sourceState === 'UNVERIFIED' && one.origin === 'LOCAL') return servers.none;
  if (one.assignmentMode === 'ALL') return servers.servers;
  if (one.assignmentMode === 'INDIVIDUALLY') {
    const mask = new Bits(servers.size);
    for (const id of one.packageServerIds) {
      const slot = servers.slotOf.get(id);
      if (slot !== undefined) mask.add(slot);
    }
    return mask;
  }
  return one.siteIds.reduce((mask, siteId) => mask.or(servers.ofSite(siteId)), servers.none);
}

function externalSource(one: Package): CodebaseSource | undefined {
  const { source } = one;
  if (source.kind === 'UNC') return external([verbatim('UNC', source.path)]);
  if (source.kind === 'URL') {
    return external([verbatim(/^https:/i.test(source.url) ? 'HTTPS' : 'HTTP', source.url)]);
  }
  return undefined;
}

/**
 * The parent's word for a version counts only for a package that came from it, and only when it is
 * of the tree that the owner signed.
 */
function upstreamSources({ package: one, snapshots, upstreamOffer }: Inputs): CodebaseSource[] {
  if (!upstreamOffer || one.origin !== 'REPLICATED') return [];
  const { internalVersion, rootHash } = upstreamOffer;
  const snapshot = snapshots.find((kept) => kept.internalVersion === internalVersion);
  if (snapshot?.rootHash !== rootHash) return [];
  const addressed = upstreamOffer.sources.filter(({ urls }) => urls.length > 0);
  return addressed.map(({ packageServerId, name, urls }) => ({
    trust: 'UPSTREAM',
    packageServer: undefined,
    upstreamId: packageServerId,
    name,
    urls: urls.map((url) => verbatim(kindOfUrl(url), url)),
  }));
}

function kindOfUrl(url: string): UrlShape['kind'] {
  if (/^https:/i.test(url)) return 'HTTPS';
  return url.startsWith('\\\\') ? 'UNC' : 'HTTP';
}

function external(urls: readonly UrlShape[]): CodebaseSource {
  return { trust: 'EXTERNAL', packageServer: undefined, name: 'package source', urls };
}

function verbatim(kind: UrlShape['kind'], url: string): UrlShape {
  return { kind, onThisSmp: false, prefix: '', separator: '', suffix: '', verbatim: url };
}

function claimedShapes(urls: readonly string[], types: PublicationTypes): UrlShape[] {
  const shapes = urls.flatMap((url): UrlShape[] => {
    if (/^https:/i.test(url)) return types.https ? [verbatim('HTTPS', url)] : [];
    if (/^http:/i.test(url)) return types.http ? [verbatim('HTTP', url)] : [];
    if (/^file:/i.test(url)) return types.unc ? [verbatim('UNC', fileUrlToUnc(url))] : [];
    return [];
  });
  const order = ['HTTPS', 'HTTP', 'UNC'];
  return shapes.sort((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind));
}
