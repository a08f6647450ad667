/**
 * Agents that ask where to get a package, at a fixed rate: `storm-agents.ts FILE`, the file being
 * an {@link AgentLoad} as JSON. A line on standard input ends a measurement and begins the next;
 * each is answered with {@link AgentTimes} since the last one.
 */
import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { performance } from 'node:perf_hooks';
import { toGuid } from '../core/guid.ts';
import { writePackageInfoRequest } from '../legacy/package-info-request.ts';

export interface AgentLoad {
  readonly smpUrl: string;
  readonly requestsPerSecond: number;
  readonly packageIds: readonly string[];
  /** Of the agents, asked with in turn. */
  readonly addresses: readonly string[];
}

export interface AgentTimes {
  readonly answered: number;
  /** Answers without a single source: an agent would wait. */
  readonly withoutSource: number;
  /** Answers 429 and 503. */
  readonly busy: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const load = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as AgentLoad;
const connections = new Agent({ keepAlive: true, maxSockets: 64 });
let times: number[] = [];
let withoutSource = 0;
let busy = 0;
let asked = 0;

/** When the next question is due. From then on the time of an answer counts, sent late or not. */
let dueAtMs = performance.now();
setInterval(() => {
  for (; dueAtMs <= performance.now(); dueAtMs += 1_000 / load.requestsPerSecond) ask(dueAtMs);
}, 2);

for await (const _ of createInterface({ input: process.stdin })) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  const measured: AgentTimes = {
    answered: sorted.length,
    withoutSource,
    busy,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: sorted.at(-1) ?? 0,
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
  [times, withoutSource, busy] = [[], 0, 0];
}
process.exit(0);

function ask(atMs: number): void {
  asked += 1;
  const xml = writePackageInfoRequest({
    resourceId: undefined,
    packageIds: [toGuid(load.packageIds[asked % load.packageIds.length]!)],
    addresses: [load.addresses[asked % load.addresses.length]!],
    totalTimeMinutes: 0,
    denySmp: false,
    denyExternalPackageServers: false,
  });
  const url = `${load.smpUrl}/Altiris/NS/Agent/GetPackageInfo.aspx?xml=${encodeURIComponent(xml)}`;
  get(url, { agent: connections }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => (body += text));
    response.on('end', () => {
      times.push(performance.now() - atMs);
      if (response.statusCode !== 200) busy += 1;
      else if (!body.includes('<Codebase')) withoutSource += 1;
    });
  }).on('error', (error) => {
    throw error;
  });
}
