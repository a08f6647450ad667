// Shows: every command speaks the committed schema; formats, questions and exit codes hold.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startFakeSmp, type FakeSmp } from './fake-smp.ts';
import { createOutside, type Outside, type OutsideOptions } from './support.ts';

const GUID = '46d50e6e-183c-4d15-9767-ee14ebea5ed4';
let smp: FakeSmp;
let outside: Outside;

beforeAll(async () => {
  smp = await startFakeSmp();
});
afterAll(() => smp.close());
beforeEach(() => enter());
afterEach(async () => {
  smp.answers = {};
  smp.asked.length = 0;
  await outside.remove();
});

async function enter(options: OutsideOptions = {}): Promise<void> {
  await outside?.remove();
  const environment = { CANOPY_URL: smp.url, CANOPY_TOKEN: 'canopy_x', ...options.environment };
  outside = await createOutside({ ...options, environment });
}

const done = { 'Job.state': 'SUCCEEDED' };

test.each<[string, ...string[]]>([
  ['package', 'list', '--name', 'zip', '--failed'],
  ['package', 'get', 'Zip'],
  [
    'package',
    'create',
    'Zip',
    '--source',
    '/srv/zip',
    '--priority',
    'high',
    '--cleanup-after',
    '7d',
  ],
  ['package', 'update', 'Zip', '--enabled', 'off'],
  ['package', 'delete', 'Zip', '--yes'],
  ['package', 'codebases', 'Zip'],
  ['package', 'codebases', 'Zip', '--ip', '10.1.2.3', '--computer', 'PC1'],
  ['package', 'update-distribution-points', 'Zip', '--force'],
  ['package', 'udp', '--all'],
  ['package', 'snapshot', 'list', GUID],
  ['hierarchy', 'status'],
  ['hierarchy', 'rejections'],
  ['hierarchy', 'confirm-deletions', 'Zip', '--dry-run'],
  ['hierarchy', 'replicate', '--complete', '--wait'],
  ['hierarchy', 'enable-replication'],
  ['hierarchy', 'disable-replication', GUID],
  ['hierarchy', 'child', 'update', GUID, '--package', 'Zip', '--delete-policy', 'none'],
  ['package', 'reset-overlay', 'Zip'],
  ['hierarchy', 'tree', '--root', 'a', '--depth', '0', '--timeout', '2s'],
  ['replication', 'show', 'Zip', '--internal-version', '1700000000'],
  ['package', 'assign', 'Zip', '--site', 'Berlin'],
  ['package', 'assign', 'Zip', '--package-server', 'PS01'],
  ['package', 'unassign', 'Zip', '-y'],
  ['package', 'assign-computers', 'Zip', 'PC1', 'PC2'],
  ['package', 'unassign-computers', 'Zip', 'PC1'],
  ['site', 'list'],
  ['site', 'get', 'Berlin'],
  ['site', 'create', 'Berlin', '--description', 'x'],
  ['site', 'update', 'Berlin', '--name', 'B'],
  ['site', 'delete', 'Berlin', '-y'],
  ['site', 'assign-ps', 'Berlin', 'PS01'],
  ['site', 'unassign-ps', 'Berlin', 'PS01', '-y'],
  ['site', 'add-subnet', 'Berlin', '10.1.0.0/16'],
  ['subnet', 'list', '--site', 'Berlin'],
  ['subnet', 'create', '10.1.0.0/16', '--site', 'Berlin', '--name', 'x'],
  ['subnet', 'delete', '10.1.0.0/16', '-y'],
  ['subnet', 'which', '10.1.2.3'],
  ['computer', 'list', '--name', 'PC'],
  ['computer', 'get', 'PC1'],
  ['computer', 'create', 'PC1', '--ip', '10.1.2.3', '--site', 'Berlin'],
  ['computer', 'update', 'PC1', '--domain', 'CORP'],
  ['computer', 'delete', 'PC1', '-y'],
  ['ps', 'list'],
  ['ps', 'get', 'PS01'],
  ['ps', 'create', 'PS01', '--kind', 'legacy', '--ip', '10.1.0.5'],
  ['ps', 'update', 'PS01', '--constrained', 'on'],
  ['ps', 'delete', 'PS01', '-y'],
  ['ps', 'packages', 'PS01'],
  ['job', 'list', '--state', 'failed'],
  ['job', 'watch', GUID],
  ['job', 'cancel', GUID, '-y'],
  ['schedule', 'list'],
  ['schedule', 'run', 'NS.Package Refresh'],
  ['settings', 'view'],
  ['token', 'create', 'grafana', '--role', 'viewer', '--expires-in', '90d'],
  ['token', 'list'],
  ['token', 'revoke', 'abc', '-y'],
  ['agent', 'explain', '--package', 'Zip', '--ip', '10.1.2.3', '--deny', 'ns'],
  ['status'],
  ['db', 'query', 'SELECT 1'],
])('canopy %s %s %s %s %s', async (...args) => {
  smp.answers = done;
  const words = args.filter(Boolean);
  expect([await outside.run(...words), outside.stderr]).toEqual([0, expect.any(String)]);
  expect(smp.asked.length).toBeGreaterThan(0);
  expect(await outside.run(...words, '-o', 'json')).toBe(0);
  if (outside.stdout) JSON.parse(outside.stdout);
});

test('a table for people, and the same as machines want it', async () => {
  const created = '2026-03-01T12:00:00.000Z';
  const node = { guid: GUID, name: 'Head office', description: '=1+1', createdAt: created };
  smp.answers = { 'SiteConnection.nodes': [node] };
  await outside.run('site', 'list');
  expect(outside.stdout).toBe(
    'GUID                                    NAME         DESCRIPTION\n' +
      '{46D50E6E-183C-4D15-9767-EE14EBEA5ED4}  Head office  =1+1\n',
  );
  await outside.run('site', 'list', '-o', 'name');
  expect(outside.stdout).toBe('Head office\n');
  await outside.run('site', 'list', '-o', 'csv');
  expect(outside.stdout).toBe(`guid,name,description\r\n${GUID},Head office,'=1+1\r\n`);
  await outside.run('site', 'list', '-o', 'yaml');
  expect(outside.stdout).toContain('  name: Head office\n');
});

test('lists are read to their end, and no further than --limit', async () => {
  smp.answers = {
    'PageInfo.hasNextPage': true,
    'PageInfo.endCursor': 'next',
    'SiteConnection.nodes': [{ name: 'A' }, { name: 'B' }],
  };
  expect(await outside.run('site', 'list', '--limit', '3', '-o', 'name')).toBe(0);
  expect(smp.asked.map(({ variables }) => variables)).toEqual([
    { first: 3, after: null },
    { first: 1, after: 'next' },
  ]);
});

test("un-assigning asks the console's own question; no means nothing was changed", async () => {
  await enter({ answers: ['n', 'y'] });
  expect(await outside.run('site', 'unassign-ps', 'Berlin', 'PS01')).toBe(2);
  expect(outside.stderr).toContain("Are you sure that you want to un-assign 'PS01'? [y/N] ");
  expect(outside.stderr).toContain('Nothing was changed.');
  expect(smp.asked.some(({ query }) => query.includes('mutation'))).toBe(false);
  expect(await outside.run('site', 'unassign-ps', 'Berlin', 'PS01')).toBe(0);
  expect(smp.asked.some(({ query }) => query.includes('mutation'))).toBe(true);
});

test('without a terminal a question is an error that names --yes', async () => {
  expect(await outside.run('site', 'delete', GUID)).toBe(2);
  expect(outside.stderr).toContain('--yes');
});

test.each([
  ['NOT_FOUND', 5],
  ['CONFLICT', 6],
  ['STILL_IN_USE', 6],
  ['INVALID_INPUT', 2],
  ['DISK_FULL', 6],
])('a refusal with %s ends with %i and says what and how', async (code, exitCode) => {
  const error = { __typename: 'InputError', code, message: 'No.', path: ['name'], hint: 'Do so.' };
  smp.answers = { 'CreateSitePayload.userErrors': [error] };
  expect(await outside.run('site', 'create', 'Berlin')).toBe(exitCode);
  expect(outside.stdout).toBe('');
  expect(outside.stderr).toBe('canopy: name: No.\n  Do so.\n');
});

test('a name that is not known ends with 5 and the next command', async () => {
  smp.answers = { package: null };
  expect(await outside.run('package', 'delete', 'Nope', '-y')).toBe(5);
  expect(outside.stderr).toBe(
    'canopy: There is no package "Nope".\n  See those that exist: canopy package list\n',
  );
});

test('a refused token ends with 4, a silent address with 1', async () => {
  smp.token = 'canopy_other';
  expect(await outside.run('site', 'list')).toBe(4);
  expect(outside.stderr).toContain('canopy login');
  expect(outside.stderr).not.toContain('Authorization');
  smp.token = undefined;
  expect(await outside.run('site', 'list', '--server', 'http://127.0.0.1:9')).toBe(1);
  expect(outside.stderr).toContain('cannot be reached');
});

test('wrong usage ends with 2 and a suggestion; help ends with 0', async () => {
  expect(await outside.run('packge', 'list')).toBe(2);
  expect(outside.stderr).toContain('Did you mean package?');
  expect(await outside.run('package', 'list', '--limit', 'x')).toBe(2);
  expect(await outside.run('package')).toBe(2);
  expect(await outside.run('package', 'list', '--help')).toBe(0);
  const { stdout } = outside;
  expect(stdout.indexOf('Examples:')).toBeGreaterThan(0);
  expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('Options:'));
});

test('--wait fails as the jobs did: none 1, some 3', async () => {
  const job = (state: string) => ({
    state,
    problems: [{ message: 'Broken.', code: 'INTERNAL', path: [] }],
  });
  smp.answers = { 'UpdateDistributionPointsPayload.jobs': [job('FAILED')] };
  expect(await outside.run('package', 'udp', '--all', '--wait')).toBe(1);
  expect(outside.stderr).toContain('Broken.');
  smp.answers = { 'UpdateDistributionPointsPayload.jobs': [job('SUCCEEDED'), job('FAILED')] };
  expect(await outside.run('package', 'udp', '--all', '--wait')).toBe(3);
});

test('names from others cannot move the cursor of a terminal', async () => {
  smp.answers = { 'SiteConnection.nodes': [{ name: 'a\u001b[2Jb\nc' }] };
  await outside.run('site', 'list');
  expect(outside.stdout).toContain('a [2Jb c');
});

test('settings are set by either name', async () => {
  const names = [
    { name: 'keepSnapshots', legacyName: '', description: '' },
    {
      name: 'smpPublication',
      legacyName: 'GenerateNSUNCPackageCodebases, GenerateNSHTTPSPackageCodebases',
      description: '',
    },
  ];
  smp.answers = { 'Settings.names': names, 'Settings.keepSnapshots': 2 };
  expect(
    await outside.run('settings', 'set', 'keepSnapshots=3', 'generatenshttpspackagecodebases=on'),
  ).toBe(0);
  expect(smp.asked.at(-1)!.variables).toEqual({
    input: { keepSnapshots: 3, smpPublication: { unc: false, http: false, https: true } },
  });
  expect(await outside.run('settings', 'set', 'keepSnapshots=many')).toBe(2);
  expect(await outside.run('settings', 'set', 'nope=1')).toBe(2);
});

test('a CSV of subnets: right lines are taken, wrong ones are told, unchanged ones cost nothing', async () => {
  const csv =
    '\uFEFFNetwork;Name;Site\r\n10.1.0.0/16;"One; first";Berlin\r\n\r\n10.2.0.0/16;;Oslo\r\n';
  await writeFile(path.join(outside.folder, 'subnets.csv'), csv);
  const berlin = { guid: GUID, name: 'Berlin' };
  smp.answers = {
    'SiteConnection.nodes': [berlin],
    'SubnetConnection.nodes': [{ network: '10.9.0.0/16', name: '', site: null, guid: GUID }],
  };
  expect(await outside.run('subnet', 'import', 'subnets.csv', '-o', 'json')).toBe(3);
  expect(JSON.parse(outside.stdout)).toEqual([
    { line: 2, network: '10.1.0.0/16', site: 'Berlin', result: 'created', reason: '' },
    {
      line: 4,
      network: '10.2.0.0/16',
      site: 'Oslo',
      result: 'failed',
      reason: 'There is no site "Oslo" (--create-sites).',
    },
  ]);
  expect(smp.asked.at(-1)!.variables).toEqual({
    input: { network: '10.1.0.0/16', name: 'One; first', siteId: GUID },
  });
  smp.asked.length = 0;
  await outside.run('subnet', 'import', 'subnets.csv', '--dry-run', '--create-sites');
  expect(smp.asked.some(({ query }) => query.includes('mutation'))).toBe(false);
});

test('the tree is drawn; a server that is away fails the command only when that was asked', async () => {
  const node = (nodeId: string, parentId: string | null, given: object = {}) => ({
    ...{ nodeId, parentId, status: 'OK', error: null, ageMs: 0 },
    ...{ smp: { name: nodeId.toUpperCase(), version: '1' } },
    ...given,
  });
  const away = { status: 'STALE', smp: null, error: 'A2 is not connected.', ageMs: 720_000 };
  smp.answers = {
    'RemoteSmpConnection.nodes': [
      node('top', 'above'),
      node('a1', 'top'),
      node('a2', 'top', { ...away, summary: { name: 'A2' } }),
      node('b', 'a1'),
    ],
    'PageInfo.hasNextPage': false,
  };
  expect(await outside.run('hierarchy', 'tree')).toBe(0);
  const lines = outside.stdout.split('\n').slice(1, 5);
  expect(lines.map((line) => line.split(/\s{2,}/).slice(0, 3))).toEqual([
    ['TOP', 'OK', 'now'],
    ['├─ A1', 'OK', 'now'],
    expect.anything(),
    ['└─ A2', 'STALE', '12 min'],
  ]);
  expect(lines[2]).toMatch(/^│ {2}└─ B +OK/);
  expect(lines[3]).toContain('A2 is not connected.');
  expect(outside.stderr).toBe('1 of 4 SMPs did not answer.\n');
  expect(await outside.run('hierarchy', 'tree', '--fail-if-away')).toBe(3);
});
