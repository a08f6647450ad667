import type { Package, Snapshot } from '../../../catalog/model.ts';
import type { Child, Parent, Rejection, TreeItem } from '../../../catalog/tree-model.ts';
import type { Machine } from '../world/machine.ts';
import type { Violation } from '../world/tree-world.ts';
import { parentOf, rowsOf, spelled } from './rows.ts';

/** One machine as its disk shows it. */
interface View {
  readonly machine: Machine;
  readonly parent: Parent | undefined;
  readonly children: ReadonlyMap<string, Child>;
  readonly packages: ReadonlyMap<string, Package>;
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly items: ReadonlyMap<string, TreeItem>;
  readonly rejections: ReadonlyMap<string, Rejection>;
}

/** What was done in the run that the disks do not show any more. */
export interface Circumstances {
  /** A parent told its children to keep what it deletes, at some time. */
  readonly someKeptDeleted: boolean;
}

/**
 * What is not as it should be in a tree without faults, once everything has come to rest: plain
 * reading of every disk, held against the rules of docs/protocol.md and docs/hierarchy.md.
 */
export function settledFaults(
  machines: readonly Machine[],
  circumstances: Circumstances,
): Violation[] {
  const views = new Map(machines.map((machine) => [machine.identity.nodeId, viewOf(machine)]));
  return [
    ...relationFaults(views),
    ...[...views.values()].flatMap((view) => [
      ...ownFaults(view, circumstances),
      ...replicaFaults(view, views),
      ...derivedFaults(view),
    ]),
  ];
}

function viewOf(machine: Machine): View {
  return {
    machine,
    parent: parentOf(machine),
    children: rowsOf(machine, 'child'),
    packages: rowsOf(machine, 'package'),
    snapshots: rowsOf(machine, 'snapshot'),
    items: rowsOf(machine, 'treeItem'),
    rejections: rowsOf(machine, 'rejection'),
  };
}

type Views = ReadonlyMap<string, View>;

/** Both sides of a relation agree, no join and no notice is half done, and nobody is above itself. */
function relationFaults(views: Views): Violation[] {
  const rule = 'both sides of a relation agree';
  const faults: Violation[] = [];
  const say = (text: string): void => void faults.push({ rule, text });
  for (const { machine, parent, children } of views.values()) {
    const { name, guid } = machine;
    const left = [...rowsOf(machine, 'parent').values()].filter(({ state }) => state === 'LEFT');
    for (const one of left) say(`${name} has left ${one.name}, which was not told`);
    if (parent?.state === 'JOINING') say(`${name} is still joining ${parent.name}`);
    const above = parent && views.get(parent.nodeId);
    const known = above?.children.get(guid);
    if (above && (known?.state !== 'JOINED' || known.publicKey !== machine.identity.publicKey)) {
      say(
        `${name} has the parent ${above.machine.name}, which has it as ${known?.state ?? 'none'}`,
      );
    }
    if (known && parent && known.membership !== parent.membership) {
      say(`${name} and ${above?.machine.name} have different memberships`);
    }
    for (const child of children.values()) {
      const below = views.get(child.nodeId)!;
      const isMutual = below.parent?.nodeId === machine.identity.nodeId;
      // Who was put back to before a join or a leave does not know of it, and nobody can tell it.
      const wasPutBack = [machine, below.machine].some((one) => one.restoredAtMs !== undefined);
      // A removal is kept for 30 days for a child that might ask; it may know already.
      if (!isMutual && !wasPutBack && child.state !== 'REMOVED') {
        say(`${name} has ${child.name} as ${child.state}, which has another parent or none`);
      }
      if (isMutual && child.state === 'REMOVED')
        say(`${child.name} was not told that it is removed`);
      if (child.state === 'JOINING') say(`${name} has ${child.name}, which is still joining`);
    }
    if (isAboveItself(machine, views)) {
      faults.push({ rule: 'no node is above itself', text: name });
    }
  }
  return faults;
}

function isAboveItself(machine: Machine, views: Views): boolean {
  const first = machine.identity.nodeId;
  let above = views.get(first)?.parent?.nodeId;
  for (let steps = 0; above !== undefined && steps <= views.size; steps += 1) {
    if (above === first) return true;
    above = views.get(above)?.parent?.nodeId;
  }
  return false;
}

/** What a node says of its own packages is what it has. */
function ownFaults(view: View, { someKeptDeleted }: Circumstances): Violation[] {
  const { machine, packages, items, snapshots, parent } = view;
  const { name } = machine;
  const own = machine.identity.nodeId;
  const rule = 'an owner tells what it has';
  const faults: Violation[] = [];
  const say = (text: string): void => void faults.push({ rule, text: `${name}: ${text}` });
  for (const one of packages.values()) {
    if (one.origin !== 'LOCAL') continue;
    const item = items.get(`PACKAGE/${one.id}`);
    if (item?.ownerNodeId !== own) {
      const isKept = item && (item.withdrawn || !item.state);
      if (!isKept || !someKeptDeleted) say(`nothing is told of its package ${one.name}`);
      continue;
    }
    const { state } = item;
    const told = [state?.name, state?.description, state?.internalVersion];
    const has = [one.name, one.description, one.internalVersion];
    if (spelled(told) !== spelled(has)) say(`${spelled(told)} is told of ${spelled(has)}`);
    const current = snapshots.get(`${one.id}/${one.internalVersion}`);
    if (current && current.rootHash !== state?.current?.rootHash) {
      say(`another tree is told of ${one.name} than it has`);
    }
  }
  for (const { ownerNodeId, state, id, withdrawn } of items.values()) {
    if (ownerNodeId === own && (state !== undefined) !== (packages.get(id)?.origin === 'LOCAL')) {
      say(`of ${id} it tells ${state ? state.name : 'that it is deleted'}, which is not so`);
    }
    if (ownerNodeId !== own && !parent && !withdrawn) {
      say(`without a parent it has an item ${id} of ${ownerNodeId}`);
    }
  }
  return faults;
}

/** Every item that the parent has and the rule lets through is here, and no other. */
function replicaFaults(view: View, views: Views): Violation[] {
  const { machine, parent, items } = view;
  const above = parent && views.get(parent.nodeId);
  const record = above?.children.get(machine.guid);
  if (!above || !record) return [];
  const rule = 'a child has what its parent has for it';
  const faults: Violation[] = [];
  const ids = new Set([...items.keys(), ...above.items.keys()]);
  for (const key of ids) {
    const there = above.items.get(key);
    const { rule: chosen } = record;
    const isFor =
      there !== undefined &&
      !there.withdrawn &&
      (chosen.kind === 'EVERYTHING' || chosen.packageIds.some((id) => id === there.id));
    const text = itemFault(view, key, isFor ? there : undefined, views);
    if (text) {
      const names = `${lineOf(machine, views)}, ${key}`;
      const told = shown(isFor ? there : undefined, views);
      const seen = `told ${told}, has ${shown(items.get(key), views)}`;
      faults.push({ rule, text: `${names}: ${text} (${seen})` });
    }
  }
  return faults;
}

/** `told`: what is for this node; `undefined` for nothing. */
function itemFault(
  view: View,
  key: string,
  told: TreeItem | undefined,
  views: Views,
): string | undefined {
  const { machine, items, rejections, snapshots } = view;
  const own = machine.identity.nodeId;
  const mine = items.get(key);
  const isOwn = mine?.ownerNodeId === own;
  if (!told) {
    if (!mine || isOwn || mine.withdrawn) return undefined;
    return 'it is not for this node';
  }
  if (!isOwn && mine && !mine.withdrawn && told.signature === mine.signature) {
    if (!ancestorsOf(machine, views).has(mine.ownerNodeId)) return 'its owner is not above';
    return spelled(told.state) === spelled(mine.state) ? undefined : 'it was altered';
  }
  const rejection = rejections.get(key);
  // Deleted by both: there is nothing of it on either side.
  if (isOwn && !mine.state && !told.state) return undefined;
  if (isOwn && mine.state) {
    const isTwin = ['LOCAL_CONFLICT', 'KEPT_LOCAL'].includes(rejection?.code ?? '');
    return !told.state || isTwin ? undefined : 'the conflict is not reported';
  }
  if (rejection?.code === 'VERSION_TAKEN') {
    const taken = snapshots.get(`${told.id}/${told.state?.internalVersion}`);
    const isTaken = taken !== undefined && taken.rootHash !== told.state?.current?.rootHash;
    return isTaken ? undefined : 'its version is not taken';
  }
  // A node in between cannot make an item of a node above it its own; see acceptance in the protocol.
  if (rejection?.code === 'OWNER_DIFFERS' && mine?.state) {
    const above = [...ancestorsOf(machine, views)];
    const isInBetween = above.indexOf(told.ownerNodeId) < above.indexOf(mine.ownerNodeId);
    return isInBetween ? undefined : 'its owner is nearer to the root';
  }
  return rejection ? `it is rejected: ${rejection.code}` : 'it differs';
}

function ancestorsOf(machine: Machine, views: Views): Set<string> {
  const found = new Set<string>();
  let above = views.get(machine.identity.nodeId)?.parent?.nodeId;
  while (above !== undefined && !found.has(above)) {
    found.add(above);
    above = views.get(above)?.parent?.nodeId;
  }
  return found;
}

/** What a node distributes follows from the items it has. */
function derivedFaults({ machine, packages, items, snapshots }: View): Violation[] {
  const rule = 'packages follow from items';
  const faults: Violation[] = [];
  const say = (text: string): void => void faults.push({ rule, text: `${machine.name}: ${text}` });
  const own = machine.identity.nodeId;
  for (const { state, id, ownerNodeId, withdrawn } of items.values()) {
    const one = packages.get(id);
    if (ownerNodeId === own) continue;
    if (!state || withdrawn) {
      if (one?.origin === 'REPLICATED')
        say(`the package ${one.name} was deleted above and is here`);
      continue;
    }
    if (!one) say(`the package ${state.name} is not here`);
    else if (one.origin !== 'REPLICATED') say(`${state.name} is of the parent, and local here`);
    else if (spelled([one.name, one.description]) !== spelled([state.name, state.description])) {
      say(`the package ${one.name} is not as its owner says`);
    } else if (one.internalVersion !== state.internalVersion) {
      say(
        `${one.name} has version ${one.internalVersion}, its owner says ${state.internalVersion}`,
      );
    } else if (state.current) {
      const current = snapshots.get(`${id}/${state.internalVersion}`);
      if (current?.rootHash !== state.current.rootHash) say(`${one.name} has another tree`);
      else if (current.supersededAtMs !== undefined) say(`${one.name} is superseded by nothing`);
    }
  }
  for (const one of packages.values()) {
    if (one.origin === 'REPLICATED' && !items.has(`PACKAGE/${one.id}`)) {
      say(`nobody told it of ${one.name}`);
    }
  }
  return faults;
}

/** From a node to its root, by name. */
function lineOf(machine: Machine, views: Views): string {
  const above = [...ancestorsOf(machine, views)].map((id) => views.get(id)?.machine.name);
  return [machine.name, ...above].join(' below ');
}

function shown(item: TreeItem | undefined, views: Views): string {
  if (!item) return 'nothing';
  const { ownerNodeId, ownerRevision, state, withdrawn } = item;
  const what = state ? `version ${state.internalVersion}` : 'deleted';
  const owner = views.get(ownerNodeId)?.machine.name;
  return `${withdrawn ? 'withdrawn ' : ''}${what} of ${owner} at ${ownerRevision}`;
}
