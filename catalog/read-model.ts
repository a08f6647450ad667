import type { Guid } from '../core/guid.ts';
import type { Bits } from './bits.ts';
import { Crossings } from './crossings.ts';
import type { Change, Item, ItemKind } from './items.ts';
import type {
  Computer,
  Holding,
  Package,
  PackageServer,
  Site,
  SiteOffer,
  Snapshot,
  Subnet,
} from './model.ts';
import { PackageIndex } from './package-index.ts';
import type { Position } from './ports.ts';
import { ServerIndex, type SiteMembership } from './server-index.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { Silence } from './silence.ts';
import { SubnetIndex } from './subnet-index.ts';
import { TreeRelations } from './tree-relations.ts';

/** What this server itself is, where the decision needs it. */
export interface SmpFacts {
  readonly id: Guid;
  readonly name: string;
  /** The scheme of its public URL. */
  readonly scheme: 'http' | 'https';
  /** Its public URL without a trailing slash; agents see the origin they used instead. */
  readonly publicUrl: string;
  readonly addresses: readonly string[];
  /** Base of UNC codebases; empty when none is configured. */
  readonly uncRoot: string;
}

/**
 * The catalogue in memory, consistent at one revision and kept so by the change log. Agents are
 * answered from here alone. Indexes are derived on first use after a change.
 */
export class ReadModel {
  readonly smp: SmpFacts;
  /** Who is above and below, and what crosses. */
  readonly tree = new TreeRelations();
  /** Who fetches across the hierarchy now. */
  readonly crossings = new Crossings();
  /** Who has not been heard for long. */
  readonly silence = new Silence();
  private current: Position = { epoch: '', revision: 0 };
  private currentSettings: Settings = DEFAULT_SETTINGS;
  private readonly packagesById = new Map<Guid, Package>();
  private readonly snapshotsByPackage = new Map<Guid, Snapshot[]>();
  private readonly sitesById = new Map<Guid, Site>();
  private readonly subnetsById = new Map<Guid, Subnet>();
  private readonly computersById = new Map<Guid, Computer>();
  private readonly serversById = new Map<Guid, PackageServer>();
  private readonly holdings = new Map<Guid, Map<Guid, Holding>>();
  private readonly computersOfPackage = new Map<Guid, Set<Guid>>();
  private readonly packagesOfComputer = new Map<Guid, Set<Guid>>();
  private readonly offers = new Map<string, number>();

  private readonly watchers = new Set<(change: Change | undefined) => void>();
  private generation = 0;
  private subnetIndex: SubnetIndex | undefined;
  private serverIndex: ServerIndex | undefined;
  private readonly packageIndexes = new Map<Guid, PackageIndex>();

  constructor(smp: SmpFacts) {
    this.smp = smp;
  }

  get position(): Position {
    return this.current;
  }
  get settings(): Settings {
    return this.currentSettings;
  }

  package(id: Guid): Package | undefined {
    return this.packagesById.get(id);
  }
  packages(): Iterable<Package> {
    return this.packagesById.values();
  }
  /** All kept snapshots of a package, newest first. */
  snapshots(packageId: Guid): readonly Snapshot[] {
    return this.snapshotsByPackage.get(packageId) ?? [];
  }
  snapshot(packageId: Guid, internalVersion: number): Snapshot | undefined {
    return this.snapshots(packageId).find((one) => one.internalVersion === internalVersion);
  }
  site(id: Guid): Site | undefined {
    return this.sitesById.get(id);
  }
  sites(): Iterable<Site> {
    return this.sitesById.values();
  }
  subnets(): Iterable<Subnet> {
    return this.subnetsById.values();
  }
  computer(id: Guid): Computer | undefined {
    return this.computersById.get(id);
  }
  computers(): Iterable<Computer> {
    return this.computersById.values();
  }
  packageServer(id: Guid): PackageServer | undefined {
    return this.serversById.get(id);
  }
  packageServers(): Iterable<PackageServer> {
    return this.serversById.values();
  }
  holding(packageServerId: Guid, packageId: Guid): Holding | undefined {
    return this.holdings.get(packageId)?.get(packageServerId);
  }
  /** Packages assigned to a computer, by name. */
  assignedPackages(computerId: Guid): readonly Package[] {
    const ids = this.packagesOfComputer.get(computerId) ?? [];
    return [...ids]
      .flatMap((id) => this.packagesById.get(id) ?? [])
      .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  }
  assignedComputers(packageId: Guid): ReadonlySet<Guid> {
    return this.computersOfPackage.get(packageId) ?? new Set();
  }
  /** The sites a package server serves: by its addresses and by manual assignment. */
  sitesOf(packageServer: PackageServer): readonly SiteMembership[] {
    return this.servers.sitesOf(packageServer.id);
  }
  /** What the site was offered by fallback; 0 when never. */
  siteOffer(siteId: Guid, packageId: Guid): number {
    return this.offers.get(`${siteId}/${packageId}`) ?? 0;
  }

  get networks(): SubnetIndex {
    return (this.subnetIndex ??= new SubnetIndex(this.subnetsById.values()));
  }
  get servers(): ServerIndex {
    return (this.serverIndex ??= new ServerIndex((this.generation += 1), {
      smp: this.smp,
      settings: this.currentSettings,
      packageServers: this.serversById.values(),
      sites: this.sitesById,
      subnets: this.networks,
    }));
  }
  /** Package servers that have not been heard for long. */
  get silent(): Bits {
    return this.silence.slotsIn(this.servers);
  }
  /** Throws when there is no such package. */
  packageIndex(id: Guid): PackageIndex {
    const servers = this.servers;
    const known = this.packageIndexes.get(id);
    if (known?.generation === servers.generation) return known;
    const index = new PackageIndex({
      servers,
      settings: this.currentSettings,
      package: this.packagesById.get(id)!,
      snapshots: this.snapshots(id),
      holdings: this.holdings.get(id) ?? new Map<Guid, Holding>(),
      upstreamOffer: this.tree.upstreamOffer(id),
    });
    this.packageIndexes.set(id, index);
    return index;
  }

  /** Takes changes in order; `position` is where the model stands afterwards. */
  apply(changes: readonly Change[], position: Position): void {
    for (const change of changes) this.applyOne(change);
    this.current = position;
    for (const watcher of this.watchers) changes.forEach((change) => watcher(change));
  }

  /**
   * Calls `watcher` with each change from now on, after it was applied; with `undefined` when
   * everything may be different. Ends with the function that it answers.
   */
  watch(watcher: (change: Change | undefined) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** Forgets everything and starts from `changes`; for a feed that could not be continued. */
  reload(changes: readonly Change[], position: Position): void {
    const maps = [
      this.packagesById,
      this.snapshotsByPackage,
      this.sitesById,
      this.subnetsById,
      this.computersById,
      this.serversById,
      this.holdings,
      this.computersOfPackage,
      this.packagesOfComputer,
      this.offers,
      this.packageIndexes,
    ];
    for (const map of maps) map.clear();
    this.tree.clear();
    this.subnetIndex = this.serverIndex = undefined;
    this.currentSettings = DEFAULT_SETTINGS;
    for (const change of changes) this.applyOne(change);
    this.current = position;
    for (const watcher of this.watchers) watcher(undefined);
  }

  /** Raises a site's floor at once; the stored `siteOffer` follows. */
  raiseSiteOffer(offer: SiteOffer): void {
    const key = `${offer.siteId}/${offer.packageId}`;
    this.offers.set(key, Math.max(this.offers.get(key) ?? 0, offer.internalVersion));
  }

  private applyOne(change: Change): void {
    switch (change.kind) {
      case 'package':
        this.packageIndexes.delete(change.key as Guid);
        return store(this.packagesById, change);
      case 'snapshot':
        return this.applySnapshot(change.key, change.item);
      case 'site':
        this.serverIndex = undefined;
        return store(this.sitesById, change);
      case 'subnet':
        this.subnetIndex = this.serverIndex = undefined;
        return store(this.subnetsById, change);
      case 'computer':
        return store(this.computersById, change);
      case 'packageServer':
        this.serverIndex = undefined;
        return store(this.serversById, change);
      case 'holding':
        return this.applyHolding(change.key, change.item);
      case 'assignment':
        return this.applyAssignment(change.key, change.item !== undefined);
      case 'siteOffer':
        if (change.item) this.raiseSiteOffer(change.item);
        else this.offers.delete(change.key);
        return;
      case 'settings':
        this.serverIndex = undefined;
        this.currentSettings = change.item ?? DEFAULT_SETTINGS;
        return;
      case 'upstreamOffer':
        this.packageIndexes.delete(change.key as Guid);
        this.tree.apply(change);
        return;
      default:
        this.tree.apply(change);
    }
  }

  private applySnapshot(key: string, item: Snapshot | undefined): void {
    const [packageId, version] = splitKey(key);
    this.packageIndexes.delete(packageId);
    const kept = this.snapshots(packageId).filter((one) => String(one.internalVersion) !== version);
    if (item) kept.push(item);
    kept.sort((left, right) => right.internalVersion - left.internalVersion);
    this.snapshotsByPackage.set(packageId, kept);
  }

  private applyHolding(key: string, item: Holding | undefined): void {
    const [packageServerId, packageId] = splitKey(key);
    const ofPackage = getOrMake(this.holdings, packageId as Guid, () => new Map<Guid, Holding>());
    if (item) ofPackage.set(packageServerId, item);
    else ofPackage.delete(packageServerId);
    this.packageIndexes.get(packageId as Guid)?.replaceHolding(packageServerId, item);
  }

  private applyAssignment(key: string, present: boolean): void {
    const [packageId, computerId] = splitKey(key) as [Guid, Guid];
    const computers = getOrMake(this.computersOfPackage, packageId, () => new Set<Guid>());
    const packages = getOrMake(this.packagesOfComputer, computerId, () => new Set<Guid>());
    if (present) {
      computers.add(computerId);
      packages.add(packageId);
    } else {
      computers.delete(computerId);
      packages.delete(packageId);
    }
  }
}

function store<T extends Item>(
  map: Map<Guid, T>,
  change: { readonly kind: ItemKind; readonly key: string; readonly item: T | undefined },
): void {
  if (change.item) map.set(change.key as Guid, change.item);
  else map.delete(change.key as Guid);
}

function splitKey(key: string): [Guid, string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash) as Guid, key.slice(slash + 1)];
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
