import type {
  Computer,
  Holding,
  Package,
  PackageAssignment,
  PackageServer,
  Site,
  SiteOffer,
  Snapshot,
  Subnet,
} from './model.ts';
import type { Settings } from './settings.ts';

/**
 * Everything the catalogue stores, by kind. One list drives the store, the change log, the read
 * model and the subscriptions, so a new kind is added in one place.
 */
export interface ItemTypes {
  package: Package;
  snapshot: Snapshot;
  site: Site;
  subnet: Subnet;
  computer: Computer;
  packageServer: PackageServer;
  holding: Holding;
  assignment: PackageAssignment;
  siteOffer: SiteOffer;
  settings: Settings;
}

export type ItemKind = keyof ItemTypes;
export type Item<K extends ItemKind = ItemKind> = ItemTypes[K];

/** `TREE` goes down the hierarchy, `NODE` stays on this server. */
export type Scope = 'TREE' | 'NODE';

interface KindDefinition<K extends ItemKind> {
  readonly scope: Scope;
  /** The item's key, unique within its kind; composite keys are joined by `/`. */
  readonly key: (item: ItemTypes[K]) => string;
}

export const ITEM_KINDS: { readonly [K in ItemKind]: KindDefinition<K> } = {
  package: { scope: 'TREE', key: (item) => item.id },
  snapshot: { scope: 'TREE', key: (item) => `${item.packageId}/${item.internalVersion}` },
  site: { scope: 'NODE', key: (item) => item.id },
  subnet: { scope: 'NODE', key: (item) => item.id },
  computer: { scope: 'NODE', key: (item) => item.id },
  packageServer: { scope: 'NODE', key: (item) => item.id },
  holding: { scope: 'NODE', key: (item) => `${item.packageServerId}/${item.packageId}` },
  assignment: { scope: 'NODE', key: (item) => `${item.packageId}/${item.computerId}` },
  siteOffer: { scope: 'NODE', key: (item) => `${item.siteId}/${item.packageId}` },
  settings: { scope: 'NODE', key: () => 'settings' },
};

export function itemKey<K extends ItemKind>(kind: K, item: ItemTypes[K]): string {
  return ITEM_KINDS[kind].key(item);
}

/** One committed change: the item's whole state after it, or a tombstone. */
export type Change = {
  [K in ItemKind]: {
    readonly revision: number;
    readonly scope: Scope;
    readonly kind: K;
    readonly key: string;
    /** `undefined` is a tombstone. */
    readonly item: ItemTypes[K] | undefined;
    readonly atMs: number;
  };
}[ItemKind];
