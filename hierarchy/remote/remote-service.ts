import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid } from '../../core/guid.ts';
import { askNodes, type RemoteAnswer, type RemoteQuestion } from './ask-nodes.ts';
import type { KnownSummaries } from './known-summaries.ts';
import { knownTree, subtree, type KnownNode } from './known-tree.ts';
import type { ChildOperations, RunLocally } from './remote-ports.ts';
import { StartGate } from './start-gate.ts';

/** Questions that begin at a time, and how long one keeps others from beginning. */
const GATE = { places: 16, yieldAfterMs: 100 };

export interface RemoteInputs {
  readonly context: CatalogContext;
  readonly summaries: Pick<KnownSummaries, 'read'>;
  readonly children: ChildOperations;
  readonly runLocally: RunLocally;
}

/** Which part of the tree; absent members leave nothing out. */
export interface TreePart {
  readonly root?: string | undefined;
  readonly maxDepth?: number | undefined;
  readonly nodeIds?: readonly string[] | undefined;
}

/** The tree below this node, for those who may read. */
export interface AuthorizedRemote {
  /** This node and all below it, parents before their children. */
  nodes(): Promise<readonly KnownNode[]>;
  /**
   * A node, named by node id or GUID, and those at most `maxDepth` levels below it; this node when
   * `root` is absent. With `nodeIds` only these of them. Throws `NOT_FOUND`.
   */
  subtree(part: TreePart): Promise<readonly KnownNode[]>;
  /** In the order of `nodes`. Never reject because of the other node. */
  ask(nodes: readonly KnownNode[], question: RemoteQuestion): Promise<RemoteAnswer>[];
}

export function remoteFor(
  { context, summaries, children, runLocally }: RemoteInputs,
  current: () => Principal | undefined,
): AuthorizedRemote {
  const { model, identity, clock } = context;
  const asking = { context, children, runLocally, gate: new StartGate(clock, GATE) };
  const nodes = async (): Promise<KnownNode[]> => {
    requireRole(current(), 'VIEWER');
    const told = await summaries.read();
    const { smp, tree } = model;
    const self = {
      nodeId: identity.nodeId,
      guid: smp.id,
      name: smp.name,
      parentNodeId: tree.parent?.state === 'JOINED' ? tree.parent.nodeId : undefined,
    };
    return knownTree({
      self,
      children: tree.children(),
      summaries: told,
      isOpen: (id) => children.isOpen(id),
      nowMs: clock.nowMs(),
    });
  };
  return {
    nodes,
    subtree: async ({ root, maxDepth, nodeIds }) => {
      const known = await nodes();
      const start = root === undefined ? known[0] : named(known, root);
      const wanted = nodeIds && new Set(nodeIds);
      if (start) {
        return subtree(known, start, maxDepth).filter(({ nodeId }) => wanted?.has(nodeId) ?? true);
      }
      throw new CanopyError('NOT_FOUND', `root: there is no SMP "${root}" here or below.`, {
        path: ['root'],
        hint: 'Give the node id or the GUID of an SMP; tree without root lists them.',
      });
    },
    ask: (nodes, question) => {
      const principal = requireRole(current(), 'VIEWER');
      return askNodes(asking, { nodes, principal, question });
    },
  };
}

function named(known: readonly KnownNode[], root: string): KnownNode | undefined {
  const guid = parseGuid(root);
  return known.find((node) => node.nodeId === root || (guid && node.guid === guid));
}
