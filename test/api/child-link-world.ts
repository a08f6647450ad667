import { WebSocket } from 'ws';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Child, Parent } from '../../catalog/tree-model.ts';
import { openContentStore, type ContentStore } from '../../content/index.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import { ServerClock } from '../../core/server-clock.ts';
import { Releasers } from '../../core/releasers.ts';
import { parentConnector } from '../../hierarchy/link/parent-connector.ts';
import { ParentLinkKeeper } from '../../hierarchy/link/parent-link-keeper.ts';
import { temporaryDirectory } from '../support/database.ts';
import { SimpleChildServices, SimpleParentPorts } from '../support/link-doubles.ts';
import { treeItems } from '../support/tree-items.ts';
import { startGraphqlServer, type GraphqlServer } from './graphql-server.ts';

/** Two servers with real sockets between them; only what goes through the link is simple. */
export interface LinkWorld {
  readonly parent: GraphqlServer;
  readonly services: SimpleChildServices;
  readonly child: GraphqlServer;
  readonly content: ContentStore;
  /** Admits the child on the parent's side and stores the parent on the child's. */
  join(change?: { readonly url?: string; readonly child?: Partial<Child> }): Promise<Child>;
  /** Runs the child's end of the link; `stop` ends it. */
  follow(options?: {
    readonly clock?: Clock;
    readonly bootCounter?: number;
    readonly ports?: SimpleParentPorts;
  }): Follower;
  /** Ends what runs and forgets what a test stored. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface Follower {
  readonly keeper: ParentLinkKeeper;
  readonly ports: SimpleParentPorts;
  stop(): Promise<void>;
}

export async function openLinkWorld(): Promise<LinkWorld> {
  const releasers = new Releasers();
  let services!: SimpleChildServices;
  const parent = await startGraphqlServer({
    childServices: (context, cursorKey) => (services = new SimpleChildServices(context, cursorKey)),
  });
  releasers.add(() => parent.close());
  const child = await startGraphqlServer();
  releasers.add(() => child.close());
  const folder = await temporaryDirectory();
  releasers.add(() => folder.remove());
  const content = await openContentStore({
    folder: folder.path,
    clock: systemClock,
    random: systemRandom,
  });
  releasers.add(() => content.close());
  const followers = new Set<Follower>();
  const follow: LinkWorld['follow'] = (options = {}) => {
    const { clock = systemClock, bootCounter = 1, ports = new SimpleParentPorts() } = options;
    const context: CatalogContext = { ...child.context, clock };
    const parentClock = new ServerClock(clock);
    const network = { fetch: globalThis.fetch, webSocket: WebSocket, parentClock };
    const keeper = new ParentLinkKeeper({
      context,
      wakeups: child.database.wakeups,
      cursorKey: new Uint8Array(32).fill(3),
      content,
      connector: parentConnector(context, network),
      ports,
      bootCounter,
    });
    const stopping = new AbortController();
    const running = keeper.run(stopping.signal);
    const follower: Follower = {
      keeper,
      ports,
      async stop() {
        followers.delete(follower);
        stopping.abort();
        await running;
      },
    };
    followers.add(follower);
    return follower;
  };
  return {
    parent,
    services,
    child,
    content,
    follow,
    async join({ url = parent.url, child: change = {} } = {}) {
      const drafts = treeItems(systemRandom.guid());
      const { nodeId, publicKey } = child.identity;
      const item: Child = {
        ...drafts.child,
        id: child.model.smp.id,
        nodeId,
        publicKey,
        name: 'child',
        rule: { kind: 'EVERYTHING' },
        ...change,
      };
      await parent.write(async (tx) => tx.put('child', item));
      const { identity, model } = parent;
      const draft: Parent = {
        ...drafts.parent,
        nodeId: identity.nodeId,
        publicKey: identity.publicKey,
        guid: model.smp.id,
        url,
        state: 'JOINED',
        admission: undefined,
      };
      await child.write(async (tx) => tx.put('parent', draft));
      return item;
    },
    async clear() {
      await Promise.all([...followers].map((one) => one.stop()));
      for (const server of [parent, child]) {
        await server.write(async (tx) => {
          for (const kind of [
            'child',
            'parent',
            'treeItem',
            'nodeSummary',
            'feedPosition',
          ] as const) {
            for (const one of await tx.list(kind)) {
              tx.remove(kind, KEYS[kind](one as never));
            }
          }
        });
      }
    },
    close: () => releasers.release(),
  };
}

const KEYS = {
  child: (one: Child) => one.id,
  parent: (one: Parent) => one.nodeId,
  treeItem: (one: { kind: string; id: string }) => `${one.kind}/${one.id}`,
  nodeSummary: (one: { nodeId: string }) => one.nodeId,
  feedPosition: (one: { direction: string; nodeId: string }) => `${one.direction}/${one.nodeId}`,
};

/** A clock whose time runs `factor` times as fast and is `aheadMs` ahead. */
export function quickClock(factor: number, aheadMs = 0): Clock {
  const startMs = systemClock.monotonicMs();
  const spanMs = (): number => (systemClock.monotonicMs() - startMs) * factor;
  const wallMs = systemClock.nowMs() + aheadMs;
  return {
    nowMs: () => Math.floor(wallMs + spanMs()),
    monotonicMs: spanMs,
    after: (delayMs, run) => systemClock.after(delayMs / factor, run),
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / factor, signal),
  };
}
