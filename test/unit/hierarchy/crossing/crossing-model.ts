import type { Change, ItemKind, ItemTypes } from '../../../../catalog/items.ts';
import type { Child, Parent } from '../../../../catalog/tree-model.ts';
import type { Holding, PackageServer } from '../../../../catalog/model.ts';
import { ReadModel } from '../../../../catalog/read-model.ts';
import { PackageServerLinks } from '../../../../catalog/package-server-links.ts';
import type { PackageServerReport } from '../../../../catalog/package-server-protocol.ts';
import { toGuid, type Guid } from '../../../../core/guid.ts';
import { rootHashOf, snapshotOf } from '../../../support/catalog-drafts.ts';
import { changeOf } from '../../../support/catalog-world.ts';
import { aPackage, aPackageServer } from '../../../support/database-items.ts';
import { treeItems } from '../../../support/tree-items.ts';
import { SettableClock } from '../../package-server/world.ts';

export const guid = (start: string): Guid =>
  toGuid(`${start.padStart(8, '0')}-0000-4000-8000-000000000000`);
export const SITE = guid('51');
export const TOOL = guid('aa');
export const OTHER = guid('bb');
export const [A, B, C] = [guid('a1'), guid('b1'), guid('c1')];
export const UPSTREAM = guid('e1');
export const VERSION = 7;

/** A child SMP at 10.2.0.1 in the site "Branch", with a clock that a test moves. */
export class CrossingModel {
  readonly clock = new SettableClock();
  readonly links = new PackageServerLinks(this.clock);
  readonly model = new ReadModel({
    id: guid('1'),
    name: 'branch',
    scheme: 'http',
    publicUrl: 'http://branch.example',
    addresses: ['10.2.0.1'],
    uncRoot: '',
  });
  private sequence = 0;
  private readonly open = new Map<Guid, { close(): void }>();

  constructor() {
    this.put('site', { id: SITE, name: 'Branch', description: '' });
    this.put('subnet', { id: guid('5b'), network: '10.2.0.0/16', name: '', siteId: SITE });
    this.putParent();
  }

  put<K extends ItemKind>(kind: K, item: ItemTypes[K]): void {
    this.model.apply([changeOf(kind, item)], { epoch: 'e', revision: 1 });
  }

  remove(kind: ItemKind, key: string): void {
    const change = { revision: 1, scope: 'NODE', kind, key, item: undefined, atMs: 0 } as Change;
    this.model.apply([change], { epoch: 'e', revision: 1 });
  }

  putParent(given: Partial<Parent> = {}): void {
    const { parent } = treeItems(TOOL);
    const facts = { name: 'hq', url: 'http://hq.example', state: 'JOINED', ...given } as const;
    this.put('parent', { ...parent, ...facts });
  }

  putChild(given: Partial<Child> = {}): Guid {
    const { child } = treeItems(TOOL);
    const rule = { kind: 'EVERYTHING' } as const;
    this.put('child', { ...child, metadataOnly: false, rule, ...given });
    return child.id;
  }

  /** A package of the parent's in version 7, which the parent offers, or of this SMP. */
  putPackage(id: Guid, given: Partial<ItemTypes['package']> = {}, version = VERSION): void {
    this.put('package', aPackage({ id, internalVersion: version, origin: 'REPLICATED', ...given }));
    this.put('snapshot', snapshotOf(id, version));
  }

  putOffer(packageId: Guid, internalVersion = VERSION): void {
    const sources = [{ packageServerId: UPSTREAM, name: 'up', urls: ['http://up.example/x/7/'] }];
    const rootHash = rootHashOf(packageId, internalVersion);
    this.put('upstreamOffer', { packageId, internalVersion, rootHash, sources });
  }

  putServer(id: Guid, given: Partial<PackageServer> = {}): void {
    this.put('packageServer', aPackageServer({ id, name: id, addresses: ['10.2.0.5'], ...given }));
  }

  connect(id: Guid, bootCounter = 1): void {
    const hello = { bootCounter, protocolVersion: 1, agentVersion: '1' };
    this.open.set(id, this.links.open(this.model.packageServer(id)!, hello));
  }

  disconnect(id: Guid): void {
    this.open.get(id)!.close();
  }

  /** As a package server reports: heartbeat and stored status. */
  report(id: Guid, packageId: Guid, status: Holding['status']): void {
    this.hold(id, packageId, status === 'READY' ? [VERSION] : [], status);
    this.sequence += 1;
    const none = {
      doneBytes: undefined,
      totalBytes: undefined,
      bytesPerSecond: undefined,
      nextTryAtMs: undefined,
    };
    const holdings = [{ packageId, status, reason: '', held: [], progress: none }];
    this.tell(id, { bootCounter: 1, sequence: this.sequence, full: false, holdings });
  }

  tell(id: Guid, report: PackageServerReport): void {
    this.links.noteReport(id, report);
  }

  hold(
    id: Guid,
    packageId: Guid,
    versions: readonly number[],
    status: Holding['status'] = versions.length > 0 ? 'READY' : 'PENDING',
  ): void {
    const held = versions.map((internalVersion) => ({
      internalVersion,
      rootHash: rootHashOf(packageId, internalVersion),
      sinceMs: 0,
    }));
    const facts = { packageServerId: id, packageId, status, reason: '', sinceMs: 0, held };
    this.put('holding', { ...facts, highestVersion: versions[0] ?? 0, claimedUrls: [] });
  }
}
