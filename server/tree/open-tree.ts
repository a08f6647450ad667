import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WebSocket } from 'ws';
import type { Releasers } from '../../core/releasers.ts';
import { revisionOfCursor } from '../../hierarchy/change-cursor.ts';
import { ProgressKeeper } from '../../hierarchy/convergence/progress-keeper.ts';
import type { HierarchyInputs } from '../../hierarchy/hierarchy-service.ts';
import { ChildSessions } from '../../hierarchy/link/child-sessions.ts';
import { parentConnector } from '../../hierarchy/link/parent-connector.ts';
import { ParentLinkKeeper } from '../../hierarchy/link/parent-link-keeper.ts';
import { MembershipKeeper } from '../../hierarchy/membership/keeper.ts';
import { OneAtATime } from '../../hierarchy/membership/one-at-a-time.ts';
import { httpParentContact } from '../../hierarchy/membership/parent-contact.ts';
import type { MembershipInputs } from '../../hierarchy/membership/relations.ts';
import { localizeItems } from '../../hierarchy/replication/localize-items.ts';
import { TreeReplica } from '../../hierarchy/replication/replica.ts';
import { TreeSource } from '../../hierarchy/replication/tree-source.ts';
import { rateLimited } from '../http/address-limiter.ts';
import { LIMITS } from '../limits.ts';
import type { Host, Smp } from '../open-smp.ts';
import { childServicesOf } from './child-services.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { parentPortsOf } from './parent-ports.ts';

/** What an SMP is as a node of a tree. */
export interface Tree {
  /** For the use cases. */
  readonly inputs: HierarchyInputs;
  readonly parentLink: ParentLinkKeeper;
  /** Begins what the node does by itself: its link, the upkeep of relations, what it tells upward. */
  start(): void;
}

/** Puts the parts of the tree together. Nothing runs until `start`; `releasers` ends it. */
export function openTree(
  smp: Smp,
  { clock, logger }: Pick<Host, 'clock' | 'logger'>,
  {
    serverTimeMs,
    releasers,
  }: { readonly serverTimeMs: () => number; readonly releasers: Releasers },
): Tree {
  const { context, queries, database, content, identity, bootCounter } = smp;
  const { wakeups, store } = database;
  const cursorKey = identity.secretFor('change cursor');
  const stopping = new AbortController();
  const revisionOf = (cursor: string) => revisionOfCursor(cursorKey, cursor);
  const childSessions = new ChildSessions({ store, wakeups, clock, logger, revisionOf });
  const membership = membershipOf(smp, stopping.signal);
  const source = new TreeSource({ context, cursorKey });
  const replica = new TreeReplica(context);
  const parentLink = new ParentLinkKeeper({
    context,
    wakeups,
    cursorKey,
    content,
    connector: parentConnector(context, { fetch: globalThis.fetch, webSocket: WebSocket }),
    ports: parentPortsOf({ membership, replica }),
    bootCounter,
  });
  const childServices = childServicesOf({ context, membership, source });
  return {
    inputs: {
      context,
      queries,
      wakeups,
      membership,
      cursorKey,
      childSessions,
      childServices,
      parentLink,
      serverTimeMs,
    },
    parentLink,
    start: () => {
      const { signal } = stopping;
      const running = [
        parentLink.run(signal),
        new MembershipKeeper({ ...membership, wakeups }).run(signal),
        new ProgressKeeper(context).run(signal),
      ];
      releasers.add(async () => {
        stopping.abort(new DOMException('Stopping.', 'AbortError'));
        await Promise.all(running);
      });
    },
  };
}

function membershipOf({ context, database }: Smp, signal: AbortSignal): MembershipInputs {
  return {
    context,
    tokens: database.enrollmentTokens,
    contact: httpParentContact(guardedFetch, context.random, signal),
    localizeItems: (tx, options) => localizeItems(tx, context, options),
    relations: new OneAtATime(),
    limitJoins: joinLimit(),
  };
}

function joinLimit(): MembershipInputs['limitJoins'] {
  const limiter = new RateLimiterMemory({ points: LIMITS.nodes.joinsPerMinute, duration: 60 });
  return async () => {
    try {
      await limiter.consume('join');
    } catch (refusal) {
      throw rateLimited((refusal as { readonly msBeforeNext: number }).msBeforeNext);
    }
  };
}
