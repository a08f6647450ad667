import { join } from 'node:path';
import { BlobServer } from '../../content/index.ts';
import { generateIdentity } from '../../core/identity.ts';
import { Releasers } from '../../core/releasers.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import type { Role } from '../../catalog/authority.ts';
import { catalogFor } from '../../catalog/catalog-service.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Job, Jobs } from '../../catalog/jobs.ts';
import { GatheredWrites } from '../../catalog/gathered-writes.ts';
import { PackageServerLinks } from '../../catalog/package-server-links.ts';
import { ModelFollower } from '../../catalog/model-follower.ts';
import { ReadModel } from '../../catalog/read-model.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { Guid } from '../../core/guid.ts';
import type { NodeIdentity } from '../../core/identity.ts';
import { buildGraphqlSchema } from '../../schema/build.ts';
import { createApiTokens } from '../../server/auth/api-tokens.ts';
import { Authenticator } from '../../server/auth/authenticator.ts';
import { revisionOfCursor } from '../../hierarchy/change-cursor.ts';
import type { ChildServices } from '../../hierarchy/link/child-services.ts';
import { ChildSessions } from '../../hierarchy/link/child-sessions.ts';
import { KnownSummaries } from '../../hierarchy/remote/known-summaries.ts';
import { OneAtATime } from '../../hierarchy/membership/one-at-a-time.ts';
import { httpParentContact } from '../../hierarchy/membership/parent-contact.ts';
import type { LocalizeItems, MembershipInputs } from '../../hierarchy/membership/relations.ts';
import { hierarchyFor, type HierarchyInputs } from '../../hierarchy/hierarchy-service.ts';
import type { ChildOperations, RunLocally } from '../../hierarchy/remote/remote-ports.ts';
import { localRunner } from '../../server/graphql/run-locally.ts';
import { openGraphqlDoor } from '../../server/graphql/graphql-door.ts';
import type { GraphqlService } from '../../server/graphql/graphql-service.ts';
import { blobsDoor } from '../../server/nodes/blobs-door.ts';
import { enrollDoor } from '../../server/nodes/enroll-door.ts';
import { NodeAuthenticator } from '../../server/nodes/node-authenticator.ts';
import { admitDoor, leaveDoor } from '../../server/nodes/membership-doors.ts';
import { guardedFetch } from '../../server/tree/guarded-fetch.ts';
import { wellKnownDoor } from '../../server/nodes/well-known-door.ts';
import { schemaDoor } from '../../server/graphql/schema-door.ts';
import { openWebSocketDoor, type WebSocketDoor } from '../../server/graphql/websocket-door.ts';
import type { Database } from '../../server/persistence/open-database.ts';
import { databaseKinds, temporaryDirectory } from '../support/database.ts';
import { listenerFixture } from '../unit/server/listener-fixture.ts';

/** An answer has the shape of the query that its test wrote. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Answer = any;

const schema = buildGraphqlSchema();

/** A server with a real database, listener and doors; jobs are kept in `jobs` and never run. */
export interface GraphqlServer {
  readonly url: string;
  readonly webSocketUrl: string;
  readonly database: Database;
  readonly model: ReadModel;
  readonly sockets: WebSocketDoor;
  readonly jobs: Map<Guid, Job>;
  readonly identity: NodeIdentity;
  readonly nodes: NodeAuthenticator;
  readonly childSessions: ChildSessions;
  readonly context: CatalogContext;
  readonly membership: MembershipInputs;
  /** Where the blobs door reads, one file per hash. */
  readonly blobFolder: string;
  readonly runLocally: RunLocally;
  /** A new bearer token of that role. */
  token(role: Role): Promise<{ readonly id: string; readonly secret: string }>;
  revoke(id: string): Promise<unknown>;
  /** Commits and waits until the read model has it. */
  write(work: (tx: CatalogTransaction) => Promise<void>): Promise<void>;
  /** One request with the administrator's token. */
  ask(
    query: string,
    variables?: object,
    token?: string,
  ): Promise<{ status: number; data: Answer; errors?: Answer[] }>;
  close(): Promise<void>;
}

export async function startGraphqlServer(
  options: {
    readonly cursorKey?: Uint8Array;
    readonly database?: Database;
    readonly childServices?: (context: CatalogContext, cursorKey: Uint8Array) => ChildServices;
    readonly localizeItems?: LocalizeItems;
    /** `smp1`, when absent. */
    readonly name?: string;
    readonly addresses?: readonly string[];
    readonly children?: ChildOperations;
  } = {},
): Promise<GraphqlServer> {
  const releasers = new Releasers();
  const { database, own } = await openTestDatabase(options.database);
  if (own) releasers.add(own);
  const clock = systemClock;
  const logger = silentLogger;
  const model = new ReadModel({
    id: systemRandom.guid(),
    name: options.name ?? 'smp1',
    scheme: 'http',
    publicUrl: 'http://smp1.example',
    addresses: options.addresses ?? ['10.0.0.1'],
    uncRoot: '',
  });
  const { store, wakeups } = database;
  const follower = new ModelFollower({ store, model, wakeups, clock, logger });
  await follower.start();
  releasers.add(() => follower.stop());
  const identity = generateIdentity();
  const write: CatalogContext['write'] = async (work) => {
    const { value, position } = await store.transact(work);
    await follower.reach(position.revision);
    return value;
  };
  const context = { store, model, clock, random: systemRandom, identity, logger, write };
  const authenticator = new Authenticator({ store: database.tokens, clock, logger });
  const apiTokens = createApiTokens({
    store: database.tokens,
    clock,
    random: systemRandom,
    onRevoked: ({ id }) => authenticator.forget(id),
  });
  const jobs = new Map<Guid, Job>();
  const nodes = new NodeAuthenticator({ model, clock });
  const inputs = {
    context,
    queries: database.queries,
    jobs: keptJobs(jobs),
    schedules: { list: async () => [], run: async () => [] },
    links: new PackageServerLinks(clock),
    reportWrites: new GatheredWrites(write),
    enrollmentTokens: database.enrollmentTokens,
    serverTimeMs: () => nodes.serverTimeMs,
  };
  const cursorKey = options.cursorKey ?? systemRandom.bytes(32);
  const revisionOf = (cursor: string) => revisionOfCursor(cursorKey, cursor);
  const childSessions = new ChildSessions({ store, wakeups, clock, logger, revisionOf });
  const stopping = new AbortController();
  releasers.add(() => stopping.abort());
  const membership: MembershipInputs = {
    context,
    tokens: database.enrollmentTokens,
    contact: httpParentContact(guardedFetch, systemRandom, stopping.signal),
    localizeItems: options.localizeItems ?? (async () => undefined),
    relations: new OneAtATime(),
    limitJoins: async () => undefined,
  };
  const tree: HierarchyInputs = {
    context,
    queries: database.queries,
    wakeups,
    links: inputs.links,
    jobs: inputs.jobs,
    membership,
    cursorKey,
    childSessions,
    childServices: options.childServices?.(context, cursorKey),
    parentLink: undefined,
    serverTimeMs: () => nodes.serverTimeMs,
    summaries: new KnownSummaries({ store, wakeups, clock }),
    children: options.children ?? { isOpen: () => false, delegate: async () => 'UNREACHABLE' },
    runLocally: (operation) => runLocally(operation),
  };
  const blobs = await temporaryDirectory();
  releasers.add(() => blobs.remove());
  const service: GraphqlService = {
    schema,
    clock,
    catalogFor: (current) => catalogFor(inputs, current),
    hierarchyFor: (current) => hierarchyFor(tree, current),
    authenticate: (header, address) => authenticator.authenticate(header, address),
    nodes,
    services: {
      smp: { nodeId: identity.nodeId, version: '0.0.0', url: '', durability: database.durability },
      apiTokens,
      readManifest: async () => ({ files: [] }),
      readOnlyQuery: database.readOnlyQuery,
      feed: { wakeups, clock, cursorKey },
    },
  };
  const runLocally = localRunner(service, { logger, origin: 'http://smp1.example' });
  const door = await openGraphqlDoor(service);
  releasers.add(() => door.close());
  const sockets = openWebSocketDoor(service);
  const fixture = listenerFixture();
  const blobPath = (sha256: string): string => join(blobs.path, sha256);
  const { listener, address } = await fixture.start([
    door,
    schemaDoor(schema),
    wellKnownDoor({ identity, serverTimeMs: () => nodes.serverTimeMs }),
    enrollDoor({ context, tokens: database.enrollmentTokens }),
    admitDoor(membership),
    leaveDoor(membership),
    blobsDoor({
      nodes,
      authenticate: service.authenticate,
      blobPath,
      blobServer: new BlobServer({ objectPath: blobPath, clock, logger }),
    }),
  ]);
  listener.onUpgrade((upgrade) => sockets.accept(upgrade));
  releasers.add(() => fixture.closeAll());
  releasers.add(() => sockets.close(1_000));
  const admin = await apiTokens.create({ name: 'admin', role: 'ADMIN', expiresAtMs: undefined });
  const { url } = address;
  return {
    url,
    webSocketUrl: `${url.replace('http', 'ws')}/graphql`,
    database,
    model,
    sockets,
    jobs,
    identity,
    nodes,
    childSessions,
    context,
    membership,
    blobFolder: blobs.path,
    runLocally,
    token: async (role) => {
      const name = `${role} ${systemRandom.guid()}`;
      const made = await apiTokens.create({ name, role, expiresAtMs: undefined });
      return { id: made.token.id, secret: made.secret };
    },
    revoke: (id) => apiTokens.revoke(id),
    write: (work) => write(work),
    ask: (query, variables, token = admin.secret) => post(url, { query, variables }, token),
    close: () => releasers.release(),
  };
}

async function openTestDatabase(
  given: Database | undefined,
): Promise<{ database: Database; own: (() => Promise<void>) | undefined }> {
  if (given) return { database: given, own: undefined };
  const made = await databaseKinds()[0]!.create();
  return { database: made.database, own: () => made.close() };
}

async function post(url: string, body: object, token: string): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

function keptJobs(jobs: Map<Guid, Job>): Jobs {
  return {
    enqueue: async (kind, subjectId) => {
      const id = systemRandom.guid();
      const job: Job = {
        id,
        kind,
        subjectId,
        state: 'QUEUED',
        done: 0,
        total: 0,
        unit: 'ITEMS',
        filesDone: 0,
        filesTotal: 0,
        message: '',
        problems: [],
        attempts: 0,
        createdAtMs: systemClock.nowMs(),
        startedAtMs: undefined,
        heartbeatAtMs: undefined,
        finishedAtMs: undefined,
      };
      jobs.set(id, job);
      return job;
    },
    get: async (id) => jobs.get(id),
    list: async ({ limit }) => [...jobs.values()].slice(0, limit),
    cancel: async (id) => {
      const job = jobs.get(id);
      if (job) jobs.set(id, { ...job, state: 'CANCELLED' });
      return jobs.get(id);
    },
    async *watch(id) {
      yield jobs.get(id)!;
    },
  };
}
