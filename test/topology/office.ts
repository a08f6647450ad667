import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  accepted,
  createSmpClient,
  SetPackageServerAssignmentDocument,
  UpdateSettingsDocument,
  type SmpClient,
  type UpdateSettingsInput,
} from '../../client-sdk/src/index.ts';
import { administrator, type Administrator, type Made } from '../../demo/administrator.ts';
import { parsePackageInfo, type PackageInfoAnswer } from '../../legacy/package-info.ts';
import { writePackageInfoRequest } from '../../legacy/package-info-request.ts';
import type { PackageServerStatus } from '../../package-server/index.ts';
import { eventually, runCanopy, startCanopy, type CanopyProcess } from './processes.ts';

/** Of the SMP, of agents at its site, and of a package server there. */
const SMP_ADDRESS = '10.7.0.1';
export const AGENT_ADDRESS = '10.7.0.20';

export type StatusLine = PackageServerStatus['packages'][number];

/** A package server: its record at the SMP, its data directory, its process. */
export interface Machine {
  readonly made: Made;
  readonly folder: string;
  readonly address: string;
  /** Where it listens; also after a kill. */
  url: string;
  readonly host: string;
  /** Before its program; see `CommandOptions`. */
  readonly wrapper: readonly string[];
  process: CanopyProcess<{ readonly url: string }>;
}

/** One SMP with one site and the package servers of it, each a process of its own. */
export class Office {
  readonly folder: string;
  client!: SmpClient;
  admin!: Administrator;
  smp!: CanopyProcess<{ readonly url: string; readonly adminTokenFile?: string }>;
  site!: Made;
  private token = '';
  private readonly machines: Machine[] = [];

  private readonly host: string;

  private constructor(folder: string, host: string) {
    this.folder = folder;
    this.host = host;
  }

  /** `host` is the address at which the SMP listens. */
  static async open(host = '127.0.0.1'): Promise<Office> {
    const office = new Office(await mkdtemp(join(tmpdir(), 'canopy-office-')), host);
    await office.startSmp(await freePort());
    office.site = await office.admin.createSite('Office', ['10.7.0.0/24']);
    return office;
  }

  /** Starts the SMP, at first or again, at this port. */
  async startSmp(port: number): Promise<void> {
    this.smp = await startCanopy([
      ...['serve', '--data-dir', join(this.folder, 'smp'), '--listen', `${this.host}:${port}`],
      ...['--site-addresses', SMP_ADDRESS, '--log-level', 'warn'],
    ]);
    const { url, adminTokenFile } = this.smp.ready;
    if (adminTokenFile) this.token = (await readFile(adminTokenFile, 'utf8')).trim();
    this.client = createSmpClient({ url, token: this.token });
    this.admin = administrator(url, this.token);
  }

  /** Creates, registers and runs a package server; `smpUrl` is the way it takes to the SMP. */
  async addMachine(
    name: string,
    given: {
      readonly smpUrl?: string;
      readonly flags?: readonly string[];
      readonly host?: string;
      readonly wrapper?: readonly string[];
    },
  ): Promise<Machine> {
    const address = `10.7.0.${this.machines.length + 2}`;
    const { host = '127.0.0.1', wrapper = [] } = given;
    const input = { name, addresses: [address], constrained: false };
    const made = await this.admin.createPackageServer(input, this.site);
    const folder = join(this.folder, name);
    const token = await this.admin.enrollmentToken(made);
    const smpUrl = given.smpUrl ?? this.smp.ready.url;
    const words = ['ps', 'register', '--server', smpUrl, '--data-dir', folder];
    const environment = { CANOPY_ENROLLMENT_TOKEN: token };
    const registered = await runCanopy(words, { environment, wrapper });
    if (registered.code !== 0) throw new Error(registered.stderr);
    const machine = { made, folder, address, host, wrapper, url: '' } as unknown as Machine;
    await this.run(machine, await freePort(), given.flags);
    await this.admin.publishAt(made, machine.url);
    this.machines.push(machine);
    return machine;
  }

  /** Runs it, at first or again. */
  async run(machine: Machine, port: number, flags: readonly string[] = []): Promise<void> {
    const { folder, address, host, wrapper } = machine;
    const words = [
      ...['ps', 'run', '--data-dir', folder, '--listen', `${host}:${port}`, '--ip', address],
      ...['--patrol-every', '1s', ...flags],
    ];
    machine.process = await startCanopy(words, { wrapper });
    machine.url = machine.process.ready.url;
  }

  async settings(input: UpdateSettingsInput): Promise<void> {
    accepted((await this.client.execute(UpdateSettingsDocument, { input })).updateSettings);
  }

  async assign(one: Made, machines: readonly Machine[]): Promise<void> {
    const packageServerIds = machines.map(({ made }) => made.id);
    const input = { packageId: one.id, mode: 'INDIVIDUALLY', packageServerIds } as const;
    const answer = await this.client.execute(SetPackageServerAssignmentDocument, { input });
    accepted(answer.setPackageServerAssignment);
  }

  /** Writes a source folder with these files; the package of it is published when this resolves. */
  async publish(name: string, files: { readonly [path: string]: Buffer }): Promise<Made> {
    await this.writeSource(name, files);
    const one = await this.createPackage(name);
    await this.admin.update(one, () => undefined);
    return one;
  }

  /** Of the source folder of this name; it has no version yet. */
  createPackage(name: string): Promise<Made> {
    return this.admin.createPackage(name, join(this.folder, `source-${name}`));
  }

  async writeSource(name: string, files: { readonly [path: string]: Buffer }): Promise<void> {
    const source = join(this.folder, `source-${name}`);
    await mkdir(source, { recursive: true });
    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(source, path)), { recursive: true });
      await writeFile(join(source, path), bytes);
    }
  }

  /** What an agent of the site is told. */
  async packageInfo(one: Made): Promise<PackageInfoAnswer> {
    const xml = writePackageInfoRequest({
      resourceId: undefined,
      packageIds: [one.guid],
      addresses: [AGENT_ADDRESS],
      totalTimeMinutes: 0,
      denySmp: false,
      denyExternalPackageServers: false,
    });
    const page = `${this.smp.ready.url}/Altiris/NS/Agent/GetPackageInfo.aspx`;
    const answer = await fetch(`${page}?xml=${encodeURIComponent(xml)}`);
    return parsePackageInfo(Buffer.from(await answer.arrayBuffer()))[0]!;
  }

  /** Whom an agent of the site is sent to, best first. */
  async origins(one: Made): Promise<string[]> {
    return (await this.packageInfo(one)).codebases.map(({ url }) => new URL(url).origin);
  }

  /** Resolves when agents are sent to exactly these. */
  async offered(one: Made, origins: readonly string[]): Promise<void> {
    await eventually(
      async () => (await this.origins(one)).join() === origins.join() || undefined,
      async () => `${(await this.origins(one)).join()} and not ${origins.join()}`,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.machines.map(({ process }) => process.end()));
    await this.smp?.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function statusOf({ url }: { readonly url: string }): Promise<PackageServerStatus> {
  return (await (await fetch(`${url}/status`)).json()) as PackageServerStatus;
}

export async function lineOf(machine: Machine, one: Made): Promise<Partial<StatusLine>> {
  const { packages } = await statusOf(machine);
  return packages.find(({ packageId }) => packageId === one.guid) ?? {};
}

/** Resolves when it has a version above `above` of the package, verified. */
export async function ready(machine: Machine, one: Made, above = 0): Promise<StatusLine> {
  return await eventually(
    async () => {
      const line = await lineOf(machine, one);
      const isReady = line.status === 'READY' && line.internalVersion! > above;
      return isReady ? (line as StatusLine) : undefined;
    },
    async () => `${JSON.stringify(await lineOf(machine, one))} ${machine.process.log()}`,
  );
}

/** Resolves when it heard its SMP. */
export async function linked(machine: Machine): Promise<void> {
  await eventually(
    async () => (await statusOf(machine)).link.connected || undefined,
    async () => JSON.stringify((await statusOf(machine)).link) + machine.process.log(),
  );
}

/** A counter of its metrics page. */
export async function counterOf({ url }: Machine, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^canopy_package_server_${name} (\\d+)`, 'm').exec(text)?.[1]);
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
