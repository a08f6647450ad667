import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid } from '../../core/guid.ts';
import { askNode, type RemoteAnswer, type RemoteQuestion } from './ask-node.ts';
import { knownTree, subtree, type KnownNode } from './known-tree.ts';
import type { ChildOperations, RunLocally } from './remote-ports.ts';
import { StartGate } from './start-gate.ts';

/** Questions that begin at a time, and how long one keeps others from beginning. */
const GATE = { places: 16, yieldAfterMs: 100 };

export interface RemoteInputs {
  readonly context: CatalogContext;
  readonly children: ChildOperations;
  readonly runLocally: RunLocally;
}

/** The tree below this node, for those who may read. */
export interface AuthorizedRemote {
  /** This node and all below it, parents before their children. */
  nodes(): Promise<readonly KnownNode[]>;
  /**
   * A node, named by node id or GUID, and those at most `maxDepth` levels below it; this node when
   * `root` is absent. Throws `NOT_FOUND`.
   */
  subtree(root: string | undefined, maxDepth: number | undefined): Promise<readonly KnownNode[]>;
  /** Never rejects because of the other node. */
  ask(node: KnownNode, question: RemoteQuestion): Promise<RemoteAnswer>;
}

export function remoteFor(
  { context, children, runLocally }: RemoteInputs,
  current: () => Principal | undefined,
): AuthorizedRemote {
  const { model, store, identity, clock } = context;
  const asking = { context, children, runLocally, gate: new StartGate(clock, GATE) };
  const nodes = async (): Promise<KnownNode[]> => {
    requireRole(current(), 'VIEWER');
    const { value: summaries } = await store.transact((tx) => tx.list('nodeSummary'));
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
      summaries,
      isOpen: (id) => children.isOpen(id),
      nowMs: clock.nowMs(),
    });
  };
  return {
    nodes,
    subtree: async (root, maxDepth) => {
      const known = await nodes();
      const start = root === undefined ? known[0] : named(known, root);
      if (start) return subtree(known, start, maxDepth);
      throw new CanopyError('NOT_FOUND', `root: there is no SMP "${root}" here or below.`, {
        path: ['root'],
        hint: 'Give the node id or the GUID of an SMP; tree without root lists them.',
      });
    },
    ask: async (node, question) => {
      const principal = requireRole(current(), 'VIEWER');
      return askNode(asking, { node, principal, question });
    },
  };
}

function named(known: readonly KnownNode[], root: string): KnownNode | undefined {
  const guid = parseGuid(root);
  return known.find((node) => node.nodeId === root || (guid && node.guid === guid));
}
