import { join } from 'node:path';
import type { Made } from './administrator.ts';
import type { Commands, RunningCommand } from './commands.ts';
import { wentWell, type Smp } from './smp.ts';

/** One of ours, in a process of its own that can be killed and started again. */
export interface PackageServer {
  readonly name: string;
  readonly made: Made;
  readonly url: string;
  /** How much of the package is here while it comes, as `package-server status` tells. */
  arrived(one: Made): Promise<Arrived>;
  /** Bytes of packages that it fetched since it started, as its metrics tell. */
  fetchedBytes(): Promise<number>;
  kill(): Promise<void>;
  start(): Promise<void>;
}

interface Arrived {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

interface Status {
  readonly packages: readonly (Partial<Arrived> & { readonly packageId: string })[];
}

interface Options {
  readonly smp: Smp;
  readonly name: string;
  readonly made: Made;
  readonly folder: string;
  readonly address: string;
}

/** Enrols with a one-time token, starts, and tells the SMP where agents reach it. */
export async function startPackageServer(
  commands: Commands,
  { smp, name, made, folder, address }: Options,
): Promise<PackageServer> {
  const dataDir = join(folder, name);
  const token = await smp.admin.enrollmentToken(made);
  const register = `canopy package-server register --server ${smp.url} --data-dir '${dataDir}'`;
  wentWell(await commands.shell(register, { CANOPY_ENROLLMENT_TOKEN: token }));
  const run = (listen: string): Promise<RunningCommand<{ readonly url: string }>> =>
    commands.start([
      ...['package-server', 'run', '--data-dir', dataDir, '--listen', listen],
      ...['--ip', address, '--log-level', 'error'],
    ]);
  let running = await run('127.0.0.1:0');
  const { url } = running.ready;
  await smp.admin.publishAt(made, url);
  return {
    ...{ name, made, url },
    arrived: async ({ guid }) => {
      const status = `canopy package-server status --data-dir '${dataDir}' -o json`;
      const { output } = await commands.shell(status);
      const { packages } = JSON.parse(output) as Status;
      const line = packages.find(({ packageId }) => packageId === guid);
      return { doneBytes: line?.doneBytes ?? 0, totalBytes: line?.totalBytes ?? 0 };
    },
    fetchedBytes: async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const line = /^canopy_package_server_fetched_bytes_total (\d+)/m.exec(metrics);
      return Number(line![1]);
    },
    kill: async () => void (await running.end('SIGKILL')),
    start: async () => {
      running = await run(new URL(url).host);
    },
  };
}
