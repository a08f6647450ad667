import type { Clock } from '../core/clock.ts';
import { isCanopyError } from '../core/errors.ts';
import type { Fetch } from '../core/http-answer.ts';
import type { Guid } from '../core/guid.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import {
  type Attempt,
  createFileThreads,
  createHttpTransport,
  createThrottle,
  hostAddresses,
  type HttpTransport,
  loadSourceBook,
  retryUntilDone,
  type SourceBook,
  type StallLimit,
  type UncMount,
} from '../delivery/index.ts';
import type { AgentContext } from './agent-context.ts';
import { agentFolders } from './agent-folders.ts';
import { fetchPackage, type FetchOutcome, type FetchRequest } from './fetch-package.ts';
import { packageSources, type SourceRow } from './package-sources.ts';
import { createSmpClient, type SmpClient } from './smp-client.ts';
import { syncPolicies, type SyncedPackage, type SyncRequest } from './sync-policies.ts';
import { TrustedOwners } from './trusted-owners.ts';

export interface AgentOptions {
  /** Where the agent keeps everything; see `agent-folders.ts`. */
  readonly folder: string;
  /** The SMP, `http://smp1.example`. */
  readonly smpUrl: string;
  /** This computer's GUID. */
  readonly resourceId: Guid;
  /** What the server finds the site by; default: this host's addresses. */
  readonly addresses?: readonly string[];
  /** `deny="Ns"`: no codebases of the SMP (KB 204355). */
  readonly denySmp?: boolean;
  /** `deny="ExtPs"`: no package servers outside the sites of this computer (KB 204355). */
  readonly denyExternalPackageServers?: boolean;
  /** Take packages of servers that do not sign their snapshots; default false. */
  readonly allowUnsigned?: boolean;
  readonly uncMounts?: readonly UncMount[];
  /** Ceiling for all downloads together; default none. */
  readonly maxBytesPerSecond?: number;
  readonly stallLimit?: StallLimit;
  /** How often {@link Agent.run} asks for policies when nothing is left to do; default 1 h. */
  readonly policyIntervalMs?: number;
  /** For questions to the server. */
  readonly fetch?: Fetch;
  /** For sources. */
  readonly transport?: HttpTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The agent of one computer. A package that is being received already is refused: `CONFLICT`. */
export interface Agent {
  /** The raw questions, for tools that show what the server answers. */
  readonly client: SmpClient;
  /** One attempt. */
  fetchPackage(request: FetchRequest): Promise<FetchOutcome>;
  /** Attempts by the retry schedule until the package is here. */
  fetchUntilHere(
    request: FetchRequest & { onWait?(wait: { delayMs: number; reason: string }): void },
  ): Promise<FetchOutcome>;
  /** One attempt at each package of the policies. */
  syncPolicies(request: SyncRequest): Promise<SyncedPackage[]>;
  sources(packageId: Guid): Promise<SourceRow[]>;
  /** Policies and packages for ever; rejects with the signal's reason. */
  run(signal: AbortSignal): Promise<never>;
}

const DEFAULT_POLICY_INTERVAL_MS = 60 * 60_000;

/** Nothing is asked or written before the first call. Throws `INVALID_INPUT` for a bad URL. */
export function createAgent(options: AgentOptions): Agent {
  const context = contextOf(options);
  return {
    client: context.client,
    fetchPackage: (request) => fetchPackage(context, request),
    fetchUntilHere: (request) => fetchUntilHere(context, request),
    syncPolicies: (request) => syncPolicies(context, request),
    sources: (packageId) => packageSources(context, packageId),
    run: (signal) => runForEver(context, options, signal),
  };
}

function contextOf(options: AgentOptions): AgentContext {
  const { clock, maxBytesPerSecond } = options;
  const fetch = options.fetch ?? globalThis.fetch;
  const folders = agentFolders(options.folder);
  let book: Promise<SourceBook> | undefined;
  return {
    resourceId: options.resourceId,
    addresses: options.addresses ?? hostAddresses(),
    denySmp: options.denySmp ?? false,
    denyExternalPackageServers: options.denyExternalPackageServers ?? false,
    allowUnsigned: options.allowUnsigned ?? false,
    client: createSmpClient({ url: options.smpUrl, fetch }),
    folders,
    trustedOwners: new TrustedOwners(folders.trustedOwners),
    transport: options.transport ?? createHttpTransport(),
    threads: createFileThreads(),
    uncMounts: options.uncMounts ?? [],
    clock,
    throttle:
      maxBytesPerSecond === undefined ? undefined : createThrottle(maxBytesPerSecond, clock),
    stallLimit: options.stallLimit,
    sourceBook: () => (book ??= loadSourceBook(folders.sources, clock)),
  };
}

function fetchUntilHere(
  context: AgentContext,
  request: Parameters<Agent['fetchUntilHere']>[0],
): Promise<FetchOutcome> {
  const { signal, onWait } = request;
  return retryUntilDone<FetchOutcome>({
    clock: context.clock,
    signal,
    ...(onWait === undefined ? {} : { onWait }),
    attempt: async (tryingForMs) => {
      const outcome = await fetchPackage(context, { ...request, tryingForMs });
      return outcome.state === 'WAITING'
        ? { done: false, ...retryFacts(outcome) }
        : { done: true, result: outcome };
    },
  });
}

/**
 * All packages share one retry schedule: news of any of them sets it back to its start. Each has
 * its own `totalTime`, from its first attempt that did not succeed.
 */
async function runForEver(
  context: AgentContext,
  options: AgentOptions,
  signal: AbortSignal,
): Promise<never> {
  const { clock, random, logger } = options;
  const intervalMs = options.policyIntervalMs ?? DEFAULT_POLICY_INTERVAL_MS;
  const triedSinceMs = new Map<Guid, number>();
  const tryingForMs = (packageId: Guid): number =>
    clock.monotonicMs() - (triedSinceMs.get(packageId) ?? clock.monotonicMs());
  for (;;) {
    await retryUntilDone({
      clock,
      signal,
      onWait: ({ delayMs, reason }) => logger.warn({ delayMs }, `Waiting: ${reason}`),
      attempt: async () => {
        const request = { signal, tryingForMs, onPackage: logPackage(logger) };
        const synced = await syncPolicies(context, request).catch(passingAttempt(signal));
        if (!Array.isArray(synced)) return synced;
        for (const { packageId, outcome } of synced) {
          if (outcome.state !== 'WAITING') triedSinceMs.delete(packageId);
          else if (!triedSinceMs.has(packageId)) triedSinceMs.set(packageId, clock.monotonicMs());
        }
        return attemptOf(synced);
      },
    });
    // Spread over ±10 %, or all computers that started together would always ask together.
    await clock.sleep(intervalMs * (0.9 + 0.2 * random.fraction()), signal);
  }
}

function logPackage(logger: Logger): (synced: SyncedPackage) => void {
  return ({ packageId, name, outcome }) => {
    const fields = { packageId, name, state: outcome.state };
    if (outcome.state === 'FAILED') logger.error(fields, outcome.reason);
    else if (outcome.state === 'WAITING') logger.warn(fields, outcome.reason);
    else logger.info({ ...fields, internalVersion: outcome.internalVersion }, `${name} is here.`);
  };
}

function attemptOf(synced: readonly SyncedPackage[]): Attempt<void> {
  const waiting = synced.flatMap(({ outcome }) => (outcome.state === 'WAITING' ? [outcome] : []));
  if (waiting.length === 0) return { done: true, result: undefined };
  const news = synced.some(({ outcome }) => outcome.state === 'RECEIVED');
  const progressed = news || waiting.some((outcome) => outcome.progressed);
  return { done: false, ...retryFacts(waiting[0]!), progressed };
}

function retryFacts(outcome: Extract<FetchOutcome, { state: 'WAITING' }>): {
  readonly progressed: boolean;
  readonly reason: string;
  readonly retryAfterMs?: number;
} {
  const { progressed, reason, retryAfterMs } = outcome;
  return { progressed, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The policies question failed: in a process that runs for ever every such error is waited out. */
function passingAttempt(signal: AbortSignal): (error: unknown) => Attempt<void> {
  return (error) => {
    signal.throwIfAborted();
    if (!isCanopyError(error)) throw error;
    const { message: reason, retryAfterMs } = error;
    const progressed = false;
    return {
      done: false,
      progressed,
      reason,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  };
}
