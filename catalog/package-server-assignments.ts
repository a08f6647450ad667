import type { Guid } from '../core/guid.ts';
import type { CodebaseRenderer } from './codebase.ts';
import { decideCodebases } from './decide-codebases.ts';
import type { Bits } from './bits.ts';
import { ownSiteOf, serverReach } from './decision-scope.ts';
import type { Change } from './items.ts';
import { locateAsker } from './locate-asker.ts';
import type { Holding, Package, PackageServer, Snapshot } from './model.ts';
import type { PackageServerAssignment } from './package-server-protocol.ts';
import type { ReadModel } from './read-model.ts';

/** The public key behind a node id; `undefined` when nobody has introduced that node here. */
export type OwnerKeys = (nodeId: string) => string | undefined;

/**
 * The package as this package server is to hold it; `undefined` when it is not to. Decided by the
 * mode of the package alone (all, individually, by site, automatically), for a package that is
 * enabled and whose current version this server has read. A server that is switched off keeps what
 * it has, so that switching it on again costs nothing.
 */
export function assignmentFor(
  model: ReadModel,
  packageServer: PackageServer,
  packageId: Guid,
  ownerKeys: OwnerKeys,
): PackageServerAssignment | undefined {
  const one = model.package(packageId);
  if (!one?.enabled || packageServer.kind !== 'CANOPY') return undefined;
  const snapshot = model.snapshot(packageId, one.internalVersion);
  const slot = model.servers.slotOf.get(packageServer.id);
  if (!snapshot || slot === undefined) return undefined;
  if (!model.packageIndex(packageId).assigned.has(slot)) return undefined;
  const ownerPublicKey = ownerKeys(snapshot.ownerNodeId);
  // Bytes that nobody can prove are not asked for.
  if (ownerPublicKey === undefined) return undefined;
  const shared = sharedAssignment(one, snapshot, ownerPublicKey);
  const lease = model.crossings.leaseOf(packageId);
  const isHolder =
    lease?.packageServerId === packageServer.id &&
    lease.internalVersion === snapshot.internalVersion;
  return isHolder ? { ...shared, crossing: { ticket: lease.ticket } } : shared;
}

/** One object for all package servers, so that a book knows by identity what it has told. */
const assignments = new WeakMap<Snapshot, PackageServerAssignment>();

function sharedAssignment(
  one: Package,
  snapshot: Snapshot,
  ownerPublicKey: string,
): PackageServerAssignment {
  const known = assignments.get(snapshot);
  const isCurrent =
    known?.name === one.name &&
    known.priority === one.priority &&
    known.ownerPublicKey === ownerPublicKey;
  if (isCurrent) return known;
  const made = assignmentOf(one, snapshot, ownerPublicKey);
  assignments.set(snapshot, made);
  return made;
}

function assignmentOf(
  { id, name, priority }: Package,
  snapshot: Snapshot,
  ownerPublicKey: string,
): PackageServerAssignment {
  const { internalVersion, rootHash, manifestHash, chunkIndexHash } = snapshot;
  return {
    packageId: id,
    name,
    internalVersion,
    rootHash,
    manifestHash,
    chunkIndexHash,
    sizeBytes: snapshot.sizeBytes,
    priority,
    ownerNodeId: snapshot.ownerNodeId,
    ownerPublicKey,
    signature: snapshot.signature,
    crossing: undefined,
  };
}

interface Told {
  readonly assignment: PackageServerAssignment;
  /** Sources that were there when it was last looked at. */
  readonly sources: ReadonlySet<string>;
}

export interface AssignmentChanges {
  readonly assignments: readonly PackageServerAssignment[];
  readonly removed: readonly Guid[];
}

/** The sources that a package server may use, for one generation of servers. */
interface Near {
  readonly generation: number;
  readonly reach: Bits;
  /** The package servers among them. */
  readonly ids: string;
}

/**
 * What one package server was told, and what there is to tell it since. It looks only at packages
 * that a change touched, unless the change is of its place, its sources or the settings.
 */
export class AssignmentBook {
  private readonly model: ReadModel;
  private readonly packageServerId: Guid;
  private readonly ownerKeys: OwnerKeys;
  private readonly told = new Map<Guid, Told>();
  private readonly touched = new Set<Guid>();
  private everything = true;
  private near: Near | undefined;

  constructor(model: ReadModel, packageServerId: Guid, ownerKeys: OwnerKeys) {
    this.model = model;
    this.packageServerId = packageServerId;
    this.ownerKeys = ownerKeys;
  }

  /**
   * Notes a change of the read model; `undefined` for one that touched everything. True when there
   * may be something to tell now.
   */
  note(change: Change | undefined): boolean {
    switch (change?.kind) {
      case 'package':
        this.touched.add(change.key as Guid);
        return true;
      case 'snapshot':
        this.touched.add(change.key.split('/')[0] as Guid);
        return true;
      case 'holding': {
        // Every book sees every holding: most are of no concern, so they cost as little as they can.
        const { packageServerId, packageId } = change.item ?? keysOf(change.key);
        if (!this.isNear(packageServerId)) return false;
        if (!this.mayMatter(packageServerId, packageId)) return false;
        this.touched.add(packageId);
        return true;
      }
      case 'packageServer': {
        const before = this.near?.ids;
        if (this.nearSources().ids === before && !this.isNear(change.key as Guid)) return false;
        this.everything = true;
        return true;
      }
      case 'upstreamOffer':
        this.touched.add(change.key as Guid);
        return true;
      case undefined:
      case 'site':
      case 'subnet':
      case 'settings':
      case 'parent':
        this.everything = true;
        return true;
      default:
        return false;
    }
  }

  /** Notes that the lease of a package changed. */
  noteLease(packageId: Guid): void {
    this.touched.add(packageId);
  }

  /** Something may be left to tell after {@link take}. */
  get hasMore(): boolean {
    return this.everything || this.touched.size > 0;
  }

  /** Looks at no more than `atMost` packages. Nothing to tell is two empty lists. */
  take(atMost: number): AssignmentChanges {
    const packageServer = this.model.packageServer(this.packageServerId);
    const candidates = this.nextTouched(atMost);
    if (!packageServer) return { assignments: [], removed: [] };
    const asker = locateAsker(this.model, { resourceId: packageServer.id, addresses: [] });
    const assignments: PackageServerAssignment[] = [];
    const removed: Guid[] = [];
    for (const packageId of candidates) {
      const now = assignmentFor(this.model, packageServer, packageId, this.ownerKeys);
      if (!now) {
        if (this.told.delete(packageId)) removed.push(packageId);
      } else if (this.isNews(now, asker)) assignments.push(now);
    }
    return { assignments, removed };
  }

  private nextTouched(atMost: number): Guid[] {
    if (this.everything) {
      this.everything = false;
      this.nearSources();
      for (const { id } of this.model.packages()) this.touched.add(id);
      for (const id of this.told.keys()) this.touched.add(id);
    }
    const next: Guid[] = [];
    for (const id of this.touched) {
      if (next.length === atMost) break;
      next.push(id);
      this.touched.delete(id);
    }
    return next;
  }

  /** Itself, and those that it may fetch from. */
  private isNear(packageServerId: Guid): boolean {
    if (packageServerId === this.packageServerId) return true;
    const slot = this.model.servers.slotOf.get(packageServerId);
    return slot !== undefined && this.nearSources().reach.has(slot);
  }

  /** What others hold matters as a source, to one that has not got the version itself. */
  private mayMatter(packageServerId: Guid, packageId: Guid): boolean {
    if (packageServerId === this.packageServerId) return true;
    const told = this.told.get(packageId)?.assignment;
    return told === undefined || this.isWaiting(told);
  }

  private nearSources(): Near {
    const { servers } = this.model;
    const { generation } = servers;
    if (this.near?.generation !== generation) {
      const asker = locateAsker(this.model, { resourceId: this.packageServerId, addresses: [] });
      const reach = serverReach(this.model, asker, ownSiteOf(servers, asker));
      const sources = [...reach.members()].map((slot) => servers.sources[slot]!);
      const ids = sources.map(({ packageServer }) => packageServer?.id).join();
      this.near = { generation, reach, ids };
    }
    return this.near;
  }

  private isNews(now: PackageServerAssignment, asker: Parameters<typeof sourcesFor>[1]): boolean {
    const before = this.told.get(now.packageId);
    const isSame = before !== undefined && isEqual(before.assignment, now);
    if (isSame && !this.isWaiting(now)) return false;
    const sources = sourcesFor(this.model, asker, now);
    this.told.set(now.packageId, { assignment: now, sources });
    return !isSame || [...sources].some((source) => !before.sources.has(source));
  }

  /** It neither has the version nor is fetching it, so a new source means something to it. */
  private isWaiting({ packageId, rootHash, internalVersion }: PackageServerAssignment): boolean {
    const holding = this.model.holding(this.packageServerId, packageId);
    if (holding?.status === 'DOWNLOADING') return false;
    return !holding?.held.some(
      (one) => one.internalVersion === internalVersion && one.rootHash === rootHash,
    );
  }
}

function isEqual(one: PackageServerAssignment, other: PackageServerAssignment): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function keysOf(holdingKey: string): Pick<Holding, 'packageServerId' | 'packageId'> {
  const [packageServerId, packageId] = holdingKey.split('/') as [Guid, Guid];
  return { packageServerId, packageId };
}

/** Who offers exactly this version to the package server now. */
function sourcesFor(
  model: ReadModel,
  asker: ReturnType<typeof locateAsker>,
  { packageId, internalVersion }: PackageServerAssignment,
): ReadonlySet<string> {
  const names = new Set<string>();
  const renderer: CodebaseRenderer<void> = {
    offer: () => undefined,
    accept: ({ packageServer, upstreamId, trust }) =>
      names.add(packageServer?.id ?? upstreamId ?? trust),
    finish: () => undefined,
  };
  const request = {
    packageId,
    asker,
    origin: '',
    totalTimeMinutes: 0,
    denySmp: false,
    denyExternalPackageServers: false,
  };
  const { offer } = decideCodebases(model, request, renderer);
  return offer.internalVersion === internalVersion ? names : new Set();
}
