import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { loadConfig } from '../../server/config/load-config.ts';
import { startSmp, type RunningSmp } from '../../server/start.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Answer } from './graphql-server.ts';

/** A whole SMP in this process, as it is started, in a folder that outlives it. */
export class WholeSmp {
  readonly name: string;
  private readonly folder: string;
  private readonly address: string;
  private port = 0;
  private running: RunningSmp | undefined;
  private token = '';

  private constructor(name: string, address: string, folder: string) {
    this.name = name;
    this.address = address;
    this.folder = folder;
  }

  static async start(name: string, address: string): Promise<WholeSmp> {
    const folder = await mkdtemp(join(tmpdir(), `canopy-${name}-`));
    const smp = new WholeSmp(name, address, folder);
    await smp.start();
    return smp;
  }

  get url(): string {
    return this.running!.url;
  }
  get context() {
    return this.running!.tree.context;
  }

  /** At the same address as before. */
  async start(): Promise<void> {
    const { config } = loadConfig({
      flags: {
        dataDir: this.folder,
        listen: `127.0.0.1:${this.port}`,
        name: this.name,
        durability: 'relaxed',
      },
      environment: { CANOPY_SITE_ADDRESSES: this.address },
    });
    const onFatal = (error: Error): void => {
      throw error;
    };
    const host = { clock: systemClock, random: systemRandom, logger: silentLogger };
    this.running = await startSmp(config, { ...host, onFatal });
    this.port = Number(new URL(this.url).port);
    this.token ||= (await readFile(this.running.adminTokenFile!, 'utf8')).trim();
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Data of one request with the administrator's token, or another one. */
  async ask(query: string, variables: object = {}, token = this.token): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as Answer;
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** `name fields` with its input; answers the payload. */
  async mutate(text: string, input: object): Promise<Answer> {
    const name = /^\w+/.exec(text)![0];
    const type = INPUT_OF[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const fields = `${text.slice(name.length)} userErrors { code message path hint }`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} } }`;
    return (await this.ask(query, { input }))[name];
  }

  /** Waits until what is asked fits, and answers it. */
  async until(query: string, fits: (answer: Answer) => boolean): Promise<Answer> {
    let last: Answer;
    await waitFor(async () => fits((last = await this.ask(query))));
    return last;
  }

  async makePackage(name: string): Promise<string> {
    const input = { name, source: { kind: 'NONE' } };
    return (await this.mutate('createPackage package { guid }', input)).package.guid as string;
  }

  /** How a job ended. */
  async ended(jobId: string): Promise<Answer> {
    const query = `{ job(id: "${jobId}") { state message problems { code message hint } } }`;
    const isOver = ({ job }: Answer) => ['SUCCEEDED', 'FAILED'].includes(job.state as string);
    return (await this.until(query, isOver)).job;
  }

  packageNames(): string[] {
    return [...this.context.model.packages()].map(({ name }) => name).sort();
  }
}

const INPUT_OF: { readonly [name: string]: string } = {
  deletePackage: 'DeleteInput',
  runDifferentialReplication: 'RunReplicationInput',
  runCompleteReplication: 'RunReplicationInput',
};

/** Joins without package servers, and waits until the link is open on both sides. */
export async function joinMetadata(parent: WholeSmp, child: WholeSmp): Promise<void> {
  const made = await parent.mutate('createEnrollmentToken token', { kind: 'CHILD' });
  const token = made.token as string;
  const { site } = await parent.mutate('createSite site { guid }', { name: `of ${child.name}` });
  await parent.mutate('createSubnet subnet { guid }', {
    network: '10.1.0.0/24',
    siteId: site.guid,
  });
  const below = await child.mutate('createSite site { guid }', { name: `of ${child.name}` });
  const network = { network: '10.2.0.0/24', siteId: below.site.guid };
  await child.mutate('createSubnet subnet { guid }', network);
  const input = { parentUrl: parent.url, token, metadataOnly: true };
  const joined = await child.mutate('joinHierarchy parent { state }', input);
  expect(joined.userErrors).toEqual([]);
  await child.until('{ smp { parent { state connected } } }', ({ smp }) => smp.parent?.connected);
}
