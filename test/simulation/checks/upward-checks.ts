import type { NodeSummary } from '../../../catalog/tree-model.ts';
import type { Machine } from '../world/machine.ts';
import type { Violation } from '../world/tree-world.ts';
import { parentOf, rowOf, rowsOf, spelled } from './rows.ts';

/**
 * Every node knows what each node below it says of itself, as that node's own disk has it, and
 * nothing of any other.
 */
export function upwardFaults(machines: readonly Machine[]): Violation[] {
  const byId = new Map(machines.map((machine) => [`${machine.identity.nodeId}`, machine]));
  return machines.flatMap((machine) => [
    ...unknownFaults(machine, byId),
    ...strangerFaults(machine, byId),
  ]);
}

type Machines = ReadonlyMap<string, Machine>;

function unknownFaults(machine: Machine, byId: Machines): Violation[] {
  const faults: Violation[] = [];
  const known = rowsOf(machine, 'nodeSummary');
  const progress = rowsOf(machine, 'progress');
  for (const [nodeId, below] of byId) {
    if (!isBelow(below, machine, byId)) continue;
    const say = (text: string): void =>
      void faults.push({
        rule: 'what goes up arrives',
        text: `${machine.name} of ${below.name}: ${text}`,
      });
    const own = rowOf(below, 'nodeSummary', nodeId);
    const one = known.get(nodeId);
    if (!own || !one || one.gone) say('no summary');
    else {
      const [has, said] = [told(one), { ...told(own), parentNodeId: parentOf(below)?.nodeId }];
      if (spelled(has) !== spelled(said)) say(`${spelled(has)} is known, said ${spelled(said)}`);
      if (!one.connected) say('it is shown as away');
    }
    const isOwn = ([key]: [string, unknown]): boolean => key.startsWith(`${nodeId}/`);
    const has = new Map([...progress].filter(isOwn));
    for (const [key, said] of [...rowsOf(below, 'progress')].filter(isOwn)) {
      const one = spelled(has.get(key));
      if (one !== spelled(said)) say(`${one} is known of ${key}, said ${spelled(said)}`);
      has.delete(key);
    }
    for (const key of has.keys()) say(`progress of ${key}, which it has not told`);
  }
  return faults;
}

/** Nodes that are not below. */
function strangerFaults(machine: Machine, byId: Machines): Violation[] {
  const living = [...rowsOf(machine, 'nodeSummary').values()].filter(({ gone }) => !gone);
  const known = new Set(living.map(({ nodeId }) => nodeId));
  const isThere = (nodeId: string): boolean => {
    const one = byId.get(nodeId);
    return one !== undefined && (one === machine || isBelow(one, machine, byId));
  };
  const strangers = living.filter(({ nodeId, parentNodeId }) => {
    if (isThere(nodeId)) return false;
    if (!isThere(parentNodeId)) return !known.has(parentNodeId);
    // Who was put back to before a leave counts on: another check judges that record.
    const record = rowOf(byId.get(parentNodeId)!, 'child', byId.get(nodeId)?.guid ?? '');
    return !record || record.state === 'REMOVED';
  });
  const lost = [...rowsOf(machine, 'progress').values()].filter(({ nodeId }) => !known.has(nodeId));
  const rule = 'nothing is known of nodes that are not below';
  return [
    ...strangers.map(({ name }) => ({ rule, text: `${machine.name} has ${name}` })),
    ...lost.map(({ nodeId, packageId }) => ({
      rule,
      text: `${machine.name} has progress of ${packageId} on ${byId.get(nodeId)?.name}`,
    })),
  ];
}

/** What a node says of itself; the rest its parent writes, or is of the way that it took. */
function told(summary: NodeSummary): Partial<NodeSummary> {
  const { nodeId, parentNodeId, placement, telling, name, url, packages, sites } = summary;
  const { rejectedItems, takesReplication } = summary;
  const counts = { packages, sites, rejectedItems, takesReplication };
  return { nodeId, parentNodeId, placement, telling, name, url, ...counts };
}

function isBelow(machine: Machine, top: Machine, byId: Machines): boolean {
  let at = machine;
  for (let steps = 0; steps < byId.size; steps += 1) {
    const parent = parentOf(at);
    const above = byId.get(parent?.nodeId ?? '');
    if (parent?.state !== 'JOINED' || !above) return false;
    if (rowOf(above, 'child', at.guid)?.state !== 'JOINED') return false;
    if (above === top) return true;
    at = above;
  }
  return false;
}
