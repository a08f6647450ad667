// `canopy hierarchy`: the table of checks with its cures and exit code, and tokens that stay out of flags.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXIT } from '../../../cli/exit-code.ts';
import { startFakeSmp, type FakeSmp } from './fake-smp.ts';
import { createOutside, type Outside } from './support.ts';

const TOKEN = 'canopyjoin1.a.b.c';
let smp: FakeSmp;
let outside: Outside;
beforeAll(async () => {
  smp = await startFakeSmp();
});
afterAll(() => smp.close());
beforeEach(async () => {
  smp.answers = {};
  smp.asked.length = 0;
  outside = await createOutside({
    environment: { CANOPY_URL: smp.url, CANOPY_TOKEN: 'secret', CANOPY_JOIN_TOKEN: TOKEN },
    stdin: `${TOKEN}\n`,
  });
});
afterEach(() => outside.remove());

const input = () => smp.asked.at(-1)!.variables['input'];
const PASSED = { code: 'SAME_NODE', side: 'CHILD', outcome: 'PASSED', text: 'Another.', cures: [] };
const FAILED = {
  code: 'PACKAGE_SERVER_NOT_IN_SMP_SITE',
  side: 'PARENT',
  outcome: 'FAILED',
  text: 'No package server serves the site Berlin of smp1.',
  cures: [
    {
      text: 'Assign PS01 to the site by hand.',
      mutation: 'mutation { … }',
      command: 'canopy site assign-ps Berlin PS01 --server https://smp1.example',
    },
  ],
};

test('check prints every check, the cures beside it, and fails when one is in the way', async () => {
  smp.answers['joinHierarchy'] = { parent: null, checks: [PASSED, FAILED], userErrors: [] };
  expect(await outside.run('hierarchy', 'check', 'https://smp1.example')).toBe(EXIT.CONFLICT);
  expect(outside.stdout).toMatch(/PASSED +CHILD +SAME_NODE +Another\./);
  expect(outside.stdout).toMatch(/FAILED +PARENT +PACKAGE_SERVER_NOT_IN_SMP_SITE +No package/);
  expect(outside.stderr).toContain('$ canopy site assign-ps Berlin PS01 --server https://smp1');
  expect(outside.stderr).toContain('1 of 2 checks are in the way.');
  expect(input()).toEqual({ parentUrl: 'https://smp1.example', token: TOKEN, dryRun: true });

  expect(await outside.run('hierarchy', 'check', 'https://a.example', '-o', 'json')).toBe(6);
  expect(JSON.parse(outside.stdout)).toMatchObject([PASSED, FAILED]);
});

test('check succeeds when nothing is in the way', async () => {
  smp.answers['joinHierarchy'] = { parent: null, checks: [PASSED], userErrors: [] };
  expect(await outside.run('hierarchy', 'check', 'https://smp1.example')).toBe(EXIT.OK);
  expect(outside.stderr).toContain('Nothing is in the way of the join.');
});

test('join sends what was chosen; its token comes from a file, from stdin or from the environment', async () => {
  const file = path.join(outside.folder, 'child.token');
  await writeFile(file, `${TOKEN}.file\n`);
  smp.answers['ParentLink.state'] = 'JOINING';
  const flags = ['--on-conflict', 'keep-local', '--metadata-only', '--replace-parent'];
  const url = 'https://smp1.example';
  expect(await outside.run('hierarchy', 'join', url, '--join-token-file', file, ...flags)).toBe(
    EXIT.OK,
  );
  expect(input()).toEqual({
    parentUrl: url,
    token: `${TOKEN}.file`,
    onConflict: 'KEEP_LOCAL',
    metadataOnly: true,
    replaceParent: true,
  });
  expect(outside.stderr).toContain('The join completes by itself.');
  await outside.run('hierarchy', 'join', url, '--join-token-file', '-');
  expect(input()).toMatchObject({ token: TOKEN });
  await outside.run('hierarchy', 'join', url, '--expect-root', 'abc');
  expect(input()).toMatchObject({ token: TOKEN, expectRoot: 'abc' });
});

test('join waits until the parent is there and everything of it is, and says what keeps it', async () => {
  const join = (...flags: string[]) =>
    outside.run('hierarchy', 'join', 'https://smp1.example', '--wait', ...flags);
  Object.assign(smp.answers, {
    'ParentLink.state': 'JOINED',
    'ParentLink.connected': true,
    'Job.state': 'SUCCEEDED',
  });
  expect(await join()).toBe(EXIT.OK);
  const compared = smp.asked.find(({ query }) => query.includes('runCompleteReplication'));
  expect(compared?.variables).toEqual({
    input: { neighbourId: '46d50e6e-183c-4d15-9767-ee14ebea5ed4' },
  });
  expect(outside.stdout).toMatch(/state +JOINED\nlink +open/);
  expect(await join('--timeout', '1m')).toBe(EXIT.OK);

  smp.answers['Job.state'] = 'FAILED';
  expect(await join()).toBe(EXIT.FAILED);

  Object.assign(smp.answers, {
    'ParentLink.connected': false,
    'ParentLink.lastError': 'No route.',
  });
  expect(await join('--timeout', '1ms')).toBe(EXIT.TIMED_OUT);
  expect(outside.stderr).toContain('opening the link · No route.');
  expect(outside.stderr).toContain('It goes on by itself.');

  Object.assign(smp.answers, { 'ParentLink.state': 'LEFT', 'ParentLink.reason': 'Another root.' });
  expect(await join()).toBe(EXIT.CONFLICT);
  expect(outside.stderr).toContain('came to nothing: Another root.');
});

test('a refused join lists every reason and its cure', async () => {
  const error = (code: string, message: string, hint: string) => ({
    __typename: 'OperationError',
    code,
    message,
    path: [],
    hint,
  });
  smp.answers['joinHierarchy'] = {
    parent: null,
    checks: null,
    userErrors: [
      error('SMP_NOT_IN_A_SITE', 'smp2 is in no site.', 'canopy site create Berlin'),
      error('ENROLLMENT_REFUSED', 'The token has expired.', 'canopy hierarchy token create'),
    ],
  };
  expect(await outside.run('hierarchy', 'join', 'https://smp1.example')).toBe(EXIT.CONFLICT);
  for (const text of ['smp2 is in no site.', 'canopy site create Berlin', 'token has expired']) {
    expect(outside.stderr).toContain(text);
  }
});

test('without a token from anywhere nothing is asked of the server', async () => {
  const bare = await createOutside({ environment: { CANOPY_URL: smp.url, CANOPY_TOKEN: 's' } });
  expect(await bare.run('hierarchy', 'join', 'https://smp1.example')).toBe(EXIT.USAGE);
  expect(bare.stderr).toContain('--join-token-file or CANOPY_JOIN_TOKEN');
  expect(smp.asked).toEqual([]);
  await bare.remove();
});

test('a token for a child goes to stdout alone', async () => {
  const made = { token: TOKEN, expiresAt: '2026-03-01T12:00:00.000Z', userErrors: [] };
  smp.answers['createEnrollmentToken'] = { ...made, packageServer: null };
  expect(await outside.run('hierarchy', 'token', 'create', '--expires-in', '2h')).toBe(EXIT.OK);
  expect(outside.stdout).toBe(`${TOKEN}\n`);
  expect(input()).toEqual({ kind: 'CHILD', expiresInMinutes: 120 });
});

test('leave and remove ask first, tell what becomes of the items, and take names', async () => {
  expect(await outside.run('hierarchy', 'leave')).toBe(EXIT.USAGE);
  expect(smp.asked).toEqual([]);
  expect(await outside.run('hierarchy', 'leave', '--items', 'delete', '--yes')).toBe(EXIT.OK);
  expect(input()).toEqual({ items: 'DELETE', dryRun: false });
  expect(await outside.run('hierarchy', 'leave', '--dry-run')).toBe(EXIT.OK);
  expect(input()).toEqual({ items: 'KEEP', dryRun: true });

  smp.answers['ChildLink.name'] = 'smp2';
  expect(await outside.run('hierarchy', 'remove', 'smp2', '--yes')).toBe(EXIT.OK);
  expect(input()).toMatchObject({ childId: '46d50e6e-183c-4d15-9767-ee14ebea5ed4' });
  expect(await outside.run('hierarchy', 'remove', 'smp9', '--yes')).toBe(EXIT.NOT_FOUND);
});

test('list shows the parent and the children', async () => {
  smp.answers['ParentLink.name'] = 'head';
  smp.answers['ChildLink.name'] = 'leaf';
  smp.answers['Smp.leftParents'] = [];
  smp.answers['ParentLink.state'] = smp.answers['ChildLink.state'] = 'JOINING';
  expect(await outside.run('hierarchy', 'list')).toBe(EXIT.OK);
  expect(outside.stdout).toMatch(/parent +\S+ +head +JOINING/);
  expect(outside.stdout).toMatch(/child +\S+ +leaf +JOINING/);
});
