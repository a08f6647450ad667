import type { ItemTypes } from '../catalog/items.ts';
import type { GraphqlContext } from './context.ts';
import { guidOfReference, parseNodeId, type NodeKind } from './node-id.ts';
import { childLinkNode } from './types/hierarchy.ts';
import { jobNode } from './types/operations.ts';
import { packageNode, snapshotNode } from './types/package.ts';
import { packageStatusNode } from './types/package-status.ts';
import { computerNode, packageServerNode, siteNode, subnetNode } from './types/topology.ts';
import type { NodeInterface } from './types/node.ts';
import { smpNode } from './smp-node.ts';
import { parseGuid, type Guid } from '../core/guid.ts';

export type NamedKind = 'package' | 'site' | 'subnet' | 'packageServer' | 'computer';

interface By {
  readonly id?: string | null;
  readonly guid?: Guid | null;
  readonly name?: string | null;
  readonly network?: string | null;
}

/** The item that a `@oneOf` look-up names. */
export async function findBy<K extends NamedKind>(
  { catalog, loaders }: GraphqlContext,
  kind: K,
  by: By,
): Promise<ItemTypes[K] | undefined> {
  const { id, guid, name, network } = by;
  if (guid != null || id != null) {
    const key = guid ?? guidOfReference(kind, id!, ['by', 'id']);
    return (await loaders.byKey[kind].load(key)) as ItemTypes[K] | undefined;
  }
  const field = network == null ? 'name' : 'network';
  const page = await catalog.queries.page(kind, {
    conditions: [{ field, comparison: 'eq', value: (network ?? name)! }],
    orderBy: [],
    limit: 1,
  });
  return page.items[0];
}

/** The object behind an opaque id; `null` when there is none. */
export async function findNode(context: GraphqlContext, id: string): Promise<NodeInterface | null> {
  const parsed = parseNodeId(id);
  return parsed ? await NODE_FINDERS[parsed.kind](context, parsed.key) : null;
}

type NodeFinder = (context: GraphqlContext, key: string) => Promise<NodeInterface | null>;

function finder<T>(
  load: (context: GraphqlContext, key: string) => Promise<T | undefined>,
  node: (item: T) => NodeInterface,
): NodeFinder {
  return async (context, key) => {
    const item = await load(context, key);
    return item === undefined ? null : node(item);
  };
}

const NODE_FINDERS: { readonly [K in NodeKind]: NodeFinder } = {
  smp: async (context, key) => (context.catalog.model.smp.id === key ? smpNode(context) : null),
  package: finder(({ loaders }, key) => loaders.byKey.package.load(key), packageNode),
  snapshot: finder(({ loaders }, key) => loaders.byKey.snapshot.load(key), snapshotNode),
  site: finder(({ loaders }, key) => loaders.byKey.site.load(key), siteNode),
  subnet: finder(({ loaders }, key) => loaders.byKey.subnet.load(key), subnetNode),
  computer: finder(({ loaders }, key) => loaders.byKey.computer.load(key), computerNode),
  packageServer: finder(
    ({ loaders }, key) => loaders.byKey.packageServer.load(key),
    packageServerNode,
  ),
  holding: finder(async ({ catalog }, key) => {
    const [packageServerId, packageId] = key.split('/').map(parseGuid);
    return packageServerId && packageId
      ? catalog.model.holding(packageServerId, packageId)
      : undefined;
  }, packageStatusNode),
  child: async ({ hierarchy }, key) => {
    const child = hierarchy.membership.children.find(({ id }) => id === key);
    return child ? childLinkNode(child) : null;
  },
  job: finder(async ({ catalog }, key) => {
    const guid = parseGuid(key);
    return guid && (await catalog.jobs.get(guid));
  }, jobNode),
};
