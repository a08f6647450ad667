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
import type {
  Child,
  FeedPosition,
  NodeSummary,
  Overlay,
  Parent,
  Progress,
  Rejection,
  TreeItem,
  UpstreamOffer,
} from './tree-model.ts';

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
  overlay: Overlay;
  parent: Parent;
  child: Child;
  rejection: Rejection;
  upstreamOffer: UpstreamOffer;
  feedPosition: FeedPosition;
  treeItem: TreeItem;
  nodeSummary: NodeSummary;
  progress: Progress;
}

export type ItemKind = keyof ItemTypes;
export type Item<K extends ItemKind = ItemKind> = ItemTypes[K];

/** Kinds whose changes are not in the change log; see `Feed`. */
type UnloggedKind = 'feedPosition' | 'treeItem' | 'nodeSummary' | 'progress';
export type LoggedKind = Exclude<ItemKind, UnloggedKind>;

/** `TREE` goes down the hierarchy, `NODE` stays on this server. */
export type Scope = 'TREE' | 'NODE';

/**
 * Where changes of a kind can be read. `LOG`: in the change log, which the read model and
 * subscriptions follow. `DOWN`, `NODES`, `PROGRESS`: as current states in the order of their last
 * change, the first for children, the others for the parent. `NONE`: nowhere; it is bookkeeping.
 */
export type Feed = 'LOG' | 'DOWN' | 'NODES' | 'PROGRESS' | 'NONE';

interface KindDefinition<K extends ItemKind> {
  readonly scope: Scope;
  readonly feed: Feed;
  /** The item's key, unique within its kind; composite keys are joined by `/`. */
  readonly key: (item: ItemTypes[K]) => string;
}

export const ITEM_KINDS: { readonly [K in ItemKind]: KindDefinition<K> } = {
  package: { scope: 'TREE', feed: 'LOG', key: (item) => item.id },
  snapshot: {
    scope: 'TREE',
    feed: 'LOG',
    key: (item) => `${item.packageId}/${item.internalVersion}`,
  },
  site: { scope: 'NODE', feed: 'LOG', key: (item) => item.id },
  subnet: { scope: 'NODE', feed: 'LOG', key: (item) => item.id },
  computer: { scope: 'NODE', feed: 'LOG', key: (item) => item.id },
  packageServer: { scope: 'NODE', feed: 'LOG', key: (item) => item.id },
  holding: {
    scope: 'NODE',
    feed: 'LOG',
    key: (item) => `${item.packageServerId}/${item.packageId}`,
  },
  assignment: { scope: 'NODE', feed: 'LOG', key: (item) => `${item.packageId}/${item.computerId}` },
  siteOffer: { scope: 'NODE', feed: 'LOG', key: (item) => `${item.siteId}/${item.packageId}` },
  settings: { scope: 'NODE', feed: 'LOG', key: () => 'settings' },
  overlay: { scope: 'NODE', feed: 'LOG', key: (item) => item.packageId },
  parent: { scope: 'NODE', feed: 'LOG', key: (item) => item.nodeId },
  child: { scope: 'NODE', feed: 'LOG', key: (item) => item.id },
  rejection: { scope: 'NODE', feed: 'LOG', key: (item) => `${item.kind}/${item.id}` },
  upstreamOffer: { scope: 'NODE', feed: 'LOG', key: (item) => item.packageId },
  feedPosition: { scope: 'NODE', feed: 'NONE', key: (item) => `${item.direction}/${item.nodeId}` },
  treeItem: { scope: 'TREE', feed: 'DOWN', key: (item) => `${item.kind}/${item.id}` },
  nodeSummary: { scope: 'NODE', feed: 'NODES', key: (item) => item.nodeId },
  progress: { scope: 'NODE', feed: 'PROGRESS', key: (item) => `${item.nodeId}/${item.packageId}` },
};

export function itemKey<K extends ItemKind>(kind: K, item: ItemTypes[K]): string {
  return ITEM_KINDS[kind].key(item);
}

/** One committed change: the item's whole state after it, or a tombstone. */
export type Change = {
  [K in LoggedKind]: {
    readonly revision: number;
    readonly scope: Scope;
    readonly kind: K;
    readonly key: string;
    /** `undefined` is a tombstone. */
    readonly item: ItemTypes[K] | undefined;
    readonly atMs: number;
  };
}[LoggedKind];
