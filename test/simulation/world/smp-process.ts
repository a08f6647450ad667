import type { CatalogContext } from '../../../catalog/context.ts';
import { ModelFollower } from '../../../catalog/model-follower.ts';
import { PackageServerLinks } from '../../../catalog/package-server-links.ts';
import {
  createPackageServer,
  assignPackageServerToSite,
} from '../../../catalog/package-servers.ts';
import type { CatalogStore } from '../../../catalog/ports.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import { createSite, createSubnet } from '../../../catalog/sites.ts';
import { notAChild, type ChildPrincipal } from '../../../catalog/authority.ts';
import type { ContentStore } from '../../../content/index.ts';
import type { Guid } from '../../../core/guid.ts';
import type { Logger } from '../../../core/logger.ts';
import { revisionOfCursor } from '../../../hierarchy/change-cursor.ts';
import { PresenceKeeper } from '../../../hierarchy/convergence/presence-keeper.ts';
import { ProgressKeeper } from '../../../hierarchy/convergence/progress-keeper.ts';
import { ParentCrossing } from '../../../hierarchy/crossing/parent-crossing.ts';
import type { ChildServices } from '../../../hierarchy/link/child-services.ts';
import { ChildSessions } from '../../../hierarchy/link/child-sessions.ts';
import { linkFor } from '../../../hierarchy/link/link-service.ts';
import { ParentLinkKeeper } from '../../../hierarchy/link/parent-link-keeper.ts';
import type { ParentConnector, Replica } from '../../../hierarchy/link/parent-ports.ts';
import { MembershipKeeper } from '../../../hierarchy/membership/keeper.ts';
import { OneAtATime } from '../../../hierarchy/membership/one-at-a-time.ts';
import type { ParentContact } from '../../../hierarchy/membership/parent-contact.ts';
import type { MembershipInputs } from '../../../hierarchy/membership/relations.ts';
import { SummaryKeeper } from '../../../hierarchy/remote/summary-keeper.ts';
import { watchFreedTwins } from '../../../hierarchy/replication/freed-twins.ts';
import { localizeItems } from '../../../hierarchy/replication/localize-items.ts';
import { publishing, publishMissing } from '../../../hierarchy/replication/publish-changes.ts';
import { TreeReplica } from '../../../hierarchy/replication/replica.ts';
import { TreeSource } from '../../../hierarchy/replication/tree-source.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import { childServicesOf } from '../../../server/tree/child-services.ts';
import { parentPortsOf } from '../../../server/tree/parent-ports.ts';
import type { CommitFault, MemoryStore, RowChange } from '../support/memory-database.ts';
import { ProcessClock } from '../support/process-clock.ts';
import type { Machine } from './machine.ts';

/** What a test may put around the ports of every process, to break them. */
export interface Plant {
  readonly replica?: (replica: Replica, context: CatalogContext) => Replica;
  readonly store?: (store: CatalogStore) => CatalogStore;
}

/** What a process is given by the world it runs in. */
export interface ProcessHost {
  readonly logger: Logger;
  readonly plant: Plant;
  connectorOf(process: SmpProcess): ParentConnector;
  contactOf(process: SmpProcess): ParentContact;
  fault(process: SmpProcess): CommitFault;
  onDeath(process: SmpProcess): void;
  onCommit(process: SmpProcess, changes: readonly RowChange[]): void;
}

export type ChildLinkService = ReturnType<typeof linkFor>;

/**
 * One run of an SMP: the classes that the server is made of, put together as it puts them together,
 * on a store, a transport, a clock and randomness of the simulator's.
 */
export class SmpProcess {
  readonly machine: Machine;
  readonly context: CatalogContext;
  readonly sessions: ChildSessions;
  readonly membership: MembershipInputs;
  isAlive = true;
  isUp = false;
  private readonly host: ProcessHost;
  private readonly clock: ProcessClock;
  private readonly raw: MemoryStore;
  private readonly wakeups = createWakeups();
  private readonly follower: ModelFollower;
  private readonly childServices: ChildServices;
  private readonly parentLink: ParentLinkKeeper;
  private readonly cursorKey: Uint8Array;
  private readonly presence: PresenceKeeper;

  constructor(machine: Machine, host: ProcessHost) {
    this.machine = machine;
    this.host = host;
    machine.bootCounter += 1;
    const { identity } = machine;
    this.cursorKey = identity.secretFor('change cursor');
    const random = machine.random.fork(`process ${(machine.starts += 1)}`);
    const clock = (this.clock = new ProcessClock(machine.clock));
    this.raw = machine.database.open({
      clock,
      random: random.fork('store'),
      wakeups: this.wakeups,
      fault: () => host.fault(this),
      onDeath: () => host.onDeath(this),
      onCommit: (changes) => host.onCommit(this, changes),
    });
    const planted = host.plant.store?.(storeOf(this.raw)) ?? this.raw;
    const store = publishing(planted, { identity, clock });
    const model = modelOf(machine);
    const { logger } = host;
    this.follower = new ModelFollower({ store, model, wakeups: this.wakeups, clock, logger });
    this.context = {
      store,
      model,
      clock,
      random,
      identity,
      logger,
      write: (work) => this.follower.write(() => store.transact(work)),
    };
    const revisionOf = (cursor: string) => revisionOfCursor(this.cursorKey, cursor);
    this.sessions = new ChildSessions({
      store: planted,
      wakeups: this.wakeups,
      clock,
      logger,
      revisionOf,
    });
    this.membership = this.membershipInputs();
    this.presence = new PresenceKeeper(this.context, this.sessions);
    this.parentLink = this.openParentLink();
    const source = new TreeSource({
      context: this.context,
      cursorKey: this.cursorKey,
      content: machine.content,
      onTakenBack: () => this.compare(),
    });
    this.childServices = childServicesOf({
      context: this.context,
      membership: this.membership,
      source,
      sessions: this.sessions,
      presence: this.presence,
    });
  }

  /** Opens what is on disk, and begins what an SMP does by itself. */
  async start(): Promise<void> {
    const { context, clock } = this;
    await publishMissing(this.raw, { identity: context.identity, clock });
    await this.follower.start();
    if ([...context.model.sites()].length === 0) await furnish(context, this.machine);
    const { signal } = new AbortController();
    const running = [
      this.parentLink.run(signal),
      new MembershipKeeper(this.membership).run(signal),
      new ProgressKeeper(context).run(signal),
      this.presence.run(signal),
      this.summary().run(signal),
    ];
    for (const one of running) void one;
    watchFreedTwins(context.model, () => this.compare());
    this.isUp = true;
  }

  /** Ends the process at once, wherever it is. */
  kill(): void {
    this.isAlive = false;
    this.isUp = false;
    this.raw.close();
    this.clock.stop();
  }

  /** The door for a child that signs with this key; throws `NOT_A_CHILD` for one that is unknown. */
  linkOf(childId: Guid, publicKey: string): ChildLinkService {
    const { context, sessions, childServices } = this;
    const child = context.model.tree.child(childId);
    if (child?.publicKey !== publicKey) throw notAChild(childId, context.model.smp.name);
    const principal: ChildPrincipal = { name: child.name, role: 'CHILD', childId, publicKey };
    const inputs = {
      context,
      sessions,
      services: childServices,
      serverTimeMs: () => this.clock.nowMs(),
      parentLink: undefined,
    };
    return linkFor(inputs, () => principal);
  }

  private compare(): void {
    this.parentLink.compare().catch(() => undefined);
  }

  private membershipInputs(): MembershipInputs {
    const { context, machine } = this;
    return {
      context,
      tokens: machine.tokens,
      contact: this.host.contactOf(this),
      localizeItems: (tx, options) => localizeItems(tx, context, options),
      relations: new OneAtATime(),
      limitJoins: async () => undefined,
    };
  }

  private openParentLink(): ParentLinkKeeper {
    const { context, machine, host, membership, clock } = this;
    const replica = new TreeReplica(context);
    const ports = parentPortsOf({
      membership,
      sessions: this.sessions,
      replica,
      execute: () => Promise.reject(new Error('Nobody asks in the simulation.')),
      crossing: new ParentCrossing(context, new PackageServerLinks(clock)),
    });
    return new ParentLinkKeeper({
      context,
      wakeups: this.wakeups,
      cursorKey: this.cursorKey,
      content: machine.content as Pick<
        ContentStore,
        'readBlob' | 'writeBlob' | 'readManifest' | 'readChunkIndex'
      >,
      connector: host.connectorOf(this),
      ports: { ...ports, replica: host.plant.replica?.(replica, context) ?? replica },
      bootCounter: machine.bootCounter,
    });
  }

  private summary(): SummaryKeeper {
    return new SummaryKeeper(this.context, {
      version: 'simulated',
      url: this.machine.url,
      packageServersConnected: () => 0,
      readinessReasons: () => [],
    });
  }
}

/** The store as a plain object, which can be spread. */
function storeOf(raw: MemoryStore): CatalogStore {
  return {
    transact: (work) => raw.transact(work),
    readAll: () => raw.readAll(),
    log: raw.log,
    states: raw.states,
  };
}

function modelOf({ guid, name, url, address }: Machine): ReadModel {
  return new ReadModel({
    id: guid,
    name,
    scheme: 'https',
    publicUrl: url,
    addresses: [address],
    uncRoot: '',
  });
}

/** What a join asks for: the SMP is in a site, and a package server serves it (KB 184143). */
async function furnish(context: CatalogContext, { name, address }: Machine): Promise<void> {
  const site = await createSite(context, { name: `Site of ${name}` });
  await createSubnet(context, { network: `${address.replace(/1$/, '0')}/24`, siteId: site.id });
  const server = await createPackageServer(context, { name: `PS of ${name}` });
  await assignPackageServerToSite(context, server.id, site.id);
}
