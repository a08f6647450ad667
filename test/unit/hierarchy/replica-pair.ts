import type { Package } from '../../../catalog/model.ts';
import type { Child, TreeItem } from '../../../catalog/tree-model.ts';
import type { Guid } from '../../../core/guid.ts';
import type { TreePage } from '../../../hierarchy/link/link-protocol.ts';
import type { CompareSource } from '../../../hierarchy/link/parent-ports.ts';
import { TreeReplica } from '../../../hierarchy/replication/replica.ts';
import { TreeSource } from '../../../hierarchy/replication/tree-source.ts';
import { relate } from '../../simulation/support/family.ts';
import { MemoryDatabase } from '../../simulation/support/memory-database.ts';
import {
  seededIdentity,
  startMemoryNode,
  type MemoryNode,
  type NodeDisk,
} from '../../simulation/support/memory-node.ts';
import { SeededRandom } from '../../simulation/support/seeded-random.ts';
import { VirtualClock, VirtualTime } from '../../simulation/support/virtual-clock.ts';
import { aPackage } from '../../support/database-items.ts';

const START_MS = 1_790_000_000_000;
export const HASH = 'cd'.repeat(32);
const time = new VirtualTime();
let serial = 0;

export function aDisk(name: string): NodeDisk {
  const random = new SeededRandom(`${name} ${(serial += 1)}`);
  const identity = seededIdentity(random);
  return { name, identity, guid: random.guid(), database: new MemoryDatabase(random) };
}

export const start = (disk: NodeDisk): Promise<MemoryNode> =>
  startMemoryNode(disk, {
    clock: new VirtualClock(time, START_MS),
    random: new SeededRandom(`process ${(serial += 1)}`),
  });

export interface Pair {
  readonly parent: MemoryNode;
  readonly child: MemoryNode;
  readonly source: TreeSource;
  readonly replica: TreeReplica;
  readonly record: Child;
  readonly parentNodeId: string;
  readonly compareSource: CompareSource;
  /** Bytes that crossed, both ways. */
  readonly traffic: { bytes: number };
}

export async function aPair(given: Parameters<typeof relate>[2] = {}): Promise<Pair> {
  const parent = await start(aDisk('parent'));
  const child = await start(aDisk('child'));
  return pairOf(parent, child, given);
}

export async function pairOf(
  parent: MemoryNode,
  child: MemoryNode,
  given: Parameters<typeof relate>[2] = {},
): Promise<Pair> {
  const { child: record, parentNodeId } = await relate(parent, child, given);
  const source = new TreeSource({ context: parent.context, cursorKey: new Uint8Array(32) });
  const traffic = { bytes: 0 };
  const carried = async <T>(question: unknown, answer: Promise<T>): Promise<T> => {
    const text = JSON.stringify([question, await answer]);
    traffic.bytes += text.length;
    return (JSON.parse(text) as [unknown, T])[1];
  };
  const now = (): Child => parent.context.model.tree.child(record.id)!;
  const compareSource: CompareSource = {
    digests: (question) => carried(question, source.digests(now(), question)),
    items: async (keys) => ({
      items: await carried(keys, source.items(now(), keys)),
      refusals: [],
    }),
    offerNewer: (items) => carried(items, source.offerNewer(now(), items)),
    signal: new AbortController().signal,
  };
  return {
    parent,
    child,
    source,
    replica: new TreeReplica(child.context),
    record,
    parentNodeId,
    compareSource,
    traffic,
  };
}

/** Reads on until there is nothing more; compares when told to. */
export async function follow(pair: Pair): Promise<void> {
  const { source, replica, parent, record, parentNodeId, compareSource } = pair;
  const above = { nodeId: parentNodeId };
  for (;;) {
    const cursor = await replica.cursor(above);
    const answer = await source.readPage(parent.context.model.tree.child(record.id)!, cursor);
    if (answer.kind === 'NOTHING') return;
    if (answer.kind === 'COMPARE') await replica.compare(above, answer.reason, compareSource);
    else {
      const { items, cursor: end } = JSON.parse(JSON.stringify(answer.page)) as TreePage;
      const shown = await replica.apply(above, { items, refusals: [], cursor: end });
      if (shown === 'STORED' && !answer.page.more) return;
    }
  }
}

/** The next thing that the child does is to compare everything. */
export async function forget({ child, parentNodeId }: Pair): Promise<void> {
  await child.context.write(async (tx) => tx.remove('feedPosition', `DOWN/${parentNodeId}`));
}

export async function publish(
  node: MemoryNode,
  given: Partial<Package> = {},
  rootHash = HASH,
): Promise<Package> {
  const { context } = node;
  const one = aPackage({
    id: context.random.guid(),
    ownerNodeId: context.identity.nodeId,
    internalVersion: 1_790_000_000,
    ...given,
  });
  await context.write(async (tx) => {
    tx.put('package', one);
    tx.put('snapshot', {
      packageId: one.id,
      internalVersion: one.internalVersion,
      rootHash,
      manifestHash: HASH,
      chunkIndexHash: HASH,
      fileCount: 1,
      folderCount: 0,
      sizeBytes: 7,
      createdAtMs: START_MS,
      supersededAtMs: undefined,
      ownerNodeId: context.identity.nodeId,
      signature: 'by the owner',
      origin: 'LOCAL',
    });
  });
  return one;
}

export const packagesOf = (node: MemoryNode): Package[] => [...node.context.model.packages()];
export const treeItemOf = async (node: MemoryNode, id: Guid): Promise<TreeItem | undefined> =>
  (await node.context.store.transact((tx) => tx.get('treeItem', `PACKAGE/${id}`))).value;
