import { silentLogger } from '../../core/logger.ts';
import type { Child, NodeSummary } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import {
  delegatedExecutor,
  type DelegatedExecutor,
} from '../../hierarchy/remote/delegated-executor.ts';
import type { ChildOperations } from '../../hierarchy/remote/remote-ports.ts';
import { aNodeSummary, treeItems } from '../support/tree-items.ts';
import { systemRandom } from '../../core/random.ts';
import { startGraphqlServer, type GraphqlServer } from './graphql-server.ts';

/** How the link to one child behaves. */
export type LinkState = 'OPEN' | 'CLOSED' | 'HANGS';

/** A server whose children answer in this process, over a transport of the link's shape. */
export interface TreeServer extends GraphqlServer {
  readonly name: string;
  readonly execute: DelegatedExecutor;
  /** Operations that came down to it, oldest first. */
  readonly heard: string[];
  /** By GUID of the child. */
  readonly links: Map<Guid, LinkState>;
}

export async function startTreeServer(name: string): Promise<TreeServer> {
  const below = new Map<Guid, TreeServer>();
  const links = new Map<Guid, LinkState>();
  const children: ChildOperations = {
    isOpen: (id) => (links.get(id) ?? 'CLOSED') !== 'CLOSED',
    delegate: async (id, operation, timeoutMs, signal) => {
      const state = links.get(id) ?? 'CLOSED';
      if (state === 'CLOSED') return 'UNREACHABLE';
      if (state === 'HANGS') {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return 'TIMEOUT';
      }
      // As on a wire: nothing is shared between the two nodes.
      const sent = JSON.parse(JSON.stringify({ ...operation, timeoutMs }));
      below.get(id)!.heard.push(sent.query);
      return JSON.parse(JSON.stringify(await below.get(id)!.execute(sent, signal)));
    },
  };
  const server = await startGraphqlServer({ name, children });
  const execute = delegatedExecutor({
    context: { ...server.context, logger: silentLogger },
    parentTimeMs: () => server.context.clock.nowMs(),
    runLocally: server.runLocally,
  });
  const tree: TreeServer = { ...server, name, execute, heard: [], links };
  servers.set(tree, below);
  return tree;
}

const servers = new WeakMap<TreeServer, Map<Guid, TreeServer>>();

/** Makes one a child of the other, as a finished join does; lineages are those of `parent`. */
export async function link(parent: TreeServer, child: TreeServer): Promise<Child> {
  const id = child.model.smp.id;
  const { nodeId, publicKey } = child.identity;
  const { child: aChild, parent: aParent } = treeItems(systemRandom.guid());
  const item: Child = { ...aChild, id, nodeId, publicKey, name: child.name, state: 'JOINED' };
  await parent.write(async (tx) => tx.put('child', item));
  await child.write(async (tx) =>
    tx.put('parent', {
      ...aParent,
      nodeId: parent.identity.nodeId,
      guid: parent.model.smp.id,
      name: parent.name,
      publicKey: parent.identity.publicKey,
      state: 'JOINED',
      admission: undefined,
      lineage: [
        ...(parent.model.tree.parent?.lineage ?? []),
        {
          nodeId: parent.identity.nodeId,
          publicKey: parent.identity.publicKey,
          guid: parent.model.smp.id,
          name: parent.name,
          membership: '',
        },
      ],
    }),
  );
  servers.get(parent)!.set(id, child);
  parent.links.set(id, 'OPEN');
  return item;
}

/** Stores at `at` what `of` has told. */
export async function tell(
  at: TreeServer,
  of: TreeServer,
  parent: TreeServer,
  given: Partial<NodeSummary> = {},
): Promise<void> {
  await at.context.store.transact(async (tx) =>
    tx.put(
      'nodeSummary',
      aNodeSummary({
        nodeId: of.identity.nodeId,
        guid: of.model.smp.id,
        parentNodeId: parent.identity.nodeId,
        name: of.name,
        ...given,
      }),
    ),
  );
}
