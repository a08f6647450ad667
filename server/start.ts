import { catalogFor } from '../catalog/catalog-service.ts';
import { GatheredWrites } from '../catalog/gathered-writes.ts';
import { PackageServerLinks } from '../catalog/package-server-links.ts';
import { SilenceWatch } from '../catalog/silence-watch.ts';
import { writeFileAtomic } from '../content/index.ts';
import { CanopyError } from '../core/errors.ts';
import { PRODUCT_VERSION } from '../core/product.ts';
import { Releasers } from '../core/releasers.ts';
import { hierarchyFor } from '../hierarchy/hierarchy-service.ts';
import { heldDeletions } from '../hierarchy/replication/held-deletions.ts';
import { buildGraphqlSchema } from '../schema/build.ts';
import { agentDoors } from './agent-doors.ts';
import { ensureAdminToken } from './auth/admin-token.ts';
import { createApiTokens } from './auth/api-tokens.ts';
import { Authenticator } from './auth/authenticator.ts';
import type { Config } from './config/config-schema.ts';
import {
  contentSweep,
  distributionPointUpdate,
  logCompaction,
  packageRefresh,
} from './content-jobs.ts';
import { snapshotDocument } from './doors/index.ts';
import { openGraphqlDoor } from './graphql/graphql-door.ts';
import type { GraphqlService } from './graphql/graphql-service.ts';
import { localRunner } from './graphql/run-locally.ts';
import { schemaDoor } from './graphql/schema-door.ts';
import { openWebSocketDoor } from './graphql/websocket-door.ts';
import { graphiqlDoor } from './graphql/graphiql-door.ts';
import { Health } from './http/health.ts';
import { healthDoor } from './http/health-doors.ts';
import { DEFAULT_HTTP_LIMITS } from './http/http-limits.ts';
import { HttpListener } from './http/http-listener.ts';
import { JobService } from './jobs/job-service.ts';
import { hierarchySchedules } from './jobs/hierarchy-schedules.ts';
import { legacySchedules, Schedules } from './jobs/schedules.ts';
import { upkeepSchedules } from './jobs/upkeep-schedules.ts';
import { NodeAuthenticator } from './nodes/node-authenticator.ts';
import { nodeDoors } from './nodes/node-doors.ts';
import { contentUsage } from './observability/content-usage.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { metricsDoor } from './observability/metrics-door.ts';
import { openSmp, type Host, type Smp } from './open-smp.ts';
import { openTree, type Tree } from './tree/open-tree.ts';

const STOP_DEADLINE_MS = 5_000;
/** Replication jobs of one kind; one that waits for its neighbour must not hold up the others. */
const NEIGHBOURS_AT_ONCE = 2;

/** A running SMP. */
export interface RunningSmp {
  /** The public URL, or one that works on this host. */
  readonly url: string;
  /** Where the first administrator's token is; `undefined` when somebody took the file away. */
  readonly adminTokenFile: string | undefined;
  /** For whoever runs the server in its own process. */
  readonly tree: Pick<Tree, 'context' | 'crossing'>;
  /** Ends everything, last-in first-out, and releases the data directory. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts one SMP: the port first, so that a second server fails before it touches any data; then
 * stores, read model and jobs; then the doors. Until they are set every door but health and
 * metrics answers `NOT_READY`. Whatever fails, nothing is left open.
 *
 * `onFatal` is called when the embedded database dies: nothing works any more, and the process
 * should end and be started again.
 */
export async function startSmp(
  config: Config,
  host: Host & { readonly onFatal: (error: Error) => void },
): Promise<RunningSmp> {
  const releasers = new Releasers();
  try {
    const metrics = createMetrics();
    const health = new Health(host.clock, host.logger);
    const listener = openListener(config, host, { metrics, health });
    const { url } = await listener.listen();
    releasers.add(() => listener.close(STOP_DEADLINE_MS));
    const smp = await openSmp({ ...host, config, url }, releasers);
    const jobService = new JobService({
      ...host,
      ...smp.database,
      store: smp.database.jobs,
      metrics,
    });
    const links = new PackageServerLinks(host.clock);
    watchSilence(smp, links, { host, releasers });
    const nodes = new NodeAuthenticator({ model: smp.model, clock: host.clock });
    const serverTimeMs = (): number => nodes.serverTimeMs;
    const treeHost = { serverTimeMs, links, jobs: jobService, url, releasers };
    const tree = openTree(smp, host, treeHost);
    const jobs = await startJobs(config, smp, { host, jobs: jobService, tree, releasers });
    const parts = { host, links, nodes, tree, metrics, releasers, listener, jobs };
    const adminTokenFile = await openDoors(config, smp, parts);
    tree.start();
    watchHealth(smp, health, metrics, parts);
    health.phase = 'READY';
    releasers.add(() => {
      health.phase = 'STOPPING';
    });
    host.logger.info({ url, version: PRODUCT_VERSION }, 'ready');
    return { url, adminTokenFile, tree, stop: () => releasers.release() };
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

function openListener(
  config: Config,
  host: Host,
  { metrics, health }: { readonly metrics: Metrics; readonly health: Health },
): HttpListener {
  return new HttpListener({
    ...host,
    metrics,
    listen: config.listen,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    requestsPerSecondPerAddress: config.requestsPerSecondPerAddress,
    earlyDoors: [healthDoor(health), metricsDoor(metrics)],
    limits: { ...DEFAULT_HTTP_LIMITS, maxConnections: config.maxConnections },
  });
}

interface Parts {
  readonly host: Host;
  readonly metrics: Metrics;
  readonly releasers: Releasers;
}

interface JobParts {
  readonly host: Host;
  readonly jobs: JobService;
  readonly tree: Tree;
  readonly releasers: Releasers;
}

interface Work {
  readonly jobs: JobService;
  readonly schedules: Schedules;
}

async function startJobs(config: Config, smp: Smp, parts: JobParts): Promise<Work> {
  const { context, content, database, model } = smp;
  const { host, jobs, tree, releasers } = parts;
  const point = {
    context,
    content,
    uncMounts: config.uncMounts,
    renderSnapshot: async (...[snapshot, manifest]: Parameters<typeof snapshotDocument>) => {
      const document = await snapshotDocument(snapshot, manifest);
      await writeFileAtomic(content.paths.snapshotXml(snapshot.packageId), document);
    },
  };
  jobs.registerHandler('DISTRIBUTION_POINT_UPDATE', distributionPointUpdate(point));
  jobs.registerHandler('PACKAGE_REFRESH', packageRefresh(point));
  jobs.registerHandler(
    'DIFFERENTIAL_REPLICATION',
    tree.replicateNow('DIFFERENTIAL'),
    NEIGHBOURS_AT_ONCE,
  );
  jobs.registerHandler('COMPLETE_REPLICATION', tree.replicateNow('COMPLETE'), NEIGHBOURS_AT_ONCE);
  jobs.registerHandler('CONTENT_SWEEP', contentSweep(point));
  jobs.registerHandler('LOG_COMPACTION', logCompaction(context));
  await jobs.start();
  releasers.add(() => jobs.stop());
  const schedules = new Schedules({
    ...host,
    definitions: [...legacySchedules(jobs), ...hierarchySchedules(jobs), ...upkeepSchedules(jobs)],
    store: database.schedules,
    settings: () => model.settings,
  });
  schedules.start();
  releasers.add(() => schedules.stop());
  return { jobs, schedules };
}

/** Answers the admin token's file when this is the first start. */
async function openDoors(
  config: Config,
  smp: Smp,
  parts: Parts & {
    readonly listener: HttpListener;
    readonly jobs: Work;
    readonly links: PackageServerLinks;
    readonly nodes: NodeAuthenticator;
    readonly tree: Tree;
  },
): Promise<string | undefined> {
  const { host, metrics, releasers, listener, nodes, tree } = parts;
  const { clock, random, logger } = host;
  const { tokens: store } = smp.database;
  const adminTokenFile = await ensureAdminToken({ dataDir: config.dataDir, store, clock, random });
  const authenticator = new Authenticator({ store, clock, logger });
  const apiTokens = createApiTokens({
    store,
    clock,
    random,
    onRevoked: ({ id }) => authenticator.forget(id),
  });
  const service = graphqlService(smp, { ...parts, apiTokens, authenticator });
  tree.answerBy(localRunner(service, { logger, origin: smp.model.smp.publicUrl }));
  const graphql = await openGraphqlDoor(service);
  releasers.add(() => graphql.close());
  const webSocket = openWebSocketDoor(service);
  releasers.add(() => webSocket.close(STOP_DEADLINE_MS));
  listener.onUpgrade((upgrade) => {
    if (!webSocket.matches(upgrade.lowerPath)) {
      throw new CanopyError('NOT_FOUND', 'There is no WebSocket at this address.');
    }
    webSocket.accept(upgrade);
  });
  listener.setDoors([
    ...agentDoors(smp, host, metrics),
    ...nodeDoors(smp, host, {
      nodes,
      authenticate: service.authenticate,
      membership: tree.inputs.membership,
    }),
    graphql,
    schemaDoor(service.schema),
    graphiqlDoor(),
  ]);
  return adminTokenFile;
}

function graphqlService(
  { context, queries, content, database, identity, model }: Smp,
  parts: Parts & {
    readonly jobs: Work;
    readonly links: PackageServerLinks;
    readonly nodes: NodeAuthenticator;
    readonly tree: Tree;
    readonly apiTokens: GraphqlService['services']['apiTokens'];
    readonly authenticator: Authenticator;
  },
): GraphqlService {
  const { wakeups, durability, readOnlyQuery, enrollmentTokens } = database;
  const { clock } = parts.host;
  const { jobs, schedules } = parts.jobs;
  const { links, nodes } = parts;
  const { inputs: tree } = parts.tree;
  const inputs = {
    context,
    queries,
    jobs,
    schedules,
    links,
    reportWrites: new GatheredWrites(context.write),
    enrollmentTokens,
    serverTimeMs: () => nodes.serverTimeMs,
  };
  return {
    schema: buildGraphqlSchema(),
    clock,
    catalogFor: (current) => catalogFor(inputs, current),
    hierarchyFor: (current) => hierarchyFor(tree, current),
    authenticate: (header, address) => parts.authenticator.authenticate(header, address),
    nodes,
    services: {
      smp: {
        nodeId: identity.nodeId,
        version: PRODUCT_VERSION,
        url: model.smp.publicUrl,
        durability,
      },
      readManifest: (hash) => content.readManifest(hash),
      apiTokens: parts.apiTokens,
      readOnlyQuery,
      feed: { wakeups, clock, cursorKey: tree.cursorKey },
    },
  };
}

/** From now on the decision knows who has fallen silent. */
function watchSilence(
  { model }: Smp,
  links: PackageServerLinks,
  { host, releasers }: Pick<Parts, 'host' | 'releasers'>,
): void {
  const stopping = new AbortController();
  const watching = new SilenceWatch({ model, links, clock: host.clock }).run(stopping.signal);
  releasers.add(async () => {
    stopping.abort();
    await watching;
  });
}

function watchHealth(
  smp: Smp,
  health: Health,
  metrics: Metrics,
  parts: {
    readonly listener: HttpListener;
    readonly links: PackageServerLinks;
    readonly tree: Tree;
  },
): void {
  const { content, context, database, model } = smp;
  const { listener, links } = parts;
  const { inputs, parentLink } = parts.tree;
  let newestRevision = model.position.revision;
  health.add('ready', {
    name: 'database',
    run: async () => {
      newestRevision = (await database.log.position()).revision;
      return undefined;
    },
  });
  metrics.connect({
    revision: () => model.position.revision,
    readModelLag: () => Math.max(0, newestRevision - model.position.revision),
    sockets: () => listener.socketCount,
    packageServerLinks: () => links.openCount,
    childLinks: inputs.childSessions,
    parentLink: () => ({
      connected: parentLink.state?.connected ?? false,
      lag: parentLink.state?.lag ?? 0,
      reconnects: parentLink.reconnectCount,
    }),
    rejections: () => ({
      all: [...model.tree.rejections()].length,
      held: heldDeletions(context).length,
    }),
    jobs: async () => countJobs(await database.jobs.unfinished()),
    fsyncs: () => database.fsyncCount(),
    content: contentUsage(content, context.clock),
  });
}

function countJobs(
  jobs: readonly { readonly kind: string; readonly state: string }[],
): { kind: string; state: string; count: number }[] {
  const counts = new Map<string, { kind: string; state: string; count: number }>();
  for (const { kind, state } of jobs) {
    const key = `${kind}/${state}`;
    const entry = counts.get(key) ?? { kind, state, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  return [...counts.values()];
}
