import DataLoader from 'dataloader';
import type { AuthorizedCatalog } from '../catalog/catalog.ts';
import type { ItemKind, ItemTypes } from '../catalog/items.ts';
import type { PackageServer, Subnet } from '../catalog/model.ts';
import type { AuthorizedHierarchy } from '../hierarchy/hierarchy-service.ts';
import type { KnownNode } from '../hierarchy/remote/known-tree.ts';
import type { Guid } from '../core/guid.ts';

type LoadableKind = 'package' | 'snapshot' | 'site' | 'subnet' | 'computer' | 'packageServer';
const LOADABLE: readonly LoadableKind[] = [
  'package',
  'snapshot',
  'site',
  'subnet',
  'computer',
  'packageServer',
];

/**
 * Batched look-ups and indexes of one operation, so that a list costs the same number of reads
 * whatever its length. Indexes are of the read model as it was at their first use.
 */
export interface Loaders {
  readonly byKey: {
    readonly [K in LoadableKind]: DataLoader<string, ItemTypes[K] | undefined>;
  };
  /** This node and all below it. */
  knownNodes(): Promise<readonly KnownNode[]>;
  subnetsOfSite(siteId: Guid): readonly Subnet[];
  packageServersOfSite(
    siteId: Guid,
  ): readonly { readonly packageServer: PackageServer; readonly manuallyAssigned: boolean }[];
}

export function createLoaders(catalog: AuthorizedCatalog, hierarchy: AuthorizedHierarchy): Loaders {
  const loader = <K extends ItemKind>(kind: K): DataLoader<string, ItemTypes[K] | undefined> =>
    new DataLoader((keys) => catalog.queries.getMany(kind, keys));
  const byKey = Object.fromEntries(LOADABLE.map((kind) => [kind, loader(kind)]));

  const subnets = once(() => {
    const withSite = [...catalog.model.subnets()].filter((subnet) => subnet.siteId !== undefined);
    return Map.groupBy(withSite, (subnet) => subnet.siteId!);
  });
  const servers = once(() => {
    const served = [...catalog.model.packageServers()].flatMap((packageServer) =>
      catalog.model.sitesOf(packageServer).map((entry) => ({ packageServer, ...entry })),
    );
    return Map.groupBy(served, ({ site }) => site.id);
  });
  return {
    byKey: byKey as unknown as Loaders['byKey'],
    knownNodes: once(() => hierarchy.remote.nodes()),
    subnetsOfSite: (siteId) => subnets().get(siteId) ?? [],
    packageServersOfSite: (siteId) => servers().get(siteId) ?? [],
  };
}

function once<T>(compute: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => (value ??= { of: compute() }).of;
}
