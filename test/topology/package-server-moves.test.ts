// Shows: package server and SMP change their addresses, and the only package server of a site dies
// for good: what agents are told at each moment.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Made } from '../../demo/administrator.ts';
import {
  AGENT_ADDRESS,
  freePort,
  linked,
  Office,
  ready,
  statusOf,
  type Machine,
} from './office.ts';
import { runCanopy } from './processes.ts';

const PAYLOAD = randomBytes(50_000);

let office: Office;
let ps: Machine;
let one: Made;
let agents = 0;

beforeAll(async () => {
  office = await Office.open();
  ps = await office.addMachine('PS01', {});
  one = await office.publish('Tool', { 'tool.bin': PAYLOAD });
  await ready(ps, one);
  await office.offered(one, [ps.url]);
}, 120_000);

afterAll(() => office.close());

test('it says where it is reached, and from its first word on nobody is sent elsewhere', async () => {
  const before = ps.url;
  await ps.process.end();
  const port = await freePort();
  await office.run(ps, port, ['--public-url', `http://127.0.0.1:${port}/`]);
  await linked(ps);
  expect(await office.origins(one)).toEqual([ps.url]);
  expect(ps.url).not.toBe(before);
  await expectFetched();
});

test('killed and back at yet another port, also when it held the old one to the end', async () => {
  await ps.process.end('SIGKILL');
  const port = await freePort();
  await office.run(ps, port, ['--public-url', `http://127.0.0.1:${port}`]);
  await linked(ps);
  expect(await office.origins(one)).toEqual([ps.url]);
});

test('a URL that is none is refused before anything starts', async () => {
  const words = ['ps', 'run', '--data-dir', ps.folder, '--public-url', 'ps01:8081'];
  const refused = await runCanopy(words);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('http://ps1.example:8081');
});

test('the SMP moves: told its new address once, the package server finds it ever after', async () => {
  await office.smp.end();
  await office.startSmp(await freePort());
  const { port } = new URL(ps.url);
  await ps.process.end();
  await office.run(ps, Number(port), ['--server', office.smp.ready.url]);
  await linked(ps);
  await office.offered(one, [ps.url]);
  await ps.process.end();
  await office.run(ps, Number(port));
  await linked(ps);
  expect((await statusOf(ps)).smp.url).toBe(office.smp.ready.url);
  await ready(ps, one);
});

test('dead for good, the only package server is offered last and the SMP before it', async () => {
  await office.settings({ packageServerSilentSeconds: 1 });
  const dead = ps.url;
  await ps.process.end('SIGKILL');
  await office.offered(one, [office.smp.ready.url, dead]);
  const { candidates } = await office.admin.explain(one, AGENT_ADDRESS);
  expect(candidates.filter(({ accepted }) => accepted).map(({ reason }) => reason)).toEqual([
    'SMP',
    'SILENT',
  ]);
  await expectFetched();
});

test('back, it is the one source of its site again', async () => {
  await office.run(ps, Number(new URL(ps.url).port));
  await linked(ps);
  expect(await office.origins(one)).toEqual([ps.url]);
  await office.settings({ packageServerSilentSeconds: 120 });
});

/** An agent of the site gets the package from whom it is told. */
async function expectFetched(): Promise<void> {
  const fetched = await runCanopy([
    ...['agent', 'fetch', one.guid, '--server', office.smp.ready.url, '--ip', AGENT_ADDRESS],
    ...['--folder', join(office.folder, 'agents', String((agents += 1))), '-o', 'json'],
  ]);
  expect(fetched).toMatchObject({ code: 0 });
  const { folder } = JSON.parse(fetched.stdout) as { folder: string };
  expect((await readFile(join(folder, 'tool.bin'))).equals(PAYLOAD)).toBe(true);
}
