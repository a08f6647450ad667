import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import { subscribeChanges } from '../../hierarchy/change-feed.ts';
import { changePageNode } from '../change-nodes.ts';
import { feedSource, type GraphqlContext } from '../context.ts';
import { guidOfReference } from '../node-id.ts';
import { ChangeCursor } from '../scalars.ts';
import {
  guarded,
  packageServerStatusChanges,
  packageSnapshotChanges,
  watchJob,
} from '../streams.ts';
import {
  ChangePageType,
  PackageServerStatusChange,
  PackageSnapshotChange,
} from '../types/change.ts';
import { JobNode } from '../types/operations.ts';

interface Streamed<A> {
  readonly args: A;
  readonly context: GraphqlContext;
}

const AFTER = 'Cursor of the last message that was dealt with; the present when absent.';
const FEED = 'The first message comes at once and carries a cursor.';

@Resolver()
export class SubscriptionsResolver {
  @Subscription(() => ChangePageType, {
    description: `The change feed, in order and without a gap, at the reader's own pace. ${FEED}`,
    subscribe: ({ args, context }: Streamed<{ after?: string }>) =>
      guarded(context, (signal) =>
        subscribeChanges(feedSource(context), { after: args.after ?? undefined, signal }),
      ),
  })
  changes(
    @Root() page: Parameters<typeof changePageNode>[0],
    @Arg('after', () => ChangeCursor, { nullable: true, description: AFTER })
    _after: string | null,
  ): ChangePageType {
    return changePageNode(page);
  }

  @Subscription(() => PackageSnapshotChange, {
    description: `New current snapshots of packages. ${FEED}`,
    subscribe: ({ args, context }: Streamed<{ packageId?: string; after?: string }>) => {
      const { packageId, after } = args;
      const of = packageId == null ? undefined : guidOfReference('package', packageId, PACKAGE);
      return guarded(context, (signal) =>
        packageSnapshotChanges(context, { packageId: of, after: after ?? undefined, signal }),
      );
    },
  })
  packageSnapshotChanged(
    @Root() change: PackageSnapshotChange,
    @Arg('packageId', () => ID, {
      nullable: true,
      description: 'Only of this package, by id or GUID.',
    })
    _packageId: string | null,
    @Arg('after', () => ChangeCursor, { nullable: true, description: AFTER })
    _after: string | null,
  ): PackageSnapshotChange {
    return change;
  }

  @Subscription(() => PackageServerStatusChange, {
    description: `Changes of what package servers have. ${FEED}`,
    subscribe: ({
      args,
      context,
    }: Streamed<{ packageServerId?: string; packageId?: string; after?: string }>) => {
      const { packageServerId, packageId, after } = args;
      const request = {
        after: after ?? undefined,
        packageServerId:
          packageServerId == null
            ? undefined
            : guidOfReference('packageServer', packageServerId, ['packageServerId']),
        packageId: packageId == null ? undefined : guidOfReference('package', packageId, PACKAGE),
      };
      return guarded(context, (signal) =>
        packageServerStatusChanges(context, { ...request, signal }),
      );
    },
  })
  packageServerStatusChanged(
    @Root() change: PackageServerStatusChange,
    @Arg('packageServerId', () => ID, {
      nullable: true,
      description: 'Only of this package server, by id or GUID.',
    })
    _packageServerId: string | null,
    @Arg('packageId', () => ID, {
      nullable: true,
      description: 'Only of this package, by id or GUID.',
    })
    _packageId: string | null,
    @Arg('after', () => ChangeCursor, { nullable: true, description: AFTER })
    _after: string | null,
  ): PackageServerStatusChange {
    return change;
  }

  @Subscription(() => JobNode, {
    description: 'A job now and after each change, until it is finished.',
    subscribe: ({ args, context }: Streamed<{ id: string }>) => {
      const id = guidOfReference('job', args.id, ['id']);
      return guarded(context, (signal) => watchJob(context, id, signal));
    },
  })
  jobUpdated(
    @Root() job: JobNode,
    @Arg('id', () => ID, { description: 'The job, by id or GUID.' }) _id: string,
    @Ctx() _context: GraphqlContext,
  ): JobNode {
    return job;
  }
}

const PACKAGE = ['packageId'];
