import type { Machine } from '../world/machine.ts';
import type { Violation } from '../world/tree-world.ts';
import { parentOf, rowOf, rowsOf } from './rows.ts';

/** What a node says of itself and of the nodes below is known to its parent. */
export function upwardFaults(machines: readonly Machine[]): Violation[] {
  const rule = 'what goes up arrives';
  return machines.flatMap((machine) => {
    const parent = parentOf(machine);
    const above = machines.find(({ identity }) => identity.nodeId === parent?.nodeId);
    if (!above || rowOf(above, 'child', machine.guid)?.state !== 'JOINED') return [];
    const names = `${above.name} of ${machine.name}`;
    const summaries = [...rowsOf(machine, 'nodeSummary').values()].filter(({ gone }) => !gone);
    const lost = summaries.filter(({ nodeId }) => {
      const known = rowOf(above, 'nodeSummary', nodeId);
      return !known || known.gone;
    });
    const own = rowsOf(machine, 'progress');
    const stale = [...own].filter(([key, { nodeId, internalVersion, state }]) => {
      const known = rowOf(above, 'progress', key);
      if (!known) return summaries.some((one) => one.nodeId === nodeId);
      return known.internalVersion !== internalVersion || known.state !== state;
    });
    return [
      ...lost.map(({ name }) => ({ rule, text: `${names}: no summary of ${name}` })),
      ...stale.map(([key]) => ({ rule, text: `${names}: no such progress of ${key}` })),
    ];
  });
}
