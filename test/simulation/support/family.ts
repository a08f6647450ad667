import type { Child, Parent, ReplicationRule } from '../../../catalog/tree-model.ts';
import { membershipStatement } from '../../../hierarchy/statements/lineage.ts';
import type { MemoryNode } from './memory-node.ts';

/** The two records of a finished join, for tests that are not about joining. */
export async function relate(
  parent: MemoryNode,
  child: MemoryNode,
  given: Partial<Pick<Parent, 'onConflict'>> & { readonly rule?: ReplicationRule } = {},
): Promise<{ readonly child: Child; readonly parentNodeId: string }> {
  const { rule = { kind: 'EVERYTHING' }, onConflict = 'REFUSE' } = given;
  const above = parent.context;
  const below = child.context;
  const membership = above.identity.sign(
    membershipStatement({
      parentNodeId: above.identity.nodeId,
      childNodeId: below.identity.nodeId,
      childGuid: below.model.smp.id,
    }),
  );
  const record: Child = {
    id: below.model.smp.id,
    nodeId: below.identity.nodeId,
    publicKey: below.identity.publicKey,
    name: below.model.smp.name,
    url: '',
    state: 'JOINED',
    tokenId: above.random.guid(),
    deadlineAtMs: 0,
    sinceMs: 0,
    membership,
    metadataOnly: false,
    rule,
    ruleRevision: 1,
    deletePolicy: 'ALL',
    replicationEnabled: true,
    keepsItems: true,
  };
  await above.write(async (tx) => tx.put('child', record));
  const lineage = [
    ...(above.model.tree.parent?.lineage ?? []),
    {
      nodeId: above.identity.nodeId,
      publicKey: above.identity.publicKey,
      guid: above.model.smp.id,
      name: above.model.smp.name,
      membership: above.model.tree.parent?.membership ?? '',
    },
  ];
  await below.write(async (tx) =>
    tx.put('parent', {
      nodeId: above.identity.nodeId,
      guid: above.model.smp.id,
      name: above.model.smp.name,
      url: above.model.smp.publicUrl,
      publicKey: above.identity.publicKey,
      state: 'JOINED',
      tokenId: above.random.guid(),
      replaces: '',
      reason: '',
      admission: undefined,
      deadlineAtMs: 0,
      sinceMs: 0,
      metadataOnly: false,
      onConflict,
      expectedRootNodeId: '',
      lineage,
      membership,
      replicationEnabled: true,
    }),
  );
  return { child: record, parentNodeId: above.identity.nodeId };
}
