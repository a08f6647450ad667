import { listCodebases } from '../catalog/list-codebases.ts';
import type { Package } from '../catalog/model.ts';
import type { ReadModel } from '../catalog/read-model.ts';
import type { Guid } from '../core/guid.ts';
import { codebaseNode } from './codebase-answers.ts';
import type { GraphqlContext } from './context.ts';
import type { CodebaseFilter } from './inputs/look-ups.ts';
import { guidOfReference } from './node-id.ts';
import { pageOfList, windowOf } from './paging.ts';
import type { CodebaseType } from './types/codebase.ts';
import type { Connection, PageArgs } from './types/connection.ts';
import { packageNode } from './types/package.ts';

/** Sort key of a codebase: package, package server, URL. */
type Row = readonly [packageId: Guid, serverId: string, url: string, codebase: () => CodebaseType];
const KEY_COLUMNS = 3;

/**
 * All codebases, ordered by package, source and URL. They are derived, never stored: rows are made
 * for the packages that the page can lie in and for no others, so a page costs the same in a
 * catalogue of any size.
 */
export function pageOfCodebases(
  { catalog }: GraphqlContext,
  where: CodebaseFilter | null | undefined,
  args: PageArgs,
): Connection<CodebaseType> {
  const { model } = catalog;
  const serverId =
    where?.packageServerId == null
      ? undefined
      : guidOfReference('packageServer', where.packageServerId, ['where', 'packageServerId']);
  const packages = packagesOf(model, where);
  const { limit, backward, after, before } = windowOf(args, KEY_COLUMNS);
  const rows: Row[] = [];
  for (const item of backward ? packages.toReversed() : packages) {
    if (after && item.id < String(after[0])) continue;
    if (before && item.id > String(before[0])) continue;
    rows.push(...rowsOf(model, item, serverId));
    // Rows of the cursor's own package may lie outside the page, hence a whole package more.
    const outside = rows.filter(([id]) => id === after?.[0] || id === before?.[0]).length;
    if (rows.length - outside > limit) break;
  }
  const page = pageOfList(rows, args, {
    keyOf: ([packageId, server, url]) => [packageId, server, url],
    node: ([, , , codebase]) => codebase(),
  });
  return {
    ...page,
    totalCount: () =>
      packages.reduce((count, item) => count + rowsOf(model, item, serverId).length, 0),
  };
}

function packagesOf(model: ReadModel, where: CodebaseFilter | null | undefined): Package[] {
  if (where?.packageId != null) {
    const path = ['where', 'packageId'];
    const item = model.package(guidOfReference('package', where.packageId, path));
    return item ? [item] : [];
  }
  return [...model.packages()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function rowsOf(model: ReadModel, item: Package, serverId: Guid | undefined): Row[] {
  return listCodebases(model, item.id)
    .filter(({ packageServer }) => serverId === undefined || packageServer?.id === serverId)
    .map((codebase) => [
      item.id,
      codebase.packageServer?.id ?? '',
      codebase.url,
      () => codebaseNode(codebase, packageNode(item)),
    ]);
}
