import type { Package, Snapshot } from '../../../catalog/model.ts';
import type {
  Child,
  FeedPosition,
  NodeSummary,
  Parent,
  Progress,
  Rejection,
  TreeItem,
} from '../../../catalog/tree-model.ts';
import type { Machine } from '../world/machine.ts';

/** What the checkers read of a store. */
interface Kinds {
  package: Package;
  snapshot: Snapshot;
  parent: Parent;
  child: Child;
  rejection: Rejection;
  treeItem: TreeItem;
  feedPosition: FeedPosition;
  nodeSummary: NodeSummary;
  progress: Progress;
}

/** The rows of one kind on a machine's disk, by key. Nothing but the disk is looked at. */
export function rowsOf<K extends keyof Kinds>(machine: Machine, kind: K): Map<string, Kinds[K]> {
  const prefix = `${kind} `;
  const found = new Map<string, Kinds[K]>();
  for (const [address, { text }] of machine.database.content.rows) {
    if (!address.startsWith(prefix)) continue;
    found.set(address.slice(prefix.length), JSON.parse(text) as Kinds[K]);
  }
  return found;
}

/** One row of a machine's disk. */
export function rowOf<K extends keyof Kinds>(
  machine: Machine,
  kind: K,
  key: string,
): Kinds[K] | undefined {
  const row = machine.database.content.rows.get(`${kind} ${key}`);
  return row && (JSON.parse(row.text) as Kinds[K]);
}

export const parse = <T>(text: string | undefined): T | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as T);

/** The relation to a parent that is not over. */
export function parentOf(machine: Machine): Parent | undefined {
  return [...rowsOf(machine, 'parent').values()].find(({ state }) => state !== 'LEFT');
}

/** Text that is equal when two values say the same, in whatever order their members stand. */
export function spelled(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
