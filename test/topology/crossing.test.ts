// Shows: two joined SMPs with real package servers and an agent; only the unconstrained package server
// in the child SMP's site fetches from the parent's, and every byte crosses once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgent } from '../../agent/index.ts';
import { createSmpClient, PackageReplicationReadyDocument } from '../../client-sdk/src/index.ts';
import { issueTicket, ticketText, TICKET_HEADER } from '../../content/download-ticket.ts';
import { createHttpTransport } from '../../delivery/index.ts';
import { bracedGuid } from '../../core/guid.ts';
import { generateIdentity } from '../../core/identity.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import type { Made } from '../../demo/administrator.ts';
import {
  joinNodes,
  startMachine,
  startNode,
  writeFiles,
  type Machine,
  type Node,
} from './crossing-world.ts';
import { eventually } from './processes.ts';

const FIRST = { 'large.bin': 3_000_000, 'small.txt': 1_000 };
const FIRST_BYTES = 3_001_000;
const ADDED_BYTES = 500_000;

let folder: string;
let parent: Node;
let child: Node;
let above: Machine;
let unconstrained: Machine;
let constrained: Machine;
let one: Made;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-crossing-'));
  const at = (name: string): string => join(folder, name);
  parent = await startNode(at('parent'), {
    name: 'HQ',
    address: '10.1.0.1',
    network: '10.1.0.0/16',
  });
  stops.push(() => parent.running.stop());
  child = await startNode(at('child'), {
    name: 'Branch',
    address: '10.2.0.1',
    network: '10.2.0.0/16',
  });
  stops.push(() => child.running.stop());
  const machine = async (
    node: Node,
    name: string,
    given: { addresses: string[]; constrained?: boolean },
  ): Promise<Machine> => {
    const started = await startMachine(node, at(name), { name, ...given });
    stops.push(() => started.stop());
    return started;
  };
  above = await machine(parent, 'PS-HQ', { addresses: ['10.1.0.5'] });
  unconstrained = await machine(child, 'PS-U', { addresses: ['10.2.0.5'] });
  constrained = await machine(child, 'PS-C', { addresses: ['10.2.0.6'], constrained: true });
  await writeFiles(at('source'), FIRST);
  one = await parent.admin.createPackage('Tool', at('source'));
  await parent.admin.update(one, () => undefined);
  await joinNodes(parent, child);
}, 120_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await rm(folder, { recursive: true, force: true });
});

/** Random bytes do not shrink; a bundle adds its frames and the head of its answer. */
async function expectSent(contentBytes: number): Promise<void> {
  const sentBytes = await above.metric('sent_to_children_bytes_total');
  expect(sentBytes).toBeGreaterThanOrEqual(contentBytes);
  expect(sentBytes).toBeLessThan(contentBytes + 2_000);
}

test('every byte crosses once, to the unconstrained package server, and is served on', async () => {
  const version = parent.running.tree.context.model.package(one.guid)!.internalVersion;
  await ready(unconstrained, version);
  await ready(constrained, version);
  expect(await unconstrained.metric('crossed_bytes_total')).toBe(FIRST_BYTES);
  await expectSent(FIRST_BYTES);
  expect(await constrained.metric('crossed_bytes_total')).toBe(0);
  expect(await constrained.metric('fetched_bytes_total')).toBe(FIRST_BYTES);
  expect(askedOf(constrained, above)).toEqual([]);
  expect(askedOf(unconstrained, constrained)).toEqual([]);
});

test('a package server never asks the SMP of the parent', () => {
  for (const { asked } of [unconstrained, constrained]) {
    expect(asked.filter((url) => url.startsWith(parent.running.url))).toEqual([]);
  }
});

test('an agent of the child gets it there and crosses nothing', async () => {
  const asked: string[] = [];
  const transport = createHttpTransport();
  const agent = createAgent({
    folder: join(folder, 'agent'),
    smpUrl: child.running.url,
    resourceId: systemRandom.guid(),
    addresses: ['10.2.0.20'],
    fetch: (target, init) => {
      asked.push(target instanceof Request ? target.url : String(target));
      return fetch(target, init);
    },
    transport: (url, request) => {
      asked.push(url);
      return transport(url, request);
    },
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  const signal = AbortSignal.timeout(30_000);
  const outcome = await agent.fetchPackage({ packageId: one.guid, signal });
  expect(outcome).toMatchObject({ state: 'RECEIVED', bytesFetched: FIRST_BYTES });
  expect(asked.filter((url) => url.startsWith(above.url))).toEqual([]);
});

test('the field says that packages can come', async () => {
  await expectReadiness((reasons) => reasons.length === 0);
});

test('of a new version only what is new crosses, as soon as the parent has it ready', async () => {
  await writeFiles(join(folder, 'source'), { 'added.bin': ADDED_BYTES });
  await parent.admin.update(one, () => undefined);
  const version = parent.running.tree.context.model.package(one.guid)!.internalVersion;
  await ready(unconstrained, version);
  await ready(constrained, version);
  expect(await unconstrained.metric('crossed_bytes_total')).toBe(FIRST_BYTES + ADDED_BYTES);
  await expectSent(FIRST_BYTES + ADDED_BYTES);
  expect(askedOf(constrained, above)).toEqual([]);
  expect(child.running.tree.crossing.leases.count).toBe(0);
});

test('a ticket that is shown has to be right', async () => {
  const { internalVersion } = parent.running.tree.context.model.package(one.guid)!;
  const url = `${above.url}/Altiris/PackageShare/${bracedGuid(one.guid)}/${internalVersion}/small.txt`;
  const status = async (ticket: string | undefined): Promise<number> => {
    const headers = ticket === undefined ? {} : { [TICKET_HEADER]: ticket };
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  const facts = {
    packageId: one.guid,
    internalVersion,
    childNodeId: 'child',
    nowMs: systemClock.nowMs(),
  };
  const { identity } = parent.running.tree.context;
  expect(await status(undefined)).toBe(200);
  expect(await status(ticketText(issueTicket(identity, facts)))).toBe(200);
  expect(await status('nonsense')).toBe(403);
  expect(await status(ticketText(issueTicket(generateIdentity(), facts)))).toBe(403);
  const old = { ...facts, nowMs: facts.nowMs - 2 * 60 * 60_000 };
  expect(await status(ticketText(issueTicket(identity, old)))).toBe(403);
  const other = { ...facts, internalVersion: internalVersion + 1 };
  expect(await status(ticketText(issueTicket(identity, other)))).toBe(403);
});

/** Package files of `target` that a machine asked for. */
function askedOf({ asked }: Machine, target: Machine): string[] {
  return asked.filter((url) => url.startsWith(`${target.url}/Altiris/`));
}

async function ready({ made }: Machine, version: number): Promise<void> {
  const { model } = child.running.tree.context;
  await eventually(
    async () => {
      const holding = model.holding(made.guid, one.guid);
      return holding?.held[0]?.internalVersion === version ? true : undefined;
    },
    () =>
      JSON.stringify(
        [...model.packageServers()].map(({ name, id }) => [name, model.holding(id, one.guid)]),
      ),
  );
}

async function expectReadiness(
  isWanted: (reasons: readonly string[]) => boolean | undefined,
): Promise<void> {
  const client = createSmpClient({ url: child.running.url, token: child.token });
  const ask = async (): Promise<readonly string[]> => {
    const answer = await client.execute(PackageReplicationReadyDocument);
    const { ready: isReady, reasons } = answer.smp.packageReplicationReady;
    expect(isReady).toBe(reasons.length === 0);
    return reasons;
  };
  await eventually(
    async () => (isWanted(await ask()) ? true : undefined),
    async () => JSON.stringify(await ask()),
  );
}
