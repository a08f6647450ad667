import fc, { type Arbitrary } from 'fast-check';
import type { PackageAssignment, PackageSource } from '../../../catalog/model.ts';
import type { Guid } from '../../../core/guid.ts';
import {
  COMPUTER_IDS,
  PACKAGE_IDS,
  REGISTERED_ADDRESSES,
  UNKNOWN_ID,
  serverId,
} from '../../support/catalog-drafts.ts';
import {
  QUESTION,
  catalogWorld,
  type CatalogWorld,
  type Question,
} from '../../support/catalog-world.ts';
import { readAddress } from '../catalog/oracle-network.ts';
import type { Manner, PackageInfoQuestion } from './agent-side.ts';

const HOLDERS = [...COMPUTER_IDS, serverId(0)];
const ASSIGNMENTS: Arbitrary<PackageAssignment[]> = fc.subarray(
  HOLDERS.flatMap((computerId) => PACKAGE_IDS.map((packageId) => ({ packageId, computerId }))),
);

/** A random topology whose names and addresses are a trial for every way to write them down. */
export const WORLD: Arbitrary<CatalogWorld> = fc
  .tuple(catalogWorld(), ASSIGNMENTS)
  .map(([world, assignments]) => ({
    ...world,
    assignments: assignments.filter(({ computerId }) =>
      world.computers.some(({ id }) => id === computerId),
    ),
    packageServers: world.packageServers.map((one) => ({
      ...one,
      name: `${one.name} & "co"`,
      httpUrl: suffixed(one.httpUrl, '/a&b/<c>'),
      uncRoot: suffixed(one.uncRoot, ` & 'd'`),
    })),
    packages: world.packages.map((one) => ({
      ...one,
      name: `<${one.name}> & "co"`,
      source: elsewhere(one.source),
    })),
    holdings: world.holdings.map((one) => ({
      ...one,
      claimedUrls: one.claimedUrls.map((url) => `${url}e&f "g"/`),
    })),
  }));

const MANNER: Arbitrary<Manner> = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  generation: fc.constantFrom('KB179874', 'KB204355'),
});

/** One to three packages, sometimes one that is not there. */
const PACKAGE_LIST: Arbitrary<Guid[]> = fc
  .tuple(fc.shuffledSubarray(PACKAGE_IDS, { minLength: 1 }), fc.constantFrom(false, false, true))
  .map(([ids, more]) => (more ? [...ids, UNKNOWN_ID] : ids));

export const CLIENT_ADDRESS = fc.constantFrom(...REGISTERED_ADDRESSES);

export const PACKAGE_INFO_QUESTION: Arbitrary<PackageInfoQuestion> = fc.record({
  question: QUESTION,
  packageIds: PACKAGE_LIST,
  manner: MANNER,
  clientAddress: CLIENT_ADDRESS,
});

/** What a request can say, in the terms of the rules: addresses that are none are not in it. */
export function saidByAgent(asked: PackageInfoQuestion, packageId: Guid): Question {
  const { question, manner, clientAddress: peerAddress } = asked;
  const said = { ...question, packageId, peerAddress, addresses: readable(question.addresses) };
  return manner.generation === 'KB204355'
    ? said
    : { ...said, denySmp: false, denyExternalPackageServers: false };
}

/** As {@link saidByAgent} for GraphQL, where a person asks and the connection says nothing. */
export function saidByPerson({ question }: PackageInfoQuestion, packageId: Guid): Question {
  const addresses = readable(question.addresses);
  return { ...question, packageId, addresses, peerAddress: undefined };
}

function readable(addresses: readonly string[]): readonly string[] {
  return addresses.filter((text) => readAddress(text) !== undefined);
}

function suffixed(url: string, suffix: string): string {
  return url === '' ? '' : url + suffix;
}

function elsewhere(source: PackageSource): PackageSource {
  if (source.kind === 'UNC') return { ...source, path: `${source.path} & "two"` };
  if (source.kind === 'URL') return { ...source, url: `${source.url}?a=1&b=<2>` };
  return source;
}
