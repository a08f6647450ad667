import { join } from 'node:path';
import type { Administrator, Made } from './administrator.ts';
import { runCommand, startCommand, type CommandProcess } from './server-process.ts';

/** One of ours, in a process of its own that can be killed and started again. */
export interface PackageServerProcess {
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  readonly admin: Administrator;
  readonly server: Made;
  readonly folder: string;
  readonly smpUrl: string;
  readonly address: string;
}

/** Enrols with a one-time token, starts, and tells the SMP where agents reach it. */
export async function startPackageServer(options: Options): Promise<PackageServerProcess> {
  const { admin, server, folder, smpUrl, address } = options;
  const dataDir = join(folder, 'package-server');
  const token = await admin.enrollmentToken(server);
  const words = ['package-server', 'register', '--server', smpUrl, '--data-dir', dataDir];
  await runCommand(words, { CANOPY_ENROLLMENT_TOKEN: token });
  const run = (listen: string): Promise<CommandProcess<{ readonly url: string }>> =>
    startCommand([
      ...['package-server', 'run', '--data-dir', dataDir, '--listen', listen],
      ...['--ip', address, '--log-level', 'error'],
    ]);
  let running = await run('127.0.0.1:0');
  const { url } = running.ready;
  await admin.publishAt(server, url);
  return {
    url,
    kill: async () => void (await running.end('SIGKILL')),
    start: async () => {
      running = await run(new URL(url).host);
    },
    close: async () => void (await running.end('SIGTERM')),
  };
}
