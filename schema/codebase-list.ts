import type { Package } from '../catalog/model.ts';
import type { SortKey } from '../catalog/queries.ts';
import { codebaseNode } from './codebase-answers.ts';
import type { GraphqlContext } from './context.ts';
import type { CodebaseFilter } from './inputs/look-ups.ts';
import { guidOfReference } from './node-id.ts';
import { pageOfList } from './paging.ts';
import type { CodebaseType } from './types/codebase.ts';
import type { Connection, PageArgs } from './types/connection.ts';

/**
 * All codebases, ordered by package, source and URL. They are derived, never stored, so the page
 * is cut from the rows of the packages it can lie in.
 */
export function pageOfCodebases(
  { catalog, services, origin }: GraphqlContext,
  where: CodebaseFilter | null | undefined,
  args: PageArgs,
): Connection<CodebaseType> {
  const serverId =
    where?.packageServerId == null
      ? undefined
      : guidOfReference('packageServer', where.packageServerId, ['where', 'packageServerId']);
  const rows = packagesOf().flatMap((item) =>
    [...services.codebases.list(catalog.model, item.id, origin)]
      .filter(({ source }) => serverId === undefined || source.packageServer?.id === serverId)
      .map(({ offer, source, url }) => codebaseNode(offer, source, url, undefined)),
  );
  return pageOfList(rows, args, { keyOf: codebaseKey, node: (row) => row });

  function packagesOf(): Package[] {
    if (where?.packageId == null) return [...catalog.model.packages()];
    const item = catalog.model.package(
      guidOfReference('package', where.packageId, ['where', 'packageId']),
    );
    return item ? [item] : [];
  }
}

function codebaseKey(codebase: CodebaseType): SortKey {
  return [
    codebase.package.guid,
    codebase.packageServer?.guid ?? '',
    codebase.url,
    codebase.internalVersion,
  ];
}
