import type { Ancestor } from '../../catalog/tree-model.ts';
import type { Json } from '../../core/canonical-json.ts';
import type { Guid } from '../../core/guid.ts';
import { nodeIdOf, verifyStatement } from '../../core/identity.ts';

/** What a parent signs when it admits a child. */
export function membershipStatement(membership: {
  readonly parentNodeId: string;
  readonly childNodeId: string;
  readonly childGuid: Guid;
}): Json {
  return { kind: 'membership', ...membership };
}

/** The node at the end of a lineage. */
export interface LineageEnd {
  readonly nodeId: string;
  readonly guid: Guid;
  /** The last ancestor's signature over its membership. */
  readonly membership: string;
}

/**
 * Why a lineage (root first) does not prove that `end` belongs below it; `undefined` when it does.
 * Each ancestor's membership is signed by the one before it, so nobody in between can put a node
 * above itself that never admitted it.
 */
export function lineageFault(lineage: readonly Ancestor[], end: LineageEnd): string | undefined {
  const seen = new Set<string>([end.nodeId]);
  for (const { nodeId, name } of lineage) {
    if (seen.has(nodeId)) return `${name} (${nodeId}) stands twice in one line.`;
    seen.add(nodeId);
  }
  return chainFault(lineage, end);
}

/** As {@link lineageFault}, for a line that may lead back to where it began. */
export function chainFault(lineage: readonly Ancestor[], end: LineageEnd): string | undefined {
  for (const { nodeId, publicKey, name } of lineage) {
    if (nodeIdOf(publicKey) !== nodeId) return `The key of ${name} is not that of ${nodeId}.`;
  }
  for (const [index, parent] of lineage.entries()) {
    const child = lineage[index + 1] ?? end;
    const statement = membershipStatement({
      parentNodeId: parent.nodeId,
      childNodeId: child.nodeId,
      childGuid: child.guid,
    });
    if (!verifyStatement(parent.publicKey, statement, child.membership)) {
      return `${parent.name} did not sign that ${child.nodeId} belongs below it.`;
    }
  }
  return undefined;
}
