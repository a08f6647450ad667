import { updateDistributionPoint } from '../../../catalog/distribution-points.ts';
import { issueToken } from '../../../catalog/enrollment-tokens.ts';
import type { Package } from '../../../catalog/model.ts';
import { createPackage, deletePackage, updatePackage } from '../../../catalog/packages.ts';
import type { ConflictChoice } from '../../../catalog/tree-model.ts';
import type { ContentStore } from '../../../content/index.ts';
import type { Guid } from '../../../core/guid.ts';
import { joinHierarchy } from '../../../hierarchy/membership/join.ts';
import {
  leaveHierarchy,
  removeChild,
  type ItemsChoice,
} from '../../../hierarchy/membership/leave.ts';
import { enableReplication } from '../../../hierarchy/operations/enable-replication.ts';
import { updateChild, type ChildChange } from '../../../hierarchy/operations/update-child.ts';
import { confirmHeldDeletions } from '../../../hierarchy/replication/held-deletions.ts';
import type { SmpProcess } from './smp-process.ts';

/** What people do at an SMP, by the use cases that the API calls. */

export async function addPackage(process: SmpProcess, name: string, text: string): Promise<void> {
  const path = `/packages/${name}`;
  const { context, machine } = process;
  machine.content.folders.set(path, text);
  const { id } = await createPackage(context, { name, source: { kind: 'LOCAL', path } });
  await publish(process, id);
}

/** Reads the package's source, and makes a version if it has changed. */
export async function publish({ context, machine }: SmpProcess, packageId: Guid): Promise<void> {
  await updateDistributionPoint(
    {
      context,
      content: machine.content as unknown as ContentStore,
      uncMounts: [] as never,
      renderSnapshot: async () => undefined,
    },
    { packageId, recheck: 'content', force: false },
  );
}

export async function changeFiles(process: SmpProcess, one: Package, text: string): Promise<void> {
  if (one.source.kind === 'LOCAL') process.machine.content.folders.set(one.source.path, text);
  await publish(process, one.id);
}

export async function describe(
  { context }: SmpProcess,
  id: Guid,
  description: string,
): Promise<void> {
  await updatePackage(context, id, { description });
}

export async function setEnabled(
  { context }: SmpProcess,
  id: Guid,
  enabled: boolean,
): Promise<void> {
  await updatePackage(context, id, { enabled });
}

export async function dropPackage({ context }: SmpProcess, id: Guid): Promise<void> {
  await deletePackage(context, id);
}

export async function changeChild(
  { context }: SmpProcess,
  childId: Guid,
  change: Pick<ChildChange, 'rule' | 'deletePolicy'>,
): Promise<void> {
  await updateChild(context, childId, { ...change, dryRun: false });
}

/** With one neighbour, or with all. */
export async function setReplication(
  { context }: SmpProcess,
  enabled: boolean,
  neighbour?: string,
): Promise<void> {
  await enableReplication(context, { enabled, neighbour });
}

/** Complete replication to a child: it compares everything, if it is connected. */
export async function compareWith({ sessions }: SmpProcess, childId: Guid): Promise<void> {
  await sessions.requestComparison(childId);
}

export interface JoinChoices {
  readonly minutes: number;
  readonly onConflict: ConflictChoice;
  readonly replaceParent: boolean;
}

export async function join(
  child: SmpProcess,
  parent: SmpProcess,
  { minutes, onConflict, replaceParent }: JoinChoices,
): Promise<void> {
  const subject = { kind: 'CHILD', packageServerId: undefined } as const;
  const { token } = await issueToken(parent.membership, subject, minutes);
  await joinHierarchy(child.membership, {
    parentUrl: parent.machine.url,
    token,
    onConflict,
    metadataOnly: false,
    expectRoot: '',
    replaceParent,
    dryRun: false,
  });
}

export async function leave({ membership }: SmpProcess, items: ItemsChoice): Promise<void> {
  await leaveHierarchy(membership, { items, dryRun: false });
}

export async function remove(
  { membership }: SmpProcess,
  childId: Guid,
  items: ItemsChoice,
): Promise<void> {
  await removeChild(membership, childId, { items, dryRun: false });
}

/** What the brake held back is meant. */
export async function confirmDeletions({ context }: SmpProcess): Promise<void> {
  await confirmHeldDeletions(context, { packageIds: undefined, dryRun: false });
}
