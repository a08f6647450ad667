// Shows: a package server in a network of its own, behind a link that loses packets, polices them,
// swallows all of them or answers with resets, gets its packages whole and every byte about once.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { PackageServerLinksDocument } from '../../client-sdk/src/index.ts';
import type { Made } from '../../demo/administrator.ts';
import { Office, type Machine } from '../topology/office.ts';
import { eventually } from '../topology/processes.ts';

const SIZE = 4_000_000;
const SPACE = `canopy${process.pid}`;
const [OUTER, INNER] = [`cno${process.pid}`, `cni${process.pid}`];
/** Of a block that no host of a real network has. */
const [SMP_HOST, PS_HOST] = ['198.18.77.1', '198.18.77.2'];

describe('behind a bad network', () => {
  let office: Office;
  let ps: Machine;

  beforeAll(async () => {
    sh(`ip netns add ${SPACE}`);
    sh(`ip link add ${OUTER} type veth peer name ${INNER}`);
    sh(`ip link set ${INNER} netns ${SPACE}`);
    sh(`ip addr add ${SMP_HOST}/30 dev ${OUTER}`);
    sh(`ip link set ${OUTER} up`);
    inside(`ip addr add ${PS_HOST}/30 dev ${INNER}`);
    inside(`ip link set ${INNER} up`);
    inside('ip link set lo up');
    inside('nft add table ip canopy');
    inside('nft add counter ip canopy arrived');
    inside('nft add chain ip canopy shape');
    inside('nft add chain ip canopy input { type filter hook input priority 0 ; }');
    inside('nft add rule ip canopy input iifname != lo jump shape');
    inside('nft add rule ip canopy input iifname != lo counter name arrived');
    office = await Office.open(SMP_HOST);
    const wrapper = ['ip', 'netns', 'exec', SPACE];
    ps = await office.addMachine('PS01', { host: PS_HOST, wrapper });
  }, 180_000);

  afterEach(() => shape());

  afterAll(async () => {
    await office?.close();
    sh(`ip netns del ${SPACE}`);
  }, 60_000);

  test.each([
    ['loses three packets of a hundred', 'numgen random mod 100 < 3 drop'],
    ['drops what is above a megabyte a second', 'limit rate over 1 mbytes/second drop'],
  ])(
    'a link that %s',
    async (name, rule) => {
      const before = arrivedBytes();
      shape(rule);
      await held(await publish(name));
      expect(arrivedBytes() - before).toBeLessThan(SIZE * 1.3);
    },
    180_000,
  );

  test.each([
    ['swallows everything until the SMP gives the link up', 'drop'],
    ['answers everything with resets', 'meta l4proto tcp reject with tcp reset'],
  ])(
    'a link that %s, in the middle of a transfer',
    async (name, rule) => {
      const before = arrivedBytes();
      await office.settings({ packageServerMaxBytesPerSecond: 1_000_000 });
      const one = await publish(name);
      await eventually(
        async () => arrivedBytes() - before > SIZE / 2 || undefined,
        () => ps.process.log(),
      );
      shape(rule);
      await connected(false);
      shape();
      await office.settings({ packageServerMaxBytesPerSecond: 0 });
      await connected(true);
      await held(one);
      expect(arrivedBytes() - before).toBeLessThan(SIZE * 1.5);
    },
    300_000,
  );

  async function publish(name: string): Promise<Made> {
    return await office.publish(name.replaceAll(' ', '-'), { 'large.bin': randomBytes(SIZE) });
  }

  /** As the SMP sees it: the package server shows its own pages to its host alone. */
  async function held(one: Made): Promise<void> {
    await eventually(
      async () => (await office.admin.statusOf(ps.made, one)).state === 'READY' || undefined,
      () => ps.process.log(),
      150_000,
    );
    await office.offered(one, [ps.url]);
  }

  async function connected(isWanted: boolean): Promise<void> {
    await eventually(
      async () => {
        const answer = await office.client.execute(PackageServerLinksDocument, { first: 10 });
        const [server] = answer.packageServers.nodes;
        return server?.link?.connected === isWanted || undefined;
      },
      () => ps.process.log(),
      120_000,
    );
  }
});

/** What comes in obeys these rules from now on, and no others. */
function shape(...rules: readonly string[]): void {
  inside('nft flush chain ip canopy shape');
  for (const rule of rules) inside(`nft add rule ip canopy shape ${rule}`);
}

function arrivedBytes(): number {
  return Number(/bytes (\d+)/.exec(inside('nft list counter ip canopy arrived'))![1]);
}

function inside(command: string): string {
  return sh(`ip netns exec ${SPACE} ${command}`);
}

function sh(command: string): string {
  const [program, ...words] = command.split(' ');
  const { status, stdout, stderr } = spawnSync(program!, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}
