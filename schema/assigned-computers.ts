import type { Guid } from '../core/guid.ts';
import type { GraphqlContext } from './context.ts';
import { pageOfQuery } from './paging.ts';
import type { Connection, PageArgs } from './types/connection.ts';
import { computerNode, type ComputerNode } from './types/topology.ts';

/** The computers that a package is assigned to; an assignment outlives no computer. */
export async function pageOfAssignedComputers(
  { catalog, loaders }: GraphqlContext,
  packageId: Guid,
  args: PageArgs,
): Promise<Connection<ComputerNode>> {
  const page = await pageOfQuery(catalog.queries, {
    kind: 'assignment',
    conditions: [{ field: 'packageId', comparison: 'eq', value: packageId }],
    orderBy: [],
    args,
    node: ({ computerId }) => ({ computerId }),
  });
  const computers = await Promise.all(
    page.nodes.map(({ computerId }) => loaders.byKey.computer.load(computerId)),
  );
  const edges = page.edges.flatMap(({ cursor }, index) => {
    const computer = computers[index];
    return computer ? [{ cursor, node: computerNode(computer) }] : [];
  });
  return { ...page, edges, nodes: edges.map(({ node }) => node) };
}
