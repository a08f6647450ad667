import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import {
  accepted,
  AssignPackageServerToSiteDocument,
  createSmpClient,
  UpdateDistributionPointsDocument,
} from '../client-sdk/src/index.ts';
import { administrator, type Made } from '../demo/administrator.ts';

export interface StormSize {
  readonly packages: number;
  readonly packageBytes: number;
  readonly filesPerPackage: number;
  /** Unconstrained package servers, in the site of the SMP and assigned to every branch. */
  readonly unconstrained: number;
  /** Branches with one constrained package server each. */
  readonly constrained: number;
}

/** A package server that is to be enrolled with its token. */
export interface PlannedServer {
  readonly name: string;
  readonly address: string;
  readonly token: string;
  readonly listen: { readonly host: string; readonly port: number };
}

export interface StormCatalog {
  readonly unconstrained: readonly PlannedServer[];
  readonly constrained: readonly PlannedServer[];
  readonly packages: readonly Made[];
  /** An address of a machine in each branch. */
  readonly agentAddresses: readonly string[];
}

/** The address of the SMP, in the site of the unconstrained package servers. */
export const SMP_SITE_ADDRESS = '10.0.0.1';
const PORT = 18_081;
const PARALLEL = 8;

interface Place {
  readonly smpUrl: string;
  readonly token: string;
  readonly folder: string;
}

/** Sites, package servers and published packages of a storm. */
export async function makeCatalog(place: Place, size: StormSize): Promise<StormCatalog> {
  const admin = administrator(place.smpUrl, place.token);
  const client = createSmpClient({ url: place.smpUrl, token: place.token });
  const office = await admin.createSite('Head office', ['10.0.0.0/16']);
  const unconstrained: (PlannedServer & { readonly made: Made })[] = [];
  for (let at = 0; at < size.unconstrained; at += 1) {
    const plan = { name: `PS-U${at}`, address: `10.0.1.${at + 1}`, host: `127.2.0.${at + 1}` };
    unconstrained.push(await planServer(admin, { ...plan, constrained: false, site: office }));
  }
  const constrained: PlannedServer[] = [];
  const agentAddresses: string[] = [];
  for (let at = 0; at < size.constrained; at += 1) {
    const network = `10.${1 + Math.floor(at / 250)}.${at % 250}`;
    const site = await admin.createSite(`Branch ${at}`, [`${network}.0/24`]);
    for (const { made } of unconstrained) {
      const input = { packageServerId: made.id, siteId: site.id };
      const answer = await client.execute(AssignPackageServerToSiteDocument, { input });
      accepted(answer.assignPackageServerToSite);
    }
    const host = `127.3.${Math.floor(at / 250)}.${(at % 250) + 1}`;
    const plan = { name: `PS-${at}`, address: `${network}.5`, host, constrained: true, site };
    constrained.push(await planServer(admin, plan));
    agentAddresses.push(`${network}.20`);
  }
  const packages = await makePackages(place, size);
  return { unconstrained, constrained, packages, agentAddresses };
}

interface ServerPlan {
  readonly name: string;
  readonly address: string;
  readonly host: string;
  readonly constrained: boolean;
  readonly site: Made;
}

async function planServer(
  admin: ReturnType<typeof administrator>,
  { name, address, host, constrained, site }: ServerPlan,
): Promise<PlannedServer & { readonly made: Made }> {
  const httpUrl = `http://${host}:${PORT}`;
  const input = { name, addresses: [address], httpUrl, constrained };
  const made = await admin.createPackageServer(input, site);
  const token = await admin.enrollmentToken(made);
  return { name, address, token, listen: { host, port: PORT }, made };
}

async function makePackages({ smpUrl, token, folder }: Place, size: StormSize): Promise<Made[]> {
  const admin = administrator(smpUrl, token);
  const client = createSmpClient({ url: smpUrl, token });
  const numbers = Array.from({ length: size.packages }, (_, at) => at);
  const made = await inParallel(numbers, async (at) => {
    const source = join(folder, `package-${at}`);
    await mkdir(source, { recursive: true });
    for (let file = 0; file < size.filesPerPackage; file += 1) {
      const bytes = noise(`${at}/${file}`, Math.ceil(size.packageBytes / size.filesPerPackage));
      await writeFile(join(source, `file-${file}.bin`), bytes);
    }
    return admin.createPackage(`Package ${at}`, source);
  });
  for (let start = 0; start < made.length; start += 100) {
    const input = { packageIds: made.slice(start, start + 100).map(({ id }) => id) };
    const answer = await client.execute(UpdateDistributionPointsDocument, { input });
    accepted(answer.updateDistributionPoints);
  }
  const unread = `select count(*) from package where source_state <> 'VERIFIED'`;
  while (Number((await admin.query(unread))[1]?.[0]) > 0) await setTimeout(250);
  return made;
}

/** Bytes that compress to nothing less and are the same in every run. */
function noise(seed: string, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 64) }, (_, at) =>
    createHash('sha512').update(`${seed} ${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()].values();
  const lane = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return results;
}
