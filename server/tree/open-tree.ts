import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WebSocket } from 'ws';
import type { CatalogContext } from '../../catalog/context.ts';
import type { JobRun, Jobs } from '../../catalog/jobs.ts';
import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import { CanopyError } from '../../core/errors.ts';
import { ServerClock } from '../../core/server-clock.ts';
import type { Releasers } from '../../core/releasers.ts';
import { revisionOfCursor } from '../../hierarchy/change-cursor.ts';
import { PresenceKeeper } from '../../hierarchy/convergence/presence-keeper.ts';
import { ProgressKeeper } from '../../hierarchy/convergence/progress-keeper.ts';
import { ParentCrossing } from '../../hierarchy/crossing/parent-crossing.ts';
import type { HierarchyInputs } from '../../hierarchy/hierarchy-service.ts';
import { ChildSessions } from '../../hierarchy/link/child-sessions.ts';
import { parentConnector } from '../../hierarchy/link/parent-connector.ts';
import { ParentLinkKeeper } from '../../hierarchy/link/parent-link-keeper.ts';
import { MembershipKeeper } from '../../hierarchy/membership/keeper.ts';
import { OneAtATime } from '../../hierarchy/membership/one-at-a-time.ts';
import { httpParentContact } from '../../hierarchy/membership/parent-contact.ts';
import type { MembershipInputs } from '../../hierarchy/membership/relations.ts';
import { replicateNow, type ReplicationMode } from '../../hierarchy/operations/replicate-now.ts';
import { watchFreedTwins } from '../../hierarchy/replication/freed-twins.ts';
import { localizeItems } from '../../hierarchy/replication/localize-items.ts';
import { TreeReplica } from '../../hierarchy/replication/replica.ts';
import { TreeSource } from '../../hierarchy/replication/tree-source.ts';
import { delegatedExecutor } from '../../hierarchy/remote/delegated-executor.ts';
import { KnownSummaries } from '../../hierarchy/remote/known-summaries.ts';
import type { ChildOperations, RunLocally } from '../../hierarchy/remote/remote-ports.ts';
import { rateLimited } from '../http/address-limiter.ts';
import { LIMITS } from '../limits.ts';
import type { Host, Smp } from '../open-smp.ts';
import { childServicesOf } from './child-services.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { keepSummary } from './keep-summary.ts';
import { parentPortsOf } from './parent-ports.ts';

/** What an SMP is as a node of a tree. */
export interface Tree {
  /** For the use cases. */
  readonly inputs: HierarchyInputs;
  readonly context: CatalogContext;
  readonly crossing: ParentCrossing;
  readonly parentLink: ParentLinkKeeper;
  /** The work of a replication job. */
  replicateNow(mode: ReplicationMode): (run: JobRun) => Promise<string>;
  /** Who executes this node's own part of tree queries; without it there is no answer. */
  answerBy(runLocally: RunLocally): void;
  /** Begins what the node does by itself: its link, the upkeep of relations, what it tells upward. */
  start(): void;
}

/** What the tree needs of the rest of the server. */
export interface TreeHost {
  /** The time by which signatures are judged. */
  readonly serverTimeMs: () => number;
  readonly links: PackageServerLinks;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  /** Where people reach this server. */
  readonly url: string;
  readonly releasers: Releasers;
}

/** Puts the parts of the tree together. Nothing runs until `start`; `releasers` ends it. */
export function openTree(
  smp: Smp,
  { clock }: Pick<Host, 'clock'>,
  { serverTimeMs, links, jobs, url, releasers }: TreeHost,
): Tree {
  const { context, queries, database, content, identity, bootCounter } = smp;
  const { wakeups } = database;
  const cursorKey = identity.secretFor('change cursor');
  const stopping = new AbortController();
  const sessions = childSessionsOf(smp, clock, cursorKey);
  const membership = membershipOf(smp, stopping.signal);
  const compare = (): void => void parentLink.compare().catch(() => undefined);
  const source = new TreeSource({ context, cursorKey, content, onTakenBack: compare });
  const replica = new TreeReplica(context);
  const answers = new LateAnswers();
  const crossing = new ParentCrossing(context, links);
  const parentClock = new ServerClock(clock);
  const parentTimeMs = (): number => parentClock.nowMs();
  const execute = delegatedExecutor({ context, parentTimeMs, runLocally: answers.run });
  const parentLink = new ParentLinkKeeper({
    ...{ context, wakeups, cursorKey, content, bootCounter },
    connector: parentConnector(context, {
      ...{ fetch: globalThis.fetch, webSocket: WebSocket },
      parentClock,
    }),
    ports: parentPortsOf({ membership, sessions, replica, execute, crossing }),
  });
  const presence = new PresenceKeeper(context, sessions);
  const summaries = new KnownSummaries({ store: context.store, wakeups, clock });
  const childServices = childServicesOf({ context, membership, source, sessions, presence });
  return {
    inputs: {
      context,
      queries,
      wakeups,
      links,
      jobs,
      membership,
      cursorKey,
      childSessions: sessions,
      childServices,
      parentLink,
      serverTimeMs,
      summaries,
      children: childOperations(sessions),
      runLocally: answers.run,
    },
    context,
    crossing,
    parentLink,
    replicateNow: (mode) => replicateNow({ context, sessions, parentLink, summaries }, mode),
    answerBy: (answering) => {
      answers.by = answering;
    },
    start: () => {
      const { signal } = stopping;
      const running = [
        parentLink.run(signal),
        new MembershipKeeper(membership).run(signal),
        new ProgressKeeper(context).run(signal),
        presence.run(signal),
        crossing.run(signal),
        keepSummary(smp, { url, links }, signal),
      ];
      const unwatch = watchFreedTwins(context.model, compare);
      releasers.add(() => ended(running, stopping));
      releasers.add(unwatch);
    },
  };
}

/** Who answers is known only once the server that this is a part of is put together. */
class LateAnswers {
  by: RunLocally | undefined;
  readonly run: RunLocally = async (operation) => {
    if (this.by) return this.by(operation);
    throw new CanopyError('NOT_READY', 'This server is starting.');
  };
}

/** Stops what runs, and waits until it has ended. */
async function ended(running: readonly Promise<void>[], stopping: AbortController): Promise<void> {
  stopping.abort(new DOMException('Stopping.', 'AbortError'));
  await Promise.all(running);
}

function childSessionsOf(
  { database, context }: Smp,
  clock: Host['clock'],
  cursorKey: Uint8Array,
): ChildSessions {
  const { store, wakeups } = database;
  const revisionOf = (cursor: string) => revisionOfCursor(cursorKey, cursor);
  return new ChildSessions({ store, wakeups, clock, logger: context.logger, revisionOf });
}

/** The links of children, as tree queries use them. */
function childOperations(sessions: ChildSessions): ChildOperations {
  return {
    isOpen: (id) => sessions.isOpen(id),
    delegate: (id, operation, timeoutMs, signal) =>
      sessions.delegate(id, operation, timeoutMs, signal),
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
