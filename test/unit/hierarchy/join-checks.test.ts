// The checks of a join one by one: sites with exact cures, addresses, clones, loops and advices.
import type { PackageServer, Subnet } from '../../../catalog/model.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import type { ItemKind, ItemTypes } from '../../../catalog/items.ts';
import { toGuid } from '../../../core/guid.ts';
import { parentUrlCheck } from '../../../hierarchy/membership/parent-url.ts';
import { siteChecks, siteReadiness } from '../../../hierarchy/membership/site-checks.ts';
import { aPackageServer } from '../../support/database-items.ts';
import { changeOf } from '../../support/catalog-world.ts';
import { World, type Smp } from './membership-world.ts';

const SITE = {
  id: toGuid('11111111-0000-4000-8000-000000000001'),
  name: 'Berlin 1',
  description: '',
};
const SUBNET: Subnet = {
  id: toGuid('11111111-0000-4000-8000-000000000002'),
  network: '10.0.0.0/24',
  name: '',
  siteId: SITE.id,
};
type Given = { readonly [K in ItemKind]?: readonly ItemTypes[K][] };

function modelWith(given: Given, addresses = ['10.0.0.1']): ReadModel {
  const model = new ReadModel({
    id: toGuid('11111111-0000-4000-8000-000000000009'),
    name: 'smp1',
    scheme: 'http',
    publicUrl: '',
    addresses,
    uncRoot: '',
  });
  const changes = Object.entries(given).flatMap(([kind, items]) =>
    items.map((item) => changeOf(kind as ItemKind, item as never)),
  );
  model.apply(changes, { epoch: 'e', revision: 1 });
  return model;
}
const outcomes = (model: ReadModel, metadataOnly = false): string[] =>
  siteChecks(model, 'CHILD', metadataOnly).map(({ outcome }) => outcome);

test('without a site the cures make one and put the network of the SMP there', () => {
  const [inSite, served] = siteChecks(modelWith({}), 'CHILD', false);
  expect(inSite).toMatchObject({ code: 'SMP_NOT_IN_A_SITE', outcome: 'FAILED' });
  expect(inSite!.cures.map(({ command }) => command)).toEqual([
    "canopy site create 'Site of smp1'",
    "canopy site add-subnet 'Site of smp1' 10.0.0.0/24",
  ]);
  expect(inSite!.cures[1]!.mutation).toContain('createSubnet(input: {network: "10.0.0.0/24"');
  expect(served!.outcome).toBe('NOT_RUN');
  const [known] = siteChecks(
    modelWith({ site: [SITE], subnet: [{ ...SUBNET, siteId: undefined }] }),
    'CHILD',
    false,
  );
  expect(known!.cures).toHaveLength(1);
  expect(known!.cures[0]!.mutation).toContain(
    `assignSubnetToSite(input: {subnetId: "${SUBNET.id}", siteId: "${SITE.id}"})`,
  );
  expect(siteChecks(modelWith({}, []), 'CHILD', false)[0]!.cures[0]!.text).toContain(
    'siteAddresses',
  );
});

test.each<[string, Partial<PackageServer>]>([
  ['its address is in a subnet of the site', { addresses: ['10.0.0.9'] }],
  [
    'it was assigned by hand from anywhere',
    { addresses: ['172.16.0.1'], manualSiteIds: [SITE.id] },
  ],
  ['it is constrained and off', { addresses: ['10.0.0.9'], constrained: true, enabled: false }],
  ['it is a legacy one', { addresses: ['10.0.0.9'], kind: 'LEGACY' }],
])('a package server satisfies the rule when %s', (_, given) => {
  const packageServer = [aPackageServer(given)];
  const model = modelWith({ site: [SITE], subnet: [SUBNET], packageServer });
  expect(outcomes(model)).toEqual(['PASSED', 'PASSED']);
  expect(siteReadiness(model)).toEqual([]);
});

test('one that serves another site does not, and the cure names it with its real ids', () => {
  const ps = aPackageServer({ name: 'PS 7', addresses: ['172.16.0.1'] });
  const model = modelWith({ site: [SITE], subnet: [SUBNET], packageServer: [ps] });
  const check = siteChecks(model, 'CHILD', false)[1]!;
  expect(check.outcome).toBe('FAILED');
  expect(check.cures).toMatchObject([{ command: `canopy site assign-ps '${SITE.name}' 'PS 7'` }]);
  expect(check.cures[0]!.mutation).toContain(`{packageServerId: "${ps.id}", siteId: "${SITE.id}"}`);
  expect(siteReadiness(model)).toEqual([check.text]);
  expect(outcomes(model, true)).toEqual(['PASSED', 'WAIVED']);
});

test.each([
  ['https://smp1.example:8443/', 'PASSED'],
  ['http://127.0.0.1:8080', 'PASSED'],
  ['http://[::1]:8080', 'PASSED'],
  ['https://10.1.2.3', 'PASSED'],
  ['http://smp1.example', 'WARNING'],
  ['ftp://smp1.example', 'FAILED'],
  ['smp1.example', 'FAILED'],
  ['https://user:secret@smp1.example', 'FAILED'],
  ['https://smp1.example/path', 'FAILED'],
  ['https://smp1.example?x=1', 'FAILED'],
  ['http://169.254.169.254', 'FAILED'],
  ['http://[::ffff:169.254.169.254]', 'FAILED'],
  ['http://2852039166', 'FAILED'],
  ['http://0.0.0.0:80', 'FAILED'],
  ['http://[fe80::1]', 'FAILED'],
  ['http://224.0.0.1', 'FAILED'],
])('the address %s: %s', (url, outcome) => {
  const { check } = parentUrlCheck(url);
  expect(check.outcome).toBe(outcome);
  expect(check.text).not.toContain('secret');
});

const found = async (child: Smp, parent: Smp, more: object = {}) => {
  const token = await parent.newToken();
  const { checks } = await child.join(parent, token, { dryRun: true, ...more });
  return (code: string, side: string) =>
    checks.find((check) => check.code === code && check.side === side)?.outcome;
};

async function placed(smp: Smp): Promise<Smp> {
  await smp.inputs.context.write(async (tx) => {
    tx.put('site', SITE);
    tx.put('subnet', SUBNET);
  });
  return smp;
}

test('an SMP is not its own parent, and what is below it is not either', async () => {
  const world = new World();
  const [top, middle, bottom] = await Promise.all(
    ['top', 'middle', 'bottom'].map((name) => placed(world.smp(name))),
  );
  expect((await found(top!, top!))('SAME_NODE', 'CHILD')).toBe('FAILED');
  for (const [child, parent] of [
    [middle!, top!],
    [bottom!, middle!],
  ] as const) {
    await child.join(parent, await parent.newToken());
    await child.openLink();
  }
  expect((await found(top!, middle!))('LOOP', 'CHILD')).toBe('FAILED');
  expect((await found(top!, bottom!))('LOOP', 'PARENT')).toBe('FAILED');
  expect((await found(middle!, bottom!, { replaceParent: true }))('LOOP', 'PARENT')).toBe('FAILED');
  const other = await placed(world.smp('other'));
  const more = await found(other, bottom!);
  expect([more('DEEP_TREE', 'BOTH'), more('MANY_CHILDREN', 'PARENT')]).toEqual([
    'WARNING',
    'PASSED',
  ]);
});

test('a seventh child is an advice, not a fault', async () => {
  const world = new World();
  const head = await placed(world.smp('head'));
  for (let count = 1; count <= 7; count += 1) {
    const child = await placed(world.smp(`child${count}`));
    const outcome = await found(child, head);
    expect(outcome('MANY_CHILDREN', 'PARENT')).toBe(count > 6 ? 'WARNING' : 'PASSED');
    expect((await child.join(head, await head.newToken())).parent?.state).toBe('JOINING');
  }
});

test('who does not have the secret of a token is told nothing of the parent', async () => {
  const world = new World();
  const [head, child] = [await placed(world.smp('head')), await placed(world.smp('child'))];
  const token = (await head.newToken()).replace(/.{43}$/, 'A'.repeat(43));
  const { checks } = await child.join(head, token, { dryRun: true });
  const ofParent = checks.filter(({ side }) => side === 'PARENT');
  expect(ofParent.filter(({ outcome }) => outcome === 'FAILED')).toMatchObject([
    { code: 'ENROLLMENT_REFUSED' },
  ]);
  expect(ofParent.filter(({ outcome }) => outcome === 'NOT_RUN')).toHaveLength(4);
});

test('a parent that is not reached leaves its checks open, and nothing is stored', async () => {
  const world = new World();
  const [head, child] = [await placed(world.smp('head')), await placed(world.smp('child'))];
  const token = await head.newToken();
  world.fates = ['LOST'];
  const { checks } = await child.join(head, token, { dryRun: true });
  expect(checks.find(({ code }) => code === 'PARENT_UNREACHABLE')?.outcome).toBe('FAILED');
  expect(checks.find(({ code }) => code === 'ENROLLMENT_REFUSED')?.outcome).toBe('NOT_RUN');
  world.fates = ['LOST'];
  await expect(child.join(head, token)).rejects.toMatchObject({ code: 'PARENT_UNREACHABLE' });
  expect(child.parent).toBeUndefined();
});
