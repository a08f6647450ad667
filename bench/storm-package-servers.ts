/**
 * A process of several package servers: `storm-package-servers.ts FILE`, the file being a
 * {@link Fleet} as JSON. Registers them and prints `{"registered":true}`; starts them at the first
 * line on standard input; prints a {@link FleetState} each second; stops at the end of the input.
 */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { WorkerPool } from '../content/index.ts';
import { systemClock } from '../core/clock.ts';
import { isCanopyError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { createFileThreads } from '../delivery/index.ts';
import { registerPackageServer, startPackageServer } from '../package-server/index.ts';

export interface Fleet {
  readonly smpUrl: string;
  readonly packages: number;
  readonly servers: readonly {
    readonly dataDirectory: string;
    readonly token: string;
    readonly address: string;
    readonly listen: { readonly host: string; readonly port: number };
  }[];
}

/** What the package servers of one process have done since they were started. */
export interface FleetState {
  /** Packages verified and attested, over all of them. */
  readonly ready: number;
  /** Package servers that have all. */
  readonly complete: number;
  readonly fetchedBytes: number;
  readonly servedBytes: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Threads for hashing that all package servers of the process share. */
const WORKERS = 1;
/** In the field every package server looks at its own disk. */
const PATROL_MS = 30 * 60_000;

const fleet = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as Fleet;
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (const server of fleet.servers) await register(server);
print({ registered: true });
await input.next();

const workers = new WorkerPool(WORKERS);
const threads = createFileThreads();
const running = await Promise.all(
  fleet.servers.map(({ dataDirectory, address, listen }) =>
    startPackageServer({
      ...{ dataDirectory, listen, workers, threads, addresses: [address] },
      patrolIntervalMs: PATROL_MS,
      ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
    }),
  ),
);
const before = process.cpuUsage();
const reporting = setInterval(() => print(state()), 1_000);
await input.next();
clearInterval(reporting);
print(state());
await Promise.all(running.map((server) => server.stop()));
await Promise.all([workers.close(), threads.close()]);
process.exit(0);

/** The SMP takes so many newcomers a second from one address, and here all have the same. */
async function register({ dataDirectory, token }: Fleet['servers'][number]): Promise<void> {
  for (;;) {
    try {
      await registerPackageServer({
        ...{ dataDirectory, token, smpUrl: fleet.smpUrl, fetch: globalThis.fetch },
        ...{ random: systemRandom, signal: new AbortController().signal },
      });
      return;
    } catch (error) {
      if (!isCanopyError(error) || error.code !== 'RATE_LIMITED') throw error;
      await systemClock.sleep(error.retryAfterMs ?? 1_000);
    }
  }
}

function state(): FleetState {
  const ready = running.map((server) => server.readyCount());
  const { user, system } = process.cpuUsage(before);
  const counts = running.map((server) => server.counts());
  return {
    ready: sum(ready),
    complete: ready.filter((count) => count === fleet.packages).length,
    fetchedBytes: sum(counts.map(({ fetchedBytes }) => fetchedBytes)),
    servedBytes: sum(counts.map(({ servedBytes }) => servedBytes)),
    cpuMs: (user + system) / 1_000,
    rssBytes: process.memoryUsage.rss(),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function print(document: object): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
