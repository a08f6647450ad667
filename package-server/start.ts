import { rm } from 'node:fs/promises';
import { lockDataDirectory } from '../content/data-directory-lock.ts';
import { writeFileAtomic } from '../content/index.ts';
import { CanopyError } from '../core/errors.ts';
import { Releasers } from '../core/releasers.ts';
import { HttpListener } from './http/http-listener.ts';
import { OperatorPages } from './http/operator-pages.ts';
import { PublishedFiles } from './http/published-files.ts';
import { ShownTickets } from './http/shown-tickets.ts';
import { LinkWork } from './link-work.ts';
import { createMetrics, type TransferCounts } from './metrics.ts';
import { openWork, type OpenedWork } from './open-work.ts';
import type { PackageServerOptions } from './options.ts';
import { PackageKeeper } from './package-keeper.ts';
import { PackageVerifier } from './package-verifier.ts';
import { packageLines, upstreamLines, type PackageServerStatus } from './status.ts';

/** A package server at work. */
export interface RunningPackageServer {
  /** Works on this host. */
  readonly url: string;
  status(): PackageServerStatus;
  /** Packages whose assigned version is verified and offered. */
  readyCount(): number;
  /** Since the start. */
  counts(): TransferCounts;
  /** Ends answers under way, for at most ten seconds, and leaves a state to go on from. */
  stop(): Promise<void>;
}

const CLOSE_DEADLINE_MS = 10_000;

/**
 * Runs a registered package server: serves what it has at once, also while the SMP is away, and
 * follows its assignments as long as it is there. Throws `DATA_DIRECTORY_LOCKED`,
 * `CONFIGURATION_INVALID`, `NODE_KEY_MISMATCH` and `ADDRESS_IN_USE`; nothing runs then.
 */
export async function startPackageServer(
  options: PackageServerOptions,
): Promise<RunningPackageServer> {
  const releasers = new Releasers();
  try {
    const lock = lockDataDirectory(options.dataDirectory);
    releasers.add(() => lock.release());
    const opened = await openWork(options, releasers);
    return await run(options, opened, releasers);
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

async function run(
  options: PackageServerOptions,
  opened: OpenedWork,
  releasers: Releasers,
): Promise<RunningPackageServer> {
  const { context } = opened;
  const keeper = new PackageKeeper({ context, parallelPackages: options.parallelPackages });
  releasers.add(() => keeper.close());
  const verifier = new PackageVerifier({ ...options, context, keeper });
  releasers.add(() => verifier.close());
  const link = new LinkWork(opened, keeper, verifier);
  const status = (): PackageServerStatus => statusOf(opened, link);
  const secret = Buffer.from(options.random.bytes(24)).toString('base64url');
  const { url, counts } = await listen(
    options,
    { opened, verifier, link, status, secret },
    releasers,
  );
  const { statusAddress } = context.folder;
  await writeFileAtomic(statusAddress, JSON.stringify({ url, secret }), { mode: 0o600 });
  releasers.add(() => rm(statusAddress, { force: true }));
  const stopping = new AbortController();
  const loops = [link.run(stopping.signal), verifier.run(stopping.signal)];
  keeper.attendAll();
  releasers.add(async () => {
    stopping.abort(new DOMException('Stopping.', 'AbortError'));
    await Promise.all(loops);
  });
  const readyCount = (): number =>
    context.book.all().filter((record) => record.status === 'READY').length;
  return { url, status, readyCount, counts, stop: () => releasers.release() };
}

interface Served {
  readonly opened: OpenedWork;
  readonly verifier: PackageVerifier;
  readonly link: LinkWork;
  readonly status: () => PackageServerStatus;
  readonly secret: string;
}

async function listen(
  options: PackageServerOptions,
  { opened, verifier, link, status, secret }: Served,
  releasers: Releasers,
): Promise<{ readonly url: string; readonly counts: () => TransferCounts }> {
  const { book, serverClock } = opened.context;
  const tickets = new ShownTickets({
    publicKey: book.enrollment.smp.publicKey,
    nowMs: () => serverClock.nowMs(),
  });
  const files = new PublishedFiles({
    ...opened.context,
    tickets,
    onDamage: (packageId) => verifier.verify(packageId),
  });
  const counts = (): TransferCounts => ({
    ...opened.context.counts,
    servedBytes: files.servedBytes,
    fileRequests: files.requestCount,
  });
  const pages = new OperatorPages({
    status,
    problems: () => problemsOf(opened),
    metrics: createMetrics({
      book,
      isLinked: () => link.status.connected,
      counts,
      sentToChildren: () => tickets.sentBytes,
    }),
    controlSecret: secret,
    verify: (packages) => verifier.verifyThese(packages),
    resendStatus: () => link.resendStatus(),
  });
  const listener = new HttpListener({
    ...options,
    handle: async (request, response, path) => {
      if (files.matches(path)) return await files.serve(request, response, path);
      if (await pages.serve(request, response, path)) return;
      throw new CanopyError('NOT_FOUND', 'There is nothing at this address.');
    },
  });
  const url = await listener.listen();
  releasers.add(() => listener.close(CLOSE_DEADLINE_MS));
  return { url, counts };
}

function statusOf(opened: OpenedWork, link: LinkWork): PackageServerStatus {
  const { book } = opened.context;
  const { packageServerId, smp } = book.enrollment;
  return {
    packageServerId,
    smp: { url: smp.url, name: smp.name, nodeId: smp.nodeId },
    running: true,
    link: link.status,
    problems: problemsOf(opened),
    packages: packageLines(book),
    upstream: upstreamLines(link.probes),
  };
}

/** A link that is away is none of them: what is here is served. */
function problemsOf({ context }: OpenedWork): string[] {
  const { writeFailure } = context.book;
  if (writeFailure === undefined) return [];
  return [`The state cannot be written: ${(writeFailure as Error).message}`];
}
