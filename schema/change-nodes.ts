import type { Change, ItemKind, ItemTypes } from '../catalog/items.ts';
import type { ChangePage } from '../hierarchy/change-feed.ts';
import { ITEM_KIND_NAMES } from './enums.ts';
import { nodeId, NODE_KINDS, type NodeKind } from './node-id.ts';
import type { ChangePageType, ChangeType } from './types/change.ts';
import { childLinkNode } from './types/hierarchy.ts';
import type { NodeInterface } from './types/node.ts';
import { packageNode, snapshotNode } from './types/package.ts';
import { packageStatusNode } from './types/package-status.ts';
import { computerNode, packageServerNode, siteNode, subnetNode } from './types/topology.ts';

const NODE_OF: { readonly [K in ItemKind]?: (item: ItemTypes[K]) => NodeInterface } = {
  package: packageNode,
  snapshot: snapshotNode,
  site: siteNode,
  subnet: subnetNode,
  computer: computerNode,
  packageServer: packageServerNode,
  holding: packageStatusNode,
  child: childLinkNode,
};

export function changePageNode(page: ChangePage): ChangePageType {
  return { ...page, changes: page.changes.map(changeNode) };
}

function changeNode(change: Change): ChangeType {
  const { revision, scope, kind, key, item, atMs } = change;
  const hasId = (NODE_KINDS as readonly string[]).includes(kind);
  const toNode = NODE_OF[kind] as ((item: object) => NodeInterface) | undefined;
  return {
    revision,
    scope,
    kind: ITEM_KIND_NAMES[kind],
    key,
    id: hasId ? nodeId(kind as NodeKind, key) : null,
    deleted: item === undefined,
    at: new Date(atMs),
    state: item ?? null,
    node: item && toNode ? toNode(item) : null,
  };
}
