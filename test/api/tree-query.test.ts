// Tree queries over three servers in one process: nested and flat, both doors, and what is away.
import { aPackage } from '../support/database-items.ts';
import type { Answer } from './graphql-server.ts';
import { link, startTreeServer, tell, type TreeServer } from './tree-world.ts';
import { connectSocket } from './web-socket-client.ts';

let root: TreeServer;
let middle: TreeServer;
let leaf: TreeServer;
beforeAll(async () => {
  root = await startTreeServer('root');
  middle = await startTreeServer('middle');
  leaf = await startTreeServer('leaf');
  await link(root, middle);
  await link(middle, leaf);
  await tell(root, middle, root);
  await tell(root, leaf, middle);
  await tell(middle, leaf, middle);
  for (const [index, server] of [root, middle, leaf].entries()) {
    await server.write(async (tx) => {
      for (let n = 0; n <= index; n += 1) {
        tx.put('package', aPackage({ name: `${server.name} ${n}` }));
      }
    });
  }
});
afterEach(async () => {
  root.links.set(middle.model.smp.id, 'OPEN');
  middle.links.set(leaf.model.smp.id, 'OPEN');
  for (const server of [middle, leaf]) {
    server.heard.length = 0;
    await server.write(async (tx) => tx.remove('settings', 'settings'));
  }
});
afterAll(async () => {
  for (const server of [root, middle, leaf]) await server?.close();
});

const NESTED = `query Nested($first: Int!, $deep: Boolean = true) {
  smp { name children { name remote(timeoutMs: 4000) { ...Below } } }
}
fragment Below on RemoteSmp {
  status depth error
  here: smp { __typename name ...Packages }
  smp @include(if: $deep) {
    children { remote { status depth smp { ...Packages called: name } } }
  }
}
fragment Packages on Smp { packages(first: $first) { totalCount nodes { name } } }`;

const EXPECTED = {
  smp: {
    name: 'root',
    children: [
      {
        name: 'middle',
        remote: {
          status: 'OK',
          depth: 1,
          error: null,
          here: {
            __typename: 'Smp',
            name: 'middle',
            packages: { totalCount: 2, nodes: expect.any(Array) },
          },
          smp: {
            children: [
              {
                remote: {
                  status: 'OK',
                  depth: 1,
                  smp: { packages: { totalCount: 3, nodes: expect.any(Array) }, called: 'leaf' },
                },
              },
            ],
          },
        },
      },
    ],
  },
};

test('a query reads through two levels, with aliases, fragments, variables and directives', async () => {
  const answer = await root.ask(NESTED, { first: 10 });
  expect(answer).toEqual({ status: 200, data: EXPECTED });
  expect(Object.keys(answer.data.smp.children[0].remote)).toEqual([
    'status',
    'depth',
    'error',
    'here',
    'smp',
  ]);
  expect(middle.heard).toHaveLength(1);
  expect(leaf.heard).toHaveLength(1);
  const flat = await root.ask(NESTED, { first: 1, deep: false });
  expect(flat.data.smp.children[0].remote).not.toHaveProperty('smp');
  expect(flat.data.smp.children[0].remote.here.packages.nodes).toHaveLength(1);
});

test('the same over WebSocket, again on the same socket', async () => {
  const { secret } = await root.token('VIEWER');
  const client = await connectSocket(root.webSocketUrl);
  await client.init(secret);
  for (const id of ['1', '2']) {
    client.send({ id, type: 'subscribe', payload: { query: NESTED, variables: { first: 10 } } });
    expect(await client.next()).toEqual({ id, type: 'next', payload: { data: EXPECTED } });
    expect(await client.next()).toEqual({ id, type: 'complete' });
  }
  client.socket.terminate();
  await client.closed;
});

test('the flat tree asks every node, from nodes and from edges, page by page', async () => {
  const query = `query ($after: String) { tree(first: 2, after: $after) { totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { nodeId depth smp { name } } }
    nodes { nodeId parentId depth status error a: smp { name } smp { packages { totalCount } } } } }`;
  const first = await root.ask(query);
  expect(first.errors).toBeUndefined();
  const { nodes, edges, totalCount, pageInfo } = first.data.tree;
  expect(totalCount).toBe(3);
  expect(nodes).toEqual([
    {
      nodeId: root.identity.nodeId,
      parentId: null,
      ...{ depth: 0, status: 'OK', error: null },
      ...{ a: { name: 'root' }, smp: { packages: { totalCount: 1 } } },
    },
    {
      nodeId: middle.identity.nodeId,
      parentId: root.identity.nodeId,
      ...{ depth: 1, status: 'OK', error: null },
      ...{ a: { name: 'middle' }, smp: { packages: { totalCount: 2 } } },
    },
  ]);
  expect(edges.map(({ node }: Answer) => node.smp.name)).toEqual(['root', 'middle']);
  const rest = await root.ask(query, { after: pageInfo.endCursor });
  expect(rest.errors).toBeUndefined();
  expect(rest.data.tree.pageInfo.hasNextPage).toBe(false);
  expect(rest.data.tree.nodes).toEqual([
    {
      nodeId: leaf.identity.nodeId,
      parentId: middle.identity.nodeId,
      ...{ depth: 2, status: 'OK', error: null },
      ...{ a: { name: 'leaf' }, smp: { packages: { totalCount: 3 } } },
    },
  ]);
});

test('a root by GUID and a depth choose a part of the tree; a stranger is NOT_FOUND', async () => {
  const query =
    'query ($root: ID, $maxDepth: Int) { tree(root: $root, maxDepth: $maxDepth) { nodes { nodeId } } }';
  const ids = async (variables: object): Promise<string[]> =>
    (await root.ask(query, variables)).data.tree.nodes.map(({ nodeId }: Answer) => nodeId);
  expect(await ids({ root: middle.model.smp.id })).toEqual(
    [middle, leaf].map(({ identity }) => identity.nodeId),
  );
  expect(await ids({ maxDepth: 1 })).toEqual([root, middle].map(({ identity }) => identity.nodeId));
  const { errors } = await root.ask(query, { root: 'nobody' });
  expect(errors?.[0].extensions.code).toBe('NOT_FOUND');
});

const STATES =
  '{ tree(timeoutMs: 400) { nodes { status error asOf summary { name } smp { name } } } }';

test('what is away is shown with what it told last and how old that is', async () => {
  const storedAtMs = Date.UTC(2026, 0, 1);
  await tell(root, middle, root, { storedAtMs, ageMs: 5_000 });
  await tell(root, leaf, middle, { storedAtMs: storedAtMs - 60_000, ageMs: 0, connected: true });
  root.links.set(middle.model.smp.id, 'CLOSED');
  const { data, errors } = await root.ask(STATES);
  expect(errors).toBeUndefined();
  const asOf = new Date(storedAtMs - 5_000).toISOString();
  expect(data.tree.nodes.slice(1)).toEqual([
    {
      status: 'STALE',
      error: 'middle is not connected.',
      asOf,
      summary: { name: 'middle' },
      smp: null,
    },
    {
      status: 'STALE',
      error: 'leaf is not connected.',
      asOf,
      summary: { name: 'leaf' },
      smp: null,
    },
  ]);
});

test('a leaf that is away behind a node that answers, and one that has told nothing', async () => {
  middle.links.set(leaf.model.smp.id, 'CLOSED');
  const { data } = await root.ask(STATES);
  expect(data.tree.nodes.map(({ status }: Answer) => status)).toEqual(['OK', 'OK', 'STALE']);
  await middle.context.store.transact(async (tx) => tx.remove('nodeSummary', leaf.identity.nodeId));
  const nested = '{ smp { children { remote { status summary { name } smp { name } } } } }';
  expect((await middle.ask(nested)).data.smp.children).toEqual([
    { remote: { status: 'UNREACHABLE', summary: null, smp: null } },
  ]);
  await tell(middle, leaf, middle);
});

test('a branch that hangs is TIMEOUT and everything else is there', async () => {
  root.links.set(middle.model.smp.id, 'HANGS');
  const { data, errors } = await root.ask(STATES);
  expect(errors).toBeUndefined();
  expect(data.tree.nodes.map(({ status, smp }: Answer) => [status, smp?.name])).toEqual([
    ['OK', 'root'],
    ['TIMEOUT', undefined],
    ['TIMEOUT', undefined],
  ]);
  root.links.set(middle.model.smp.id, 'OPEN');
  middle.links.set(leaf.model.smp.id, 'HANGS');
  const nested = await root.ask(
    '{ smp { children { remote(timeoutMs: 600) { status smp { name children { remote { status } } deep: children { remote { status smp { name } } } } } } } }',
  );
  expect(nested.errors).toBeUndefined();
  expect(nested.data.smp.children[0].remote).toEqual({
    status: 'OK',
    smp: {
      name: 'middle',
      children: [{ remote: { status: 'OK' } }],
      deep: [{ remote: { status: 'TIMEOUT', smp: null } }],
    },
  });
});

test('remoteAccess SUMMARY denies reading, of the node and through it', async () => {
  const set =
    'mutation { updateSettings(input: { remoteAccess: SUMMARY }) { settings { remoteAccess } userErrors { message } } }';
  expect((await middle.ask(set)).data.updateSettings).toEqual({
    settings: { remoteAccess: 'SUMMARY' },
    userErrors: [],
  });
  const { data, errors } = await root.ask(STATES);
  expect(errors).toBeUndefined();
  expect(data.tree.nodes.map(({ status }: Answer) => status)).toEqual(['OK', 'DENIED', 'DENIED']);
  expect(data.tree.nodes[1].error).toBe('middle lets nodes above it read its summary only.');
  expect(data.tree.nodes[1].summary).toEqual({ name: 'middle' });
});

test('an error inside a branch has its path from the top', async () => {
  const { data, errors } = await root.ask(
    '{ tree { nodes { depth here: smp { packages(after: "nonsense") { totalCount } } } } }',
  );
  expect(data.tree.nodes.map(({ here }: Answer) => here)).toEqual([null, null, null]);
  expect(errors?.map(({ path, extensions }: Answer) => [path, extensions.code])).toEqual(
    [0, 1, 2].map((index) => [['tree', 'nodes', index, 'here', 'packages'], 'CURSOR_INVALID']),
  );
});

test('the depth begins anew at each node, and the other limits hold for the whole', async () => {
  const sites = (levels: number): string =>
    levels === 0 ? '{ name }' : `{ site { subnets(first: 1) { nodes ${sites(levels - 1)} } } }`;
  const below = (levels: number): string =>
    `{ tree(first: 1) { nodes { smp { sites { subnets(first: 1) { nodes ${sites(levels)} } } } } } }`;
  expect((await root.ask(below(3))).errors).toBeUndefined();
  const tooDeep = await root.ask(below(4));
  expect(tooDeep.errors?.[0].extensions).toMatchObject({ limit: 'depth', requested: 16 });
  const wide =
    '{ tree(first: 100) { nodes { smp { packages(first: 100) { nodes { source { kind } } } } } } }';
  expect((await root.ask(wide)).errors?.[0].extensions).toMatchObject({ limit: 'cost' });
});

test('a mutation cannot be sent down, and a bad time is refused', async () => {
  const operation = {
    query: 'mutation { createSite(input: { name: "x" }) { userErrors { code } } }',
    variables: {},
    principal: { name: 'alice via root', role: 'VIEWER' as const },
    timeoutMs: 1_000,
    signal: new AbortController().signal,
  };
  const { data, errors } = await leaf.runLocally(operation);
  expect([data, errors[0]?.extensions?.['code']]).toEqual([undefined, 'FORBIDDEN']);
  const bad = await root.ask('{ tree(timeoutMs: 0) { totalCount } }');
  expect(bad.errors?.[0].extensions.code).toBe('INVALID_INPUT');
});

test('a node that does not know a field leaves it out and names it', async () => {
  const { data, errors, prunedFields } = await leaf.runLocally({
    query:
      'query ($new: NewInput) { smp { name newField(x: $new) { id } packages(newArgument: 1, first: 1) { totalCount } } }',
    variables: { new: {} },
    principal: { name: 'alice via root', role: 'VIEWER' },
    timeoutMs: 1_000,
    signal: new AbortController().signal,
  });
  expect(errors).toEqual([]);
  expect(data).toEqual({ smp: { name: 'leaf', packages: { totalCount: 3 } } });
  expect(prunedFields).toEqual(['Smp.newField', 'Smp.packages(newArgument:)']);
});
