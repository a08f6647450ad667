import { spawnSync } from 'node:child_process';

/** Where one machine of a {@link Network} is reached. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  /** Before a command that is to run on it. */
  readonly wrapper: readonly string[];
}

const CHAIN = ['inet', 'canopy', 'between'];

/**
 * Machines with a network interface and an address each, joined by a router: this process, in a
 * network namespace of its own (`unshare --net`), so that the host's network stays as it is. Faults
 * are rules of the router for what goes from one machine to another.
 */
export class Network {
  private readonly machines: Machine[] = [];

  constructor() {
    run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    run('nft', 'add', 'table', 'inet', 'canopy');
    run('nft', 'add', 'chain', ...CHAIN, '{ type filter hook forward priority 0; }');
  }

  add(name: string): Machine {
    const number = this.machines.length + 1;
    const namespace = `canopy-${process.pid}-${name}`;
    const link = `to-${name}`;
    const [router, address] = [`10.99.${number}.1`, `10.99.${number}.2`];
    const machine = { name, address, wrapper: ['ip', 'netns', 'exec', namespace] };
    run('ip', 'netns', 'add', namespace);
    this.machines.push(machine);
    run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    run('ip', 'addr', 'add', `${router}/30`, 'dev', link);
    run('ip', 'link', 'set', link, 'up');
    const [program, ...inside] = machine.wrapper as [string, ...string[]];
    run(program, ...inside, 'ip', 'link', 'set', 'lo', 'up');
    run(program, ...inside, 'ip', 'addr', 'add', `${address}/30`, 'dev', 'eth0');
    run(program, ...inside, 'ip', 'link', 'set', 'eth0', 'up');
    run(program, ...inside, 'ip', 'route', 'add', 'default', 'via', router);
    return machine;
  }

  /** What one machine sends to another meets this verdict; see nft(8). */
  rule(from: Machine, to: Machine, ...verdict: readonly string[]): void {
    const way = ['iifname', `to-${from.name}`, 'oifname', `to-${to.name}`];
    run('nft', 'add', 'rule', ...CHAIN, ...way, ...verdict);
  }

  heal(): void {
    run('nft', 'flush', 'chain', ...CHAIN);
  }

  close(): void {
    for (const { wrapper } of this.machines.splice(0)) run('ip', 'netns', 'del', wrapper[3]!);
  }
}

function run(program: string, ...words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? stderr}`);
}
