import {
  isSmpError,
  PackageServerLinkDocument,
  type PackageServerLinkSubscription,
  type SmpClient,
} from '../client-sdk/src/index.ts';
import type { Clock } from '../core/clock.ts';
import { isCanopyError } from '../core/errors.ts';
import { toGuid } from '../core/guid.ts';
import type { Logger } from '../core/logger.ts';
import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../core/product.ts';
import type { Random } from '../core/random.ts';
import { reconnectDelayMs } from '../core/reconnect.ts';
import type { LinkAssignment, LinkEvent } from './link-event.ts';

export interface LinkOptions {
  readonly client: SmpClient;
  /** Who answers at the SMP's address, and what its clock says, before anything is sent there. */
  prove(signal: AbortSignal): Promise<void>;
  /** Higher than that of any earlier start of this package server. */
  readonly bootCounter: number;
  /** Where agents reach us; `undefined`: as the SMP has it. */
  readonly publicUrls: readonly string[] | undefined;
  /** A connection is open; answers who takes its events. */
  onConnected(): (event: LinkEvent) => void;
  onDisconnected(reason: string): void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What only an administrator ends is not worth asking about more often. */
const REFUSED_RETRY_MS = 5 * 60_000;
const DOUBLED_RETRY_MS = 2_000;
/** Ends of a link after which connecting again at once would do no good. */
const REFUSALS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: REFUSED_RETRY_MS,
  FORBIDDEN: REFUSED_RETRY_MS,
  NODE_KEY_MISMATCH: REFUSED_RETRY_MS,
  NOT_FOUND: REFUSED_RETRY_MS,
  // Another process with this identity was started later: a copy, or a restored machine.
  LINK_REPLACED: REFUSED_RETRY_MS,
  // Most often our own connection before, which broke without the SMP's notice.
  LINK_DOUBLED: DOUBLED_RETRY_MS,
};

/**
 * Holds one subscription to the SMP, for ever: reconnects as {@link reconnectDelayMs} says, and
 * begins each connection with everything that is assigned. Resolves when the signal is aborted.
 */
export async function runLink(options: LinkOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, random } = options;
  let awaySinceMs = clock.monotonicMs();
  while (!signal.aborted) {
    let failure: unknown;
    try {
      await options.prove(signal);
      const wasHeard = await connectOnce(options, signal);
      if (wasHeard) awaySinceMs = clock.monotonicMs();
      failure = new Error('The SMP ended the link.');
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    const reason = (failure as Error).message;
    options.onDisconnected(reason);
    const awayForMs = clock.monotonicMs() - awaySinceMs;
    const delayMs = reconnectDelayMs({ failure, awayForMs, refusals: REFUSALS }, random);
    const known = isSmpError(failure) || isCanopyError(failure);
    logger.warn({ delayMs, ...(known ? {} : { error: failure }) }, `No link to the SMP: ${reason}`);
    await clock.sleep(delayMs, signal).catch(() => undefined);
  }
}

async function connectOnce(options: LinkOptions, signal: AbortSignal): Promise<boolean> {
  const { bootCounter, publicUrls } = options;
  const hello = {
    bootCounter,
    protocolVersion: PROTOCOL_VERSION,
    agentVersion: PRODUCT_VERSION,
    ...(publicUrls && { publicUrls: [...publicUrls] }),
  };
  let apply: ((event: LinkEvent) => void) | undefined;
  try {
    const events = options.client.subscribe(PackageServerLinkDocument, { hello }, { signal });
    for await (const { packageServerLink } of events) {
      apply ??= options.onConnected();
      apply(readEvent(packageServerLink));
    }
  } catch (error) {
    // A link that worked and broke is tried again at once, not as late as one that never did.
    if (!apply || !isSmpError(error) || error.code in REFUSALS) throw error;
    options.logger.info({}, `The link broke: ${error.message}`);
  }
  return apply !== undefined;
}

type WireEvent = PackageServerLinkSubscription['packageServerLink'];

function readEvent(event: WireEvent): LinkEvent {
  const { settings } = event;
  const { blackoutFrom: from, blackoutTo: to } = settings;
  return {
    serverTimeMs: Date.parse(event.serverTime),
    settings: {
      deletePackageFilesAfterMinutes: settings.deletePackageFilesAfterMinutes,
      versionGraceMinutes: settings.versionGraceMinutes,
      maxBytesPerSecond: settings.maxBytesPerSecond ?? undefined,
      blackout: from && to ? { from, to } : undefined,
    },
    assignments: event.assignments.map(readAssignment),
    removed: event.removed.map(toGuid),
    complete: event.complete,
    verify: event.verify.map(toGuid),
    resendStatus: event.resendStatus,
    probes: event.probes.map(({ packageServerGuid, name, urls }) => ({
      packageServerId: toGuid(packageServerGuid),
      name,
      urls,
    })),
  };
}

const PRIORITY = { HIGH: 2, NORMAL: 1, LOW: 0 } as const;

function readAssignment(wire: WireEvent['assignments'][number]): LinkAssignment {
  const { packageGuid, priority, crossing, ...facts } = wire;
  return {
    ...facts,
    packageId: toGuid(packageGuid),
    priority: PRIORITY[priority],
    crossing: crossing ?? undefined,
  };
}
