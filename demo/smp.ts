import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { administrator, type Administrator, type Made } from './administrator.ts';
import type { Commands, Ended, RunningCommand } from './commands.ts';
import { say } from './screen.ts';

/** What one SMP of the demonstration is called and where it stands. */
export interface SmpPlace {
  readonly name: string;
  /** Decides its site. */
  readonly address: string;
  readonly network: string;
  readonly uncRoot?: string;
}

/** One SMP in a process of its own that can be killed and started again; with one site. */
export interface Smp {
  readonly name: string;
  readonly url: string;
  readonly dataDir: string;
  readonly tokenFile: string;
  readonly admin: Administrator;
  readonly site: Made;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Types a command at this SMP; shows it and, unless it is quiet, what it printed. */
  type(command: string, how?: 'QUIETLY'): Promise<Ended>;
}

type Serving = RunningCommand<{ readonly url: string; readonly adminTokenFile: string }>;

/** `canopy serve` with an embedded database, and the site of its network. */
export async function startSmp(
  commands: Commands,
  folder: string,
  { name, address, network, uncRoot }: SmpPlace,
): Promise<Smp> {
  const dataDir = join(folder, name);
  const serve = (listen: string): Promise<Serving> =>
    commands.start([
      ...['serve', '--data-dir', dataDir, '--listen', listen, '--name', name],
      ...['--site-addresses', address, '--log-level', 'error'],
      ...(uncRoot === undefined ? [] : ['--unc-root', uncRoot]),
    ]);
  let running = await serve('127.0.0.1:0');
  const { url, adminTokenFile: tokenFile } = running.ready;
  const admin = administrator(url, (await readFile(tokenFile, 'utf8')).trim());
  const site = await admin.createSite(capital(name), [network]);
  return {
    ...{ name, url, dataDir, tokenFile, admin, site },
    kill: async () => void (await running.end('SIGKILL')),
    start: async () => {
      running = await serve(new URL(url).host);
    },
    type: async (command, how) => {
      say(`${name} $ ${command}`);
      const context = { CANOPY_URL: url, CANOPY_TOKEN_FILE: tokenFile };
      const ended = await commands.shell(command, context);
      if (how !== 'QUIETLY') say(ended.output + ended.errors);
      return ended;
    },
  };
}

/** Throws what it printed unless it ended with 0. */
export function wentWell({ code, errors }: Ended): void {
  if (code !== 0) throw new Error(`a command ended with ${code}: ${errors}`);
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
