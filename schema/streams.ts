import type { Change } from '../catalog/items.ts';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { abortable } from '../hierarchy/abortable.ts';
import { issueCursor } from '../hierarchy/change-cursor.ts';
import { subscribeChanges, type FeedRequest } from '../hierarchy/change-feed.ts';
import { feedSource, type GraphqlContext } from './context.ts';
import type { PackageServerStatusChange, PackageSnapshotChange } from './types/change.ts';
import { childLinkNode, parentLinkNode, type HierarchyChange } from './types/hierarchy.ts';
import { jobNode, type JobNode } from './types/operations.ts';
import { packageNode, snapshotNode } from './types/package.ts';
import { packageStatusNode } from './types/package-status.ts';
import { packageServerNode } from './types/topology.ts';

/** A stream whose every event is preceded by a check that its reader may still read. */
export function guarded<T>(
  context: GraphqlContext,
  start: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncIterableIterator<T> {
  return abortable(undefined, async function* (signal) {
    for await (const event of start(signal)) {
      await context.recheck();
      yield event;
    }
  });
}

/** New current snapshots; first the present one of the package asked for. */
export function packageSnapshotChanges(
  context: GraphqlContext,
  request: FeedRequest & { readonly packageId: Guid | undefined },
): AsyncIterable<PackageSnapshotChange> {
  const { model } = context.catalog;
  const { packageId } = request;
  const event = (id: Guid | undefined, snapshot = currentSnapshot(id)) => {
    const ofPackage = id && model.package(id);
    return {
      package: ofPackage ? packageNode(ofPackage) : null,
      snapshot: snapshot ? snapshotNode(snapshot) : null,
    };
  };
  return derived(context, request, {
    first: () => event(packageId),
    pick: ({ kind, item }) => {
      if (kind !== 'snapshot' || !item || item.supersededAtMs !== undefined) return undefined;
      if (packageId !== undefined && item.packageId !== packageId) return undefined;
      return event(item.packageId, item);
    },
  });

  function currentSnapshot(id: Guid | undefined) {
    return id && model.snapshots(id)[0];
  }
}

/** What package servers have, change by change; first the present state of the pair asked for. */
export function packageServerStatusChanges(
  context: GraphqlContext,
  request: FeedRequest & {
    readonly packageServerId: Guid | undefined;
    readonly packageId: Guid | undefined;
  },
): AsyncIterable<PackageServerStatusChange> {
  const { model } = context.catalog;
  const { packageServerId, packageId } = request;
  const event = (
    serverId: Guid | undefined,
    ofPackageId: Guid | undefined,
    holding = serverId && ofPackageId && model.holding(serverId, ofPackageId),
  ) => {
    const server = serverId && model.packageServer(serverId);
    const ofPackage = ofPackageId && model.package(ofPackageId);
    return {
      packageServer: server ? packageServerNode(server) : null,
      package: ofPackage ? packageNode(ofPackage) : null,
      status: holding ? packageStatusNode(holding) : null,
    };
  };
  return derived(context, request, {
    first: () => event(packageServerId, packageId),
    pick: ({ kind, key, item }) => {
      if (kind !== 'holding') return undefined;
      const [serverId, ofPackageId] = key.split('/') as [Guid, Guid];
      if (packageServerId !== undefined && serverId !== packageServerId) return undefined;
      if (packageId !== undefined && ofPackageId !== packageId) return undefined;
      return item ? event(serverId, ofPackageId, item) : removed(event(serverId, ofPackageId));
    },
  });

  function removed<T>(state: T): T & { status: null } {
    return { ...state, status: null };
  }
}

/** Who is above and below, change by change. */
export function hierarchyChanges(
  context: GraphqlContext,
  request: FeedRequest,
): AsyncIterable<HierarchyChange> {
  const nothing = { parent: null, child: null, forgotten: null };
  return derived(context, request, {
    first: (): Omit<HierarchyChange, keyof Placed> => nothing,
    pick: ({ kind, key, item }) => {
      if (kind !== 'parent' && kind !== 'child') return undefined;
      if (!item) return { ...nothing, forgotten: key };
      return kind === 'parent'
        ? { ...nothing, parent: parentLinkNode(item) }
        : { ...nothing, child: childLinkNode(item) };
    },
  });
}

/** A job now and after each change, until it is finished. Throws `NOT_FOUND`. */
export async function* watchJob(
  { catalog }: GraphqlContext,
  id: Guid,
  signal: AbortSignal,
): AsyncGenerator<JobNode> {
  if (!(await catalog.jobs.get(id))) {
    throw new CanopyError('NOT_FOUND', `id: there is no job ${id}.`, { path: ['id'] });
  }
  for await (const job of catalog.jobs.watch(id, signal)) yield jobNode(job);
}

interface Placed {
  readonly cursor: string;
  readonly revision: number;
  readonly at: Date | null;
}

/** A filter over the change feed: `first` makes the first message, `pick` the later ones. */
async function* derived<E extends object>(
  context: GraphqlContext,
  request: FeedRequest,
  { first, pick }: { readonly first: () => E; readonly pick: (change: Change) => E | undefined },
): AsyncGenerator<E & Placed> {
  let begun = false;
  for await (const page of subscribeChanges(feedSource(context), request)) {
    const cursorAt = (revision: number): string =>
      issueCursor(context.services.feed.cursorKey, {
        epoch: page.epoch,
        run: context.catalog.log.run,
        revision,
      });
    if (!begun) {
      begun = true;
      yield { ...first(), cursor: cursorAt(page.after), revision: page.after, at: null };
    }
    for (const change of page.changes) {
      const event = pick(change);
      if (!event) continue;
      const { revision, atMs } = change;
      yield { ...event, cursor: cursorAt(revision), revision, at: new Date(atMs) };
    }
  }
}
