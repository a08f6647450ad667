import type { Holding, PackageServer } from '../../catalog/model.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { PackageServerProgress, Progress, TreeItem } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';

/**
 * How far a package has come on this node: `item` is the owner's statement as this node has it.
 * Times are spans on this node's clock, added to the age that the statement had when it came, so
 * clocks that differ between nodes change nothing. `undefined` when the node has nothing of it.
 */
export function progressOf(
  model: ReadModel,
  nodeId: string,
  { packageId, item }: { readonly packageId: Guid; readonly item: TreeItem | undefined },
): Progress | undefined {
  const one = model.package(packageId);
  const rejection = [...model.tree.rejections()].find(({ id }) => id === packageId);
  if (!one && !rejection) return undefined;
  const isAhead = one !== undefined && (item?.state?.internalVersion ?? 0) < one.internalVersion;
  const isReplicated = one?.origin === 'REPLICATED';
  return {
    nodeId,
    packageId,
    internalVersion: one?.internalVersion ?? 0,
    ...(rejection
      ? { state: 'REJECTED' as const, reason: rejection.reason }
      : isReplicated && isAhead
        ? { state: 'AHEAD_OF_OWNER' as const, reason: AHEAD }
        : { state: 'RECEIVED' as const, reason: '' }),
    tookMs: item?.ageMs ?? 0,
    packageServers: one ? serversOf(model, one.id, item) : [],
  };
}

const AHEAD = 'This node has a higher version than its owner knows; the owner will raise it.';

/** The last word about a package that this node does not have any more. */
export function goneProgress(nodeId: string, packageId: Guid): Progress {
  return {
    nodeId,
    packageId,
    internalVersion: 0,
    state: 'GONE',
    reason: '',
    tookMs: 0,
    packageServers: [],
  };
}

function serversOf(
  model: ReadModel,
  packageId: Guid,
  item: TreeItem | undefined,
): PackageServerProgress[] {
  const { servers } = model;
  const { assigned } = model.packageIndex(packageId);
  return [...model.packageServers()]
    .filter(({ id, enabled }) => enabled && assigned.has(servers.slotOf.get(id)!))
    .map((server) => ofServer(server, model.holding(server.id, packageId), item))
    .sort((left, right) => (left.packageServerId < right.packageServerId ? -1 : 1));
}

function ofServer(
  { id, name }: PackageServer,
  holding: Holding | undefined,
  item: TreeItem | undefined,
): PackageServerProgress {
  const held = holding?.held[0];
  const isCurrent = held !== undefined && held.internalVersion === item?.state?.internalVersion;
  return {
    packageServerId: id,
    name,
    internalVersion: held?.internalVersion ?? 0,
    status: holding?.status ?? 'PENDING',
    reason: holding?.reason ?? 'It has not reported yet.',
    tookMs: isCurrent ? item.ageMs + Math.max(0, held.sinceMs - item.storedAtMs) : undefined,
  };
}
