// The catalogue through GraphQL: look-ups, mutations with user errors, derived fields, pages.
import fc from 'fast-check';
import type { Site } from '../../catalog/model.ts';
import { aPackage, aSite } from '../support/database-items.ts';
import { startGraphqlServer, type GraphqlServer } from './graphql-server.ts';

let server: GraphqlServer;
beforeAll(async () => {
  server = await startGraphqlServer();
});
afterAll(() => server.close());

const CREATE_SITE =
  'mutation ($input: CreateSiteInput!) { createSite(input: $input) ' +
  '{ site { id guid name } userErrors { __typename code path hint message } } }';

async function createSite(name: string): Promise<any> {
  return (await server.ask(CREATE_SITE, { input: { name } })).data.createSite;
}

test('an object is found by id, GUID and name, and by node', async () => {
  const { site } = await createSite('Look-up');
  const fields = '{ id guid name }';
  const query = `query ($id: ID!, $guid: GUID!) {
    byId: site(by: { id: $id }) ${fields} byGuid: site(by: { guid: $guid }) ${fields}
    byName: site(by: { name: "Look-up" }) ${fields} node(id: $id) { ... on Site ${fields} }
    none: site(by: { name: "None" }) ${fields} nodes(ids: [$id, "x"]) { id } }`;
  const guid = `{${site.guid.toUpperCase()}}`;
  const { data } = await server.ask(query, { id: site.id, guid });
  expect(data).toEqual({
    byId: site,
    byGuid: site,
    byName: site,
    node: site,
    none: null,
    nodes: [{ id: site.id }, null],
  });
});

test('a taken name is a user error with its place', async () => {
  await createSite('Twice');
  const { site, userErrors } = await createSite('Twice');
  expect(site).toBeNull();
  expect(userErrors).toEqual([
    expect.objectContaining({ __typename: 'ConflictError', code: 'CONFLICT' }),
  ]);
});

test('subnets, their overlap, package servers and locate agree', async () => {
  const { site: outer } = await createSite('Outer');
  const { site: inner } = await createSite('Inner');
  const subnet =
    'mutation ($input: CreateSubnetInput!) { createSubnet(input: $input) ' +
    '{ subnet { id network } userErrors { message } } }';
  const wide = await server.ask(subnet, { input: { network: '10.9.0.0/16', siteId: outer.id } });
  const narrow = await server.ask(subnet, { input: { network: '10.9.8.0/24', siteId: inner.id } });
  expect(narrow.data.createSubnet.userErrors).toEqual([]);
  const server1 = await server.ask(
    'mutation ($input: CreatePackageServerInput!) { createPackageServer(input: $input) ' +
      '{ packageServer { id } userErrors { message path } } }',
    { input: { name: 'ps1', addresses: ['10.9.8.7'], httpUrl: 'http://ps1.example' } },
  );
  expect(server1.data.createPackageServer.userErrors).toEqual([]);
  const packageServerId = server1.data.createPackageServer.packageServer.id;
  await server.ask(
    'mutation ($input: PackageServerSiteInput!) { assignPackageServerToSite(input: $input) ' +
      '{ userErrors { message } } }',
    { input: { packageServerId, siteId: outer.guid } },
  );
  const { data, errors } = await server.ask(
    `query ($inner: ID!, $ps: ID!, $narrow: ID!) {
      locate(addresses: ["10.9.8.1"]) { site { name } subnets { network } }
      site(by: { id: $inner }) { subnets { nodes { network } }
        packageServers { manuallyAssigned packageServer { name } } }
      packageServer(by: { id: $ps }) { sites { manuallyAssigned site { name } } }
      subnet(by: { id: $narrow }) { containedBy { network } contains { network } site { name } } }`,
    { inner: inner.id, ps: packageServerId, narrow: narrow.data.createSubnet.subnet.id },
  );
  expect(errors).toBeUndefined();
  expect(data.locate).toEqual([
    {
      site: { name: 'Inner' },
      subnets: [{ network: '10.9.8.0/24' }, { network: '10.9.0.0/16' }],
    },
  ]);
  expect(data.site).toEqual({
    subnets: { nodes: [{ network: '10.9.8.0/24' }] },
    packageServers: [{ manuallyAssigned: false, packageServer: { name: 'ps1' } }],
  });
  expect(data.packageServer.sites).toEqual(
    expect.arrayContaining([
      { manuallyAssigned: false, site: { name: 'Inner' } },
      { manuallyAssigned: true, site: { name: 'Outer' } },
    ]),
  );
  expect(data.subnet).toEqual({
    containedBy: [{ network: wide.data.createSubnet.subnet.network }],
    contains: [],
    site: { name: 'Inner' },
  });
});

test('a package explains who is offered what', async () => {
  const item = aPackage({ name: 'Explained', internalVersion: 0, sourceState: 'PENDING' });
  await server.write(async (tx) => tx.put('package', item));
  const { data, errors } = await server.ask(
    `{ explainCodebases(request: { package: { name: "Explained" }, addresses: ["10.9.8.1"] }) {
      offeredVersion asker { sites { name } } codebases { url }
      candidates { name accepted rule explanation } }
      package(by: { name: "Explained" }) { codebases { url } snapshot { id }
        packageServers { totalCount } assignedComputers { nodes { name } } }
      codebases { nodes { url } totalCount } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.explainCodebases.offeredVersion).toBe(0);
  expect(data.explainCodebases.candidates.length).toBeGreaterThan(0);
  expect(data.explainCodebases.candidates.every((one: any) => one.rule && one.explanation)).toBe(
    true,
  );
  expect(data.package).toEqual({
    codebases: [],
    snapshot: null,
    packageServers: { totalCount: 0 },
    assignedComputers: { nodes: [] },
  });
});

test('settings carry both names and are changed by name', async () => {
  const { data } = await server.ask(
    'mutation { updateSettings(input: { keepSnapshots: 3 }) ' +
      '{ settings { keepSnapshots names { name legacyName } } userErrors { message } } }',
  );
  expect(data.updateSettings.settings.keepSnapshots).toBe(3);
  expect(data.updateSettings.settings.names).toContainEqual({
    name: 'packageServersDownloadFromSmpOnly',
    legacyName: 'PkgSvrDownloadFromNSOnly',
  });
});

test('a token is shown once, listed without its secret, and revoked', async () => {
  const made = await server.ask(
    'mutation { createApiToken(input: { name: "ci", role: VIEWER }) ' +
      '{ secret apiToken { id name role revokedAt } userErrors { message } } }',
  );
  const { secret, apiToken } = made.data.createApiToken;
  expect((await server.ask('{ viewer { name } }', {}, secret)).data.viewer.name).toBe('ci');
  const revoked = await server.ask(
    'mutation ($id: ID!) { revokeApiToken(input: { id: $id }) { apiToken { revokedAt } } }',
    { id: apiToken.id },
  );
  expect(revoked.data.revokeApiToken.apiToken.revokedAt).toBeTruthy();
  const { data } = await server.ask('{ apiTokens { name revokedAt } }');
  expect(data.apiTokens).toContainEqual({ name: 'ci', revokedAt: expect.any(String) });
});

test('SQL answers text and says when it was cut', async () => {
  const { data, errors } = await server.ask(
    '{ readOnlySql(sql: "select n, null as none from generate_series(1, 5) n", maxRows: 2) ' +
      '{ columns rows truncated } }',
  );
  expect(errors).toBeUndefined();
  expect(data.readOnlySql).toEqual({
    columns: ['n', 'none'],
    rows: [
      ['1', null],
      ['2', null],
    ],
    truncated: true,
  });
});

test('source fields that do not belong to the kind are named', async () => {
  const { data } = await server.ask(
    'mutation { createPackage(input: { name: "p", source: { kind: LOCAL, url: "x" } }) ' +
      '{ package { id } userErrors { __typename path } } }',
  );
  expect(data.createPackage).toEqual({
    package: null,
    userErrors: [{ __typename: 'InputError', path: ['source', 'url'] }],
  });
});

const PAGE =
  'query ($prefix: String!, $first: Int, $after: String, $last: Int, $before: String) ' +
  '{ sites(where: { name: { startsWith: $prefix } }, orderBy: [{ field: NAME }], first: $first, ' +
  'after: $after, last: $last, before: $before) { totalCount nodes { name } ' +
  'pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }';

test('walking pages forwards or backwards sees every item that stayed, once', async () => {
  let run = 0;
  const script = fc.record({
    count: fc.integer({ min: 0, max: 12 }),
    size: fc.integer({ min: 1, max: 5 }),
    backward: fc.boolean(),
    removals: fc.array(fc.nat({ max: 11 }), { maxLength: 3 }),
    insertions: fc.array(fc.nat({ max: 11 }), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(script, async ({ count, size, backward, removals, insertions }) => {
      const prefix = `walk${run++}-`;
      const sites = Array.from({ length: count }, (_, index) =>
        aSite({ name: `${prefix}${String(index).padStart(2, '0')}` }),
      );
      await server.write(async (tx) => sites.forEach((site) => tx.put('site', site)));
      const gone = new Set(removals.filter((index) => index < count));
      const seen = await walk(prefix, { size, backward }, async () => {
        const added: Site[] = insertions.map((index) =>
          aSite({ name: `${prefix}${index}x${aSite().id}` }),
        );
        await server.write(async (tx) => {
          for (const index of gone) tx.remove('site', sites[index]!.id);
          added.forEach((site) => tx.put('site', site));
        });
      });
      const stayed = sites.filter((_, index) => !gone.has(index)).map(({ name }) => name);
      expect(seen).toEqual([...new Set(seen)]);
      expect(seen).toEqual([...seen].sort());
      expect(stayed.filter((name) => !seen.includes(name))).toEqual([]);
    }),
    { numRuns: 15 },
  );
});

/** All names in order; `disturb` runs once, after the first page. */
async function walk(
  prefix: string,
  { size, backward }: { size: number; backward: boolean },
  disturb: () => Promise<void>,
): Promise<string[]> {
  let seen: string[] = [];
  let cursor: string | null = null;
  for (let pageNumber = 0; ; pageNumber++) {
    const args = backward ? { last: size, before: cursor } : { first: size, after: cursor };
    const { data, errors } = await server.ask(PAGE, { prefix, ...args });
    expect(errors).toBeUndefined();
    const { nodes, pageInfo } = data.sites;
    const names = nodes.map(({ name }: { name: string }) => name);
    seen = backward ? [...names, ...seen] : [...seen, ...names];
    if (pageNumber === 0) await disturb();
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return seen;
    cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
  }
}
