import {
  ComputerGuidDocument,
  PackageGuidDocument,
  PackageServerGuidDocument,
  SiteGuidDocument,
  SubnetGuidDocument,
  type SmpClient,
} from '../client-sdk/src/index.ts';
import { parseGuid } from '../core/guid.ts';
import { CliError, EXIT } from './exit-code.ts';

type Found = { readonly guid: string } | null | undefined;

interface Kind {
  /** As in `canopy <noun> list`. */
  readonly noun: string;
  readonly word: string;
  readonly byName: (client: SmpClient, name: string) => Promise<Found>;
}

const KINDS = {
  package: {
    noun: 'package',
    word: 'package',
    byName: async (client, name) =>
      (await client.execute(PackageGuidDocument, { by: { name } })).package,
  },
  site: {
    noun: 'site',
    word: 'site',
    byName: async (client, name) => (await client.execute(SiteGuidDocument, { by: { name } })).site,
  },
  subnet: {
    noun: 'subnet',
    word: 'subnet',
    byName: async (client, network) =>
      (await client.execute(SubnetGuidDocument, { by: { network } })).subnet,
  },
  packageServer: {
    noun: 'ps',
    word: 'package server',
    byName: async (client, name) =>
      (await client.execute(PackageServerGuidDocument, { by: { name } })).packageServer,
  },
  computer: {
    noun: 'computer',
    word: 'computer',
    byName: async (client, name) =>
      (await client.execute(ComputerGuidDocument, { by: { name } })).computer,
  },
} satisfies Record<string, Kind>;

export type ThingKind = keyof typeof KINDS;

/**
 * The GUID of what people name by its GUID, in any spelling, or by its exact name (a subnet by its
 * network). Throws `NOT_FOUND` for a name that the server does not know; a GUID is not asked for.
 */
export async function guidOf(client: SmpClient, kind: ThingKind, text: string): Promise<string> {
  const guid = parseGuid(text);
  if (guid) return guid;
  const found = await KINDS[kind].byName(client, text);
  if (found) return found.guid;
  throw notThere(kind, text);
}

export async function guidsOf(
  client: SmpClient,
  kind: ThingKind,
  texts: readonly string[],
): Promise<string[]> {
  const guids: string[] = [];
  for (const text of texts) guids.push(await guidOf(client, kind, text));
  return guids;
}

/** A `…By` look-up: by GUID when it is one, else by name. */
export function byGuidOrName(text: string): { guid: string } | { name: string } {
  const guid = parseGuid(text);
  return guid ? { guid } : { name: text };
}

/** The object of a look-up, or the error that tells how to find it. */
export function present<T>(kind: ThingKind, text: string, object: T | null | undefined): T {
  if (object) return object;
  throw notThere(kind, text);
}

function notThere(kind: ThingKind, text: string): CliError {
  const { noun, word } = KINDS[kind];
  return new CliError(
    EXIT.NOT_FOUND,
    `There is no ${word} ${JSON.stringify(text)}.`,
    `See those that exist: canopy ${noun} list`,
  );
}
