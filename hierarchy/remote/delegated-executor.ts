import type { CatalogContext } from '../../catalog/context.ts';
import type { DelegatedOperation, OperationAnswer } from '../link/link-protocol.ts';
import { assertionFault } from './assertion.ts';
import type { RunLocally } from './remote-ports.ts';

/** Answers one operation that came over the link to the parent. Never rejects. */
export type DelegatedExecutor = (
  operation: DelegatedOperation,
  signal: AbortSignal,
) => Promise<OperationAnswer>;

interface Inputs {
  readonly context: Pick<CatalogContext, 'model' | 'identity' | 'logger'>;
  /** Now by the parent's clock, as the link knows it. */
  readonly parentTimeMs: () => number;
  readonly runLocally: RunLocally;
}

const MASKED = 'The SMP could not answer; its log says why.';

/**
 * Answers what nodes above this one ask, as somebody who may read and nothing else. `DENIED` when
 * the assertion proves nothing, or the setting `remoteAccess` does not let anybody above read.
 */
export function delegatedExecutor({
  context,
  parentTimeMs,
  runLocally,
}: Inputs): DelegatedExecutor {
  const { model, identity, logger } = context;
  return async (operation, signal) => {
    const { id, query, variables, assertion, timeoutMs } = operation;
    const fault = assertionFault(operation, {
      nodeId: identity.nodeId,
      askerTimeMs: parentTimeMs(),
      ancestorKey: (nodeId) => model.tree.ancestorKey(nodeId),
    });
    if (fault !== undefined) {
      logger.warn({ askerNodeId: assertion.askerNodeId, fault }, 'A question was denied.');
      return denied(id, fault);
    }
    if (model.settings.remoteAccess === 'SUMMARY') {
      return denied(id, `${model.smp.name} lets nodes above it read its summary only.`);
    }
    const asker = model.tree.parent?.lineage.find(({ nodeId }) => nodeId === assertion.askerNodeId);
    const name = `${assertion.user} via ${asker?.name ?? assertion.askerNodeId}`;
    const principal = { name, role: 'VIEWER' } as const;
    try {
      const answer = await runLocally({ query, variables, principal, timeoutMs, signal });
      return { id, status: 'OK', ...answer };
    } catch (error) {
      logger.error({ err: error }, 'a question from above could not be answered');
      return { id, status: 'OK', data: undefined, errors: [{ message: MASKED }], prunedFields: [] };
    }
  };
}

function denied(id: string, message: string): OperationAnswer {
  return { id, status: 'DENIED', data: undefined, errors: [{ message }], prunedFields: [] };
}
