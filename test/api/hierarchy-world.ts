import { MembershipKeeper } from '../../hierarchy/membership/keeper.ts';
import {
  confirmChild,
  confirmParent,
  type ParentOutcome,
} from '../../hierarchy/membership/confirm.ts';
import { standingOf } from '../../hierarchy/link/standing.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import { startGraphqlServer, type Answer, type GraphqlServer } from './graphql-server.ts';

/** An SMP of a tree under test, and what was asked of the part that makes items local. */
export interface TreeSmp extends GraphqlServer {
  readonly name: string;
  readonly keeper: MembershipKeeper;
  readonly localized: boolean[];
}

export async function startTreeSmp(name: string, address: string): Promise<TreeSmp> {
  const localized: boolean[] = [];
  const server = await startGraphqlServer({
    name,
    addresses: [address],
    localizeItems: async (_tx: CatalogTransaction, { keep }) => void localized.push(keep),
  });
  const keeper = new MembershipKeeper(server.membership);
  return { ...server, name, keeper, localized };
}

const CHECK = 'checks { code side outcome text cures { text mutation command } }';
const ERRORS = 'userErrors { code message path hint }';
const PARENT = 'parent { guid nodeId name url state reason metadataOnly lineage { name nodeId } }';

const INPUT_OF: { readonly [name: string]: string } = {
  assignPackageServerToSite: 'PackageServerSiteInput',
  unassignPackageServerFromSite: 'PackageServerSiteInput',
  deletePackageServer: 'DeleteInput',
};

export async function mutation(smp: GraphqlServer, text: string, input: object): Promise<Answer> {
  const name = /^\w+/.exec(text)![0];
  const type = INPUT_OF[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${text.slice(name.length)} ${ERRORS} } }`;
  const { data, errors } = await smp.ask(query, { input });
  expect(errors).toBeUndefined();
  return data[name];
}

export async function childToken(parent: GraphqlServer): Promise<string> {
  const input = { kind: 'CHILD' };
  return (await mutation(parent, 'createEnrollmentToken token', input)).token as string;
}

export const join = (child: GraphqlServer, input: object): Promise<Answer> =>
  mutation(child, `joinHierarchy ${PARENT} ${CHECK}`, input);
export const leave = (child: GraphqlServer, input: object = {}): Promise<Answer> =>
  mutation(child, `leaveHierarchy ${PARENT}`, input);
export const remove = (parent: GraphqlServer, input: object): Promise<Answer> =>
  mutation(parent, 'removeChild child { guid state }', input);

export async function relations(smp: GraphqlServer): Promise<Answer> {
  const query = `{ smp { guid ${PARENT} leftParents { name state } children { id guid nodeId name url state } } }`;
  return (await smp.ask(query)).data.smp;
}

/** A site with the network of the address, as KB 184143 has it: the package server is elsewhere. */
export async function placeInSite(smp: TreeSmp, network: string): Promise<{ siteId: string }> {
  const { site } = await mutation(smp, 'createSite site { guid }', { name: `Site of ${smp.name}` });
  await mutation(smp, 'createSubnet subnet { guid }', { network, siteId: site.guid });
  return { siteId: site.guid as string };
}

export async function packageServerIn(smp: TreeSmp, siteId: string): Promise<{ id: string }> {
  const made = await mutation(smp, 'createPackageServer packageServer { guid }', {
    name: `PS of ${smp.name}`,
    kind: 'CANOPY',
    constrained: true,
    addresses: ['192.168.77.7'],
  });
  const id = made.packageServer.guid as string;
  await mutation(smp, 'assignPackageServerToSite packageServer { guid }', {
    packageServerId: id,
    siteId,
  });
  return { id };
}

/** What the link does when the child says hello and the parent answers with its standing. */
export async function openLink(child: TreeSmp, parent: TreeSmp): Promise<ParentOutcome> {
  const { id } = child.model.smp;
  const item = await confirmChild(parent.membership, id);
  const standing = standingOf(parent.model, parent.identity, item);
  return confirmParent(child.membership, parent.identity.nodeId, standing);
}
