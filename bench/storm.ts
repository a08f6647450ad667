/**
 * A storm: many package servers take many small packages from a few unconstrained ones, while
 * agents ask the SMP as they always do. README.md says what is measured and how.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { administrator } from '../demo/administrator.ts';
import { table } from './processes.ts';
import type { AgentLoad, AgentTimes } from './storm-agents.ts';
import { makeCatalog, SMP_SITE_ADDRESS, type PlannedServer } from './storm-catalog.ts';
import type { Fleet, FleetState } from './storm-package-servers.ts';

const { values } = parseArgs({
  options: {
    packages: { type: 'string', default: '1500' },
    'package-bytes': { type: 'string', default: '8192' },
    files: { type: 'string', default: '1' },
    unconstrained: { type: 'string', default: '3' },
    servers: { type: 'string', default: '110' },
    /** Processes that the constrained package servers are spread over. */
    processes: { type: 'string', default: '4' },
    'agent-rate': { type: 'string', default: '20' },
    'idle-seconds': { type: 'string', default: '15' },
    /** Where the package servers keep their data; each of them has a disk of its own in the field. */
    folder: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
    /** Writes CPU profiles of the SMP and of the package servers there. */
    profile: { type: 'string' },
  },
});
const size = {
  packages: Number(values.packages),
  packageBytes: Number(values['package-bytes']),
  filesPerPackage: Number(values.files),
  unconstrained: Number(values.unconstrained),
  constrained: Number(values.servers),
};
/** Package servers stand for other machines, so they get what the SMP leaves of the processor. */
const YIELD = 10;
/** Held versions as the SMP has them recorded. */
const READY = `select count(*) from holding where status = 'READY'`;

const smpFolder = await mkdtemp(join(tmpdir(), 'canopy-storm-'));
const serversFolder = await mkdtemp(join(values.folder, 'canopy-storm-'));
const children: ChildProcess[] = [];
try {
  await storm();
} finally {
  for (const child of children) child.kill();
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }),
  );
  for (const folder of [smpFolder, serversFolder]) await rm(folder, { recursive: true });
}

async function storm(): Promise<void> {
  const smp = await startSmp();
  say(`The catalogue: ${size.packages} packages of ${size.packageBytes} bytes …`);
  const catalog = await makeCatalog({ ...smp, folder: join(smpFolder, 'sources') }, size);
  const first = await startFleet(smp.smpUrl, 'unconstrained', catalog.unconstrained);
  const others = await Promise.all(
    spread(catalog.constrained, Number(values.processes)).map((servers, at) =>
      startFleet(smp.smpUrl, `constrained-${at}`, servers),
    ),
  );
  const all = [first, ...others];

  const agents = await startAgents({
    smpUrl: smp.smpUrl,
    requestsPerSecond: Number(values['agent-rate']),
    packageIds: catalog.packages.map(({ guid }) => guid),
    addresses: catalog.agentAddresses,
  });
  const up = await measureUntil(smp, [first], `SMP → ${size.unconstrained} unconstrained`);
  say('Idle …');
  await agents.take();
  await setTimeout(Number(values['idle-seconds']) * 1_000);
  const idle = await agents.take();
  const down = await measureUntil(smp, others, `→ ${size.constrained} constrained`);
  const stormy = await agents.take();

  const admin = administrator(smp.smpUrl, smp.token);
  const expected = size.packages * (size.constrained + size.unconstrained);
  await until(async () => (await admin.query(READY))[1]?.[0] === String(expected));
  say(results(up, down));
  say(agentResults(idle, stormy));
  await Promise.all(all.map((fleet) => fleet.stop()));
}

interface Stage {
  readonly name: string;
  readonly servers: number;
  readonly seconds: number;
  readonly fetchedBytes: number;
  readonly smpCpuMs: number;
  readonly smpSentBytes: number;
  readonly smpDelays: LoopDelays;
  readonly serversCpuMs: number;
  readonly rssBytes: number;
}

/** From the start of these package servers until each of them has everything, as the SMP sees it. */
async function measureUntil(smp: Smp, fleets: Running[], name: string): Promise<Stage> {
  say(`${name} …`);
  const servers = fleets.reduce((sum, fleet) => sum + fleet.servers, 0);
  const admin = administrator(smp.smpUrl, smp.token);
  const startedAtMs = performance.now();
  const cpuBefore = cpuMsOf(smp.pid);
  const { sentBytes: sentBefore } = await smpMetrics(smp.smpUrl);
  const readyBefore = Number((await admin.query(READY))[1]?.[0]);
  for (const fleet of fleets) fleet.start();
  let saidAtMs = startedAtMs;
  await until(async () => {
    const states = fleets.map((fleet) => fleet.state());
    if (performance.now() - saidAtMs > 10_000) {
      saidAtMs = performance.now();
      const ready = states.reduce((sum, one) => sum + (one?.ready ?? 0), 0);
      const cpuMs = Math.round(cpuMsOf(smp.pid) - cpuBefore);
      say(`${seconds(saidAtMs - startedAtMs)}: ${ready} ready, SMP CPU ${seconds(cpuMs)}`);
    }
    if (states.some((state, at) => state?.complete !== fleets[at]!.servers)) return false;
    const ready = Number((await admin.query(READY))[1]?.[0]) - readyBefore;
    return ready === size.packages * servers;
  });
  const states = fleets.map((fleet) => fleet.state()!);
  const { sentBytes, delays } = await smpMetrics(smp.smpUrl);
  return {
    name,
    servers,
    seconds: (performance.now() - startedAtMs) / 1_000,
    fetchedBytes: states.reduce((sum, one) => sum + one.fetchedBytes, 0),
    smpCpuMs: cpuMsOf(smp.pid) - cpuBefore,
    smpSentBytes: sentBytes - sentBefore,
    smpDelays: delays,
    serversCpuMs: states.reduce((sum, one) => sum + one.cpuMs, 0),
    rssBytes: states.reduce((sum, one) => sum + one.rssBytes, 0),
  };
}

interface Smp {
  readonly smpUrl: string;
  readonly token: string;
  readonly pid: number;
}

async function startSmp(): Promise<Smp> {
  const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const child = start(
    [
      ...profiling('smp'),
      ...[program, 'serve', '--data-dir', join(smpFolder, 'smp'), '--listen', '127.0.0.1:0'],
      ...['--site-addresses', SMP_SITE_ADDRESS, '--log-level', 'error', '-o', 'json'],
      // All agents and package servers come from one address here.
      ...['--requests-per-second-per-address', '0'],
    ],
    0,
  );
  let text = '';
  for await (const line of createInterface({ input: child.stdout! })) {
    text += line;
    if (line.endsWith('}')) break;
  }
  const { url, adminTokenFile } = JSON.parse(text) as { url: string; adminTokenFile: string };
  const token = (await readFile(adminTokenFile, 'utf8')).trim();
  return { smpUrl: url, token, pid: child.pid! };
}

interface Running {
  readonly servers: number;
  start(): void;
  /** The last one told; `undefined` before the first. */
  state(): FleetState | undefined;
  stop(): Promise<void>;
}

async function startFleet(
  smpUrl: string,
  name: string,
  servers: readonly PlannedServer[],
): Promise<Running> {
  const fleet: Fleet = {
    smpUrl,
    packages: size.packages,
    servers: servers.map((server) => ({
      ...server,
      dataDirectory: join(serversFolder, server.name),
    })),
  };
  const file = join(serversFolder, `${name}.json`);
  await writeFile(file, JSON.stringify(fleet));
  const program = fileURLToPath(new URL('storm-package-servers.ts', import.meta.url));
  const child = start([...profiling(name), program, file], YIELD);
  const lines = createInterface({ input: child.stdout! });
  await Promise.race([once(lines, 'line'), failure(child)]);
  let state: FleetState | undefined;
  lines.on('line', (line) => (state = JSON.parse(line) as FleetState));
  return {
    servers: servers.length,
    start: () => void child.stdin!.write('start\n'),
    state: () => state,
    stop: async () => {
      child.stdin!.end();
      await once(child, 'exit');
    },
  };
}

async function startAgents(load: AgentLoad): Promise<{ take(): Promise<AgentTimes> }> {
  const file = join(serversFolder, 'agents.json');
  await writeFile(file, JSON.stringify(load));
  const program = fileURLToPath(new URL('storm-agents.ts', import.meta.url));
  const child = start([program, file], 0);
  const lines = createInterface({ input: child.stdout! });
  return {
    take: async () => {
      child.stdin!.write('take\n');
      const [line] = (await Promise.race([once(lines, 'line'), failure(child)])) as [string];
      return JSON.parse(line) as AgentTimes;
    },
  };
}

function start(args: readonly string[], niceness: number): ChildProcess {
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  });
  setPriority(child.pid!, niceness);
  child.once('exit', (code) => {
    if (code) process.exitCode = 1;
  });
  children.push(child);
  return child;
}

async function failure(child: ChildProcess): Promise<never> {
  await once(child, 'exit');
  throw new Error(`${child.spawnargs.join(' ')} ended.`);
}

function profiling(name: string): string[] {
  if (values.profile === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${values.profile}`, `--cpu-prof-name=${name}.cpuprofile`];
}

function spread<T>(items: readonly T[], count: number): T[][] {
  const groups = Array.from({ length: count }, (): T[] => []);
  items.forEach((item, at) => groups[at % count]!.push(item));
  return groups.filter((group) => group.length > 0);
}

/** All threads of a process, proc(5), in the kernel's ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** How late the SMP's event loop was, since its metrics were last read. */
interface LoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What the SMP has sent of package files, and how late it was. */
async function smpMetrics(
  smpUrl: string,
): Promise<{ readonly sentBytes: number; readonly delays: LoopDelays }> {
  const text = await (await fetch(`${smpUrl}/metrics`)).text();
  const value = (name: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1] ?? 0,
    );
  return {
    sentBytes: value('canopy_http_sent_bytes_total{door="files"}'),
    delays: {
      p50Ms: value('nodejs_eventloop_lag_p50_seconds') * 1_000,
      p99Ms: value('nodejs_eventloop_lag_p99_seconds') * 1_000,
    },
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    if (process.exitCode) throw new Error('A process ended.');
    await setTimeout(1_000);
  }
}

function results(...stages: readonly Stage[]): string {
  const heads = [
    ...['', 'seconds', 'packages/s', 'fetched', '/ ideal', 'files from the SMP'],
    ...['CPU of the SMP', 'its event loop p50, p99', 'CPU of the PSs', 'memory of the PSs'],
  ];
  const rows = stages.map((stage) => {
    const fileBytes = Math.ceil(size.packageBytes / size.filesPerPackage);
    const ideal = stage.servers * size.packages * fileBytes * size.filesPerPackage;
    return [
      stage.name,
      stage.seconds.toFixed(0),
      ((stage.servers * size.packages) / stage.seconds).toFixed(0),
      mib(stage.fetchedBytes),
      (stage.fetchedBytes / ideal).toFixed(4),
      mib(stage.smpSentBytes),
      seconds(stage.smpCpuMs),
      `${stage.smpDelays.p50Ms.toFixed(1)}, ${stage.smpDelays.p99Ms.toFixed(1)} ms`,
      seconds(stage.serversCpuMs),
      mib(stage.rssBytes),
    ];
  });
  return table(heads, rows);
}

function agentResults(idle: AgentTimes, stormy: AgentTimes): string {
  const row = (name: string, times: AgentTimes): string[] => [
    ...[name, String(times.answered), String(times.busy), String(times.withoutSource)],
    ...[times.p50Ms, times.p99Ms, times.maxMs].map((ms) => ms.toFixed(1)),
    (times.p99Ms / idle.p99Ms).toFixed(1),
  ];
  const heads = ['GetPackageInfo', 'answers', 'busy', 'no source', 'p50 ms', 'p99 ms', 'max ms'];
  return table([...heads, 'p99 / idle'], [row('idle', idle), row('storm', stormy)]);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function mib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
