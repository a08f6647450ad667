import { WebSocket } from 'ws';
import { createSmpClient, type SmpClient } from '../client-sdk/src/index.ts';
import { openContentStore } from '../content/index.ts';
import { CanopyError } from '../core/errors.ts';
import type { Releasers } from '../core/releasers.ts';
import { createRequestSigner } from '../core/request-signer.ts';
import { ServerClock } from '../core/server-clock.ts';
import { signedWebSocket } from '../core/signed-web-socket.ts';
import {
  createFileThreads,
  createHttpTransport,
  DEFAULT_STALL_LIMIT,
  hostAddresses,
  loadSourceBook,
  saveSourceBook,
  TransferBudget,
} from '../delivery/index.ts';
import { dataFolder } from './data-folder.ts';
import { Fingerprints } from './fingerprints.ts';
import { openEnrolledKey } from './node-key.ts';
import { PackageBook } from './package-book.ts';
import type { PackageRecord } from './package-record.ts';
import type { PackageServerOptions } from './options.ts';
import { politeTransport } from './polite-transport.ts';
import { createSmpDoor } from './smp-door.ts';
import { readState, writeState, type PackageServerState } from './state-file.ts';
import { Upstream } from './upstream.ts';
import type { WorkContext } from './work-context.ts';

export interface OpenedWork {
  readonly context: WorkContext;
  /** Of this start. */
  readonly bootCounter: number;
  /** Where agents reach it, told to the SMP; `undefined`: as the SMP has it. */
  readonly publicUrls: readonly string[] | undefined;
  /** Signs everything it sends. */
  readonly client: SmpClient;
}

/**
 * Opens the data directory, whose lock the caller holds. Throws `CONFIGURATION_INVALID` when it is
 * not registered and `NODE_KEY_MISMATCH` when its key is not the one enrolled.
 */
export async function openWork(
  options: PackageServerOptions,
  releasers: Releasers,
): Promise<OpenedWork> {
  const { dataDirectory, clock, random, logger } = options;
  const fetch = options.fetch ?? globalThis.fetch;
  const transport = options.transport ?? createHttpTransport();
  const folder = dataFolder(dataDirectory);
  const stored = await requireState(folder.state, dataDirectory);
  const state = nextStart(stored, options.smpUrl);
  // On disk before anybody hears it: a counter is never used twice.
  const journal = await writeState(folder.state, state);
  const { enrollment } = state;
  const { packageServerId, smp } = enrollment;
  const identity = await openEnrolledKey(folder, enrollment.publicKey);
  const serverClock = new ServerClock(clock);
  const signer = createRequestSigner({
    id: packageServerId,
    speaker: 'PACKAGE_SERVER',
    identity,
    fetch,
    serverClock,
    random,
  });
  const store = await openContentStore({
    ...{ folder: dataDirectory, clock, random },
    workers: options.workers,
  });
  releasers.add(() => store.close());
  const book = new PackageBook({ path: folder.state, state, journal, clock });
  releasers.add(() => book.close());
  const sourceBook = await loadSourceBook(folder.sources, clock);
  releasers.add(() => saveSourceBook(folder.sources, sourceBook));
  const threads = options.threads ?? createFileThreads();
  if (!options.threads) releasers.add(() => threads.close());
  const client = createSmpClient({
    url: smp.url,
    runtime: {
      fetch: signer.fetch as typeof globalThis.fetch,
      webSocket: signedWebSocket(WebSocket, { signer, serverClock }),
      sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
      fraction: () => random.fraction(),
    },
  });
  const context: WorkContext = {
    book,
    store,
    folder,
    identity,
    door: createSmpDoor({ url: smp.url, packageServerId, fetch, signedFetch: signer.fetch }),
    sourceBook,
    fingerprints: new Fingerprints(store.paths),
    budget: new TransferBudget(clock),
    counts: { fetchedBytes: 0, wireBytes: 0, crossedBytes: 0 },
    upstream: new Upstream(),
    uncMounts: options.uncMounts ?? [],
    stallLimit: options.stallLimit ?? DEFAULT_STALL_LIMIT,
    fetch,
    transport: politeTransport({ packageServerId, transport, clock, random }),
    threads,
    clock,
    serverClock,
    random,
    logger,
    addresses: () => options.addresses ?? hostAddresses(),
  };
  const { publicUrls } = options;
  return { context, client, bootCounter: state.bootCounter, publicUrls };
}

async function requireState(path: string, dataDirectory: string): Promise<PackageServerState> {
  const state = await readState(path);
  if (state) return state;
  throw new CanopyError(
    'CONFIGURATION_INVALID',
    `${dataDirectory} is not the data directory of a registered package server.`,
    { hint: 'Register it first: canopy package-server register --server <url>' },
  );
}

/** The state at the start: what the end of the process before interrupted is waiting again. */
function nextStart(stored: PackageServerState, smpUrl: string | undefined): PackageServerState {
  const packages = stored.packages.map((record): PackageRecord => {
    const isUnderWay = record.status === 'DOWNLOADING' || record.status === 'RETRYING';
    return isUnderWay ? { ...record, status: 'PENDING', nextTryAtMs: undefined } : record;
  });
  const { enrollment } = stored;
  const smp = { ...enrollment.smp, url: smpUrl ?? enrollment.smp.url };
  return {
    ...stored,
    enrollment: { ...enrollment, smp },
    bootCounter: stored.bootCounter + 1,
    packages,
  };
}
