import { createHash } from 'node:crypto';
import { ITEM_KINDS, itemKey, type ItemKind } from '../../catalog/items.ts';
import type { Package, Snapshot } from '../../catalog/model.ts';
import { snapshotStatement } from '../../content/statement.ts';
import type { Guid } from '../../core/guid.ts';
import { aPackage, aPackageServer } from '../support/database-items.ts';
import { startGraphqlServer, type Answer, type GraphqlServer } from './graphql-server.ts';
import { enrolledMachine, type Machine } from './package-server-machine.ts';
import type { SocketClient } from './web-socket-client.ts';

export const VERSION = 1_700_000_000;
export const LINK =
  'subscription ($hello: PackageServerHelloInput!) { packageServerLink(hello: $hello) { ' +
  'serverTime complete removed verify resendStatus ' +
  'settings { maxBytesPerSecond blackoutFrom blackoutTo versionGraceMinutes ' +
  'publicationTypes { unc http https } } ' +
  'assignments { packageGuid name internalVersion rootHash manifestHash chunkIndexHash ' +
  'sizeBytes priority ownerNodeId ownerPublicKey signature crossing { ticket } } ' +
  'probes { packageServerGuid name urls } } }';
export const REPORT =
  'mutation ($input: ReportPackageServerInput!) { reportPackageServer(input: $input) ' +
  '{ sequence userErrors { code path message } } }';

export let server: GraphqlServer;
export const clients: SocketClient[] = [];
/** One server for the tests of a file; what a test made is gone after it. */
export function useServer(): void {
  beforeAll(async () => {
    server = await startGraphqlServer();
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.terminate();
    await Promise.all(clients.splice(0).map(({ closed }) => closed));
    await server.write(async (tx) => {
      for (const kind of Object.keys(ITEM_KINDS) as ItemKind[]) {
        for (const item of await tx.list(kind)) tx.remove(kind, itemKey(kind, item));
      }
    });
  });
  afterAll(() => server.close());
}

export async function aMachine(given: Parameters<typeof aPackageServer>[0] = {}): Promise<Machine> {
  const item = aPackageServer(given);
  await server.write(async (tx) => tx.put('packageServer', item));
  return enrolledMachine(server, item.id);
}

export interface Link {
  readonly client: SocketClient;
  /** The next event that says something. */
  next(): Promise<Answer>;
  /** The error that ends it. */
  failure(): Promise<string>;
}

export async function open(ps: Machine, hello: object = {}): Promise<Link> {
  const client = await ps.connect();
  clients.push(client);
  const variables = {
    hello: { bootCounter: 1, protocolVersion: 1, agentVersion: '0.1.0', ...hello },
  };
  client.send({ id: 'link', type: 'subscribe', payload: { query: LINK, variables } });
  return {
    client,
    async next() {
      const { type, payload } = await client.next();
      expect([type, payload.errors]).toEqual(['next', undefined]);
      return payload.data.packageServerLink;
    },
    async failure() {
      for (;;) {
        const { type, payload } = await client.next();
        const errors = type === 'error' ? payload : payload?.errors;
        if (errors) return errors[0].extensions.code as string;
      }
    },
  };
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function snapshotOf(one: Package, tree: string, internalVersion = VERSION): Snapshot {
  const statement = {
    packageId: one.id,
    internalVersion,
    rootHash: sha256(tree),
    ownerNodeId: server.identity.nodeId,
  };
  return {
    ...statement,
    manifestHash: sha256(`${tree} manifest`),
    chunkIndexHash: sha256(`${tree} chunks`),
    fileCount: 1,
    folderCount: 0,
    sizeBytes: 42,
    createdAtMs: internalVersion * 1000,
    supersededAtMs: undefined,
    origin: 'LOCAL',
    signature: server.identity.sign(snapshotStatement(statement)),
  };
}

export async function publish(given: Partial<Package> = {}, tree = 'one'): Promise<Package> {
  const one = aPackage({ internalVersion: VERSION, ...given });
  await server.write(async (tx) => {
    tx.put('package', one);
    tx.put('snapshot', snapshotOf(one, tree, one.internalVersion));
  });
  return one;
}

export const ids = (event: Answer): Guid[] =>
  event.assignments.map((one: Answer) => one.packageGuid as Guid);

export interface Said {
  readonly sequence?: number;
  readonly full?: boolean;
  readonly holdings: readonly object[];
  readonly probes?: readonly object[];
}
export async function report(ps: Machine, said: Said): Promise<Answer> {
  const input = { bootCounter: 1, sequence: 1, full: false, ...said };
  const { data, errors } = await ps.ask(REPORT, { input });
  expect(errors).toBeUndefined();
  return data.reportPackageServer;
}
export const ready = (ps: Machine, one: Package, tree = 'one', internalVersion = VERSION) => ({
  packageGuid: one.id,
  status: 'READY',
  held: [ps.attest(one.id, { internalVersion, rootHash: sha256(tree) })],
});
export const held = (ps: Machine, one: Package) => server.model.holding(ps.id, one.id)?.held;
