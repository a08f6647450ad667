// Shows: links between SMP and package servers, and between package servers, that are slow, late,
// cut, stalled or dead: transfers come to their end, keep what arrived, and obey the limit.
import { randomBytes } from 'node:crypto';
import type { Made } from '../../demo/administrator.ts';
import { openShapedLink, type ShapedLink } from '../support/shaped-link.ts';
import { counterOf, lineOf, Office, ready, type Machine } from './office.ts';
import { eventually } from './processes.ts';

const SIZE = 6_000_000;

let office: Office;
/** Between the SMP and the package server that fetches. */
let smpLink: ShapedLink;
/** Between the two that are sources and whoever fetches from them. */
let leftLink: ShapedLink;
let rightLink: ShapedLink;
let left: Machine;
let right: Machine;
let fetcher: Machine;

beforeAll(async () => {
  office = await Office.open();
  smpLink = await openShapedLink(office.smp.ready.url);
  left = await office.addMachine('PS-LEFT', {});
  right = await office.addMachine('PS-RIGHT', {});
  leftLink = await openShapedLink(left.url);
  rightLink = await openShapedLink(right.url);
  await office.admin.publishAt(left.made, leftLink.url);
  await office.admin.publishAt(right.made, rightLink.url);
  fetcher = await office.addMachine('PS-FETCHER', { smpUrl: smpLink.url });
}, 120_000);

afterEach(async () => {
  for (const { shape } of [smpLink, leftLink, rightLink]) {
    Object.assign(shape, { bytesPerSecond: undefined, latencyMs: 0, state: 'OPEN' });
  }
  await office.settings({ packageServerMaxBytesPerSecond: 0 });
});

afterAll(async () => {
  await office?.close();
  for (const link of [smpLink, leftLink, rightLink]) await link?.close();
}, 60_000);

test('a thin, late link to the SMP that is cut again and again: every byte comes once', async () => {
  Object.assign(smpLink.shape, { bytesPerSecond: 3_000_000, latencyMs: 20 });
  const before = smpLink.passedBytes;
  const fetched = await counterOf(fetcher, 'fetched_bytes_total');
  const one = await publishFor('Cut', [fetcher]);
  for (const doneBytes of [1_000_000, 2_500_000, 4_000_000]) {
    await arrived(one, doneBytes);
    smpLink.reset();
  }
  await ready(fetcher, one);
  expect((await counterOf(fetcher, 'fetched_bytes_total')) - fetched).toBeLessThan(SIZE * 1.1);
  // What was under way at a cut is lost on it; what had arrived is not asked for again.
  expect(smpLink.passedBytes - before).toBeLessThan(SIZE * 1.3);
}, 120_000);

test('the limit holds for the sum of all sources, and a change of it within two seconds', async () => {
  const one = await publishFor('Limited', [left, right]);
  await ready(left, one);
  await ready(right, one);
  await office.settings({ packageServerMaxBytesPerSecond: 400_000 });
  await office.assign(one, [left, right, fetcher]);
  await arrived(one, 400_000);
  const slow = await bytesWithin(one, 3_000);
  expect(slow).toBeLessThan(3 * 400_000 * 1.2);
  expect(slow).toBeGreaterThan(3 * 400_000 * 0.6);
  const changedAtMs = performance.now();
  await office.settings({ packageServerMaxBytesPerSecond: 2_000_000 });
  await eventually(
    async () => (await bytesWithin(one, 500)) > 2 * 0.5 * 400_000 || undefined,
    () => 'it went on as slowly',
  );
  expect(performance.now() - changedAtMs).toBeLessThan(2_000);
  await office.settings({ packageServerMaxBytesPerSecond: 0 });
  await ready(fetcher, one);
}, 120_000);

test.each([
  ['brings a byte a second', { bytesPerSecond: 1 }],
  ['takes connections and answers nothing', { state: 'HALF_OPEN' }],
  ['resets every connection', { state: 'REFUSED' }],
] as const)(
  'a source that %s is left for the others',
  async (name, shape) => {
    const one = await publishFor(name, [left, right]);
    await ready(left, one);
    await ready(right, one);
    Object.assign(leftLink.shape, shape);
    leftLink.reset();
    await office.assign(one, [left, right, fetcher]);
    await ready(fetcher, one);
  },
  120_000,
);

test('a source that stalls in the middle: what it brought is kept, the others bring the rest', async () => {
  const one = await publishFor('Stalled', [left, right]);
  await ready(left, one);
  await ready(right, one);
  for (const { shape } of [smpLink, leftLink, rightLink]) shape.bytesPerSecond = 1_500_000;
  const fetched = await counterOf(fetcher, 'fetched_bytes_total');
  await office.assign(one, [left, right, fetcher]);
  await arrived(one, SIZE / 4);
  leftLink.shape.state = 'STALLED';
  await ready(fetcher, one);
  expect((await counterOf(fetcher, 'fetched_bytes_total')) - fetched).toBeLessThan(SIZE * 1.25);
}, 120_000);

/** A package of one file of random bytes, assigned to these. */
async function publishFor(name: string, machines: readonly Machine[]): Promise<Made> {
  const path = name.replaceAll(' ', '-');
  await office.writeSource(path, { 'large.bin': randomBytes(SIZE) });
  const one = await office.createPackage(path);
  await office.assign(one, machines);
  await office.admin.update(one, () => undefined);
  return one;
}

async function arrived(one: Made, bytes: number): Promise<void> {
  await eventually(
    async () => {
      const { doneBytes = 0, status } = await lineOf(fetcher, one);
      return doneBytes >= bytes || status === 'READY' || undefined;
    },
    async () => `${JSON.stringify(await lineOf(fetcher, one))} ${fetcher.process.log()}`,
  );
}

/** What arrives in a span of time; the kernel takes in more than is read. */
async function bytesWithin(one: Made, ms: number): Promise<number> {
  const done = async (): Promise<number> => (await lineOf(fetcher, one)).doneBytes ?? SIZE;
  const [before, fromMs] = [await done(), performance.now()];
  await eventually(
    async () => performance.now() - fromMs >= ms || undefined,
    () => 'time stands still',
  );
  const arrivedBytes = (await done()) - before;
  return (arrivedBytes * ms) / (performance.now() - fromMs);
}
