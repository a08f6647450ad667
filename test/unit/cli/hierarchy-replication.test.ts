// `canopy hierarchy status`, `child update`, `replicate`, `rejections` and `confirm-deletions`: what is
// asked of the server, what people see, and the exit codes.
import { EXIT } from '../../../cli/exit-code.ts';
import { startFakeSmp, type FakeSmp } from './fake-smp.ts';
import { createOutside, type Outside } from './support.ts';

const GUID = '46d50e6e-183c-4d15-9767-ee14ebea5ed4';
let smp: FakeSmp;
let outside: Outside;
beforeAll(async () => {
  smp = await startFakeSmp();
});
afterAll(() => smp.close());
beforeEach(async () => {
  smp.answers = {
    'ParentLink.name': 'head',
    'ChildLink.name': 'smp2',
    'ParentLink.state': 'JOINED',
    'ChildLink.state': 'JOINED',
    'ParentLink.connected': true,
    'ChildLink.connected': true,
  };
  smp.asked.length = 0;
  outside = await createOutside({ environment: { CANOPY_URL: smp.url, CANOPY_TOKEN: 'secret' } });
});
afterEach(() => outside.remove());

const input = () => smp.asked.at(-1)!.variables['input'];

test('status shows both directions, names what is wrong, and fails when that was asked', async () => {
  Object.assign(smp.answers, {
    'ParentLink.lastError': null,
    'ParentLink.enabledByParent': false,
    'ParentLink.replicationEnabled': true,
    'ParentLink.heldDeletions': { totalCount: 3 },
    'ChildLink.connected': false,
    'ChildLink.disconnectReason': 'The child ended the link.',
    'ChildLink.rewoundAt': null,
    'ChildLink.lag': 12,
  });
  expect(await outside.run('hierarchy', 'status')).toBe(EXIT.OK);
  expect(outside.stdout).toMatch(/parent +head +JOINED +open .*off at the parent/);
  expect(outside.stdout).toMatch(/child +smp2 +JOINED +closed .* 12 .*The child ended the link\./);
  expect(outside.stdout).toContain('is there a copy of it?');
  expect(outside.stderr).toContain("3 deletions of the parent's wait for a person.");
  expect(outside.stderr).toContain('canopy hierarchy confirm-deletions');
  expect(await outside.run('hierarchy', 'status', '--fail-if-away')).toBe(EXIT.PARTLY_DONE);
  expect(outside.stderr).toContain('The link is not open: smp2.');
  expect(await outside.run('hierarchy', 'status', '-o', 'json')).toBe(EXIT.OK);
  expect(JSON.parse(outside.stdout)).toMatchObject([
    { role: 'parent', connected: true },
    { role: 'child', connected: false, lag: 12 },
  ]);
});

test('child update sends what was chosen, by name, and tells what a rule would do', async () => {
  const update = (...flags: string[]) =>
    outside.run('hierarchy', 'child', 'update', 'smp2', ...flags);
  smp.answers['updateChild'] = {
    addedPackages: 1,
    withdrawnPackages: 4,
    userErrors: [],
    child: {},
  };
  expect(await update('--package', 'Zip', '--package', GUID, '--dry-run')).toBe(EXIT.OK);
  expect(input()).toEqual({ childId: GUID, packages: { packageIds: [GUID, GUID] }, dryRun: true });
  expect(outside.stderr).toContain('1 packages are added, 4 withdrawn.');
  expect(outside.stderr).toContain('Nothing was changed.');
  expect(await update('--everything', '--delete-policy', 'none')).toBe(EXIT.OK);
  expect(input()).toMatchObject({ packages: { everything: true }, deletePolicy: 'NONE' });
  expect(await update('--nothing', '--replication', 'off')).toBe(EXIT.OK);
  expect(input()).toMatchObject({ packages: { packageIds: [] }, replicationEnabled: false });
  expect(await update()).toBe(EXIT.USAGE);
  expect(await update('--nothing', '--everything')).toBe(EXIT.USAGE);
  expect(await outside.run('hierarchy', 'child', 'update', 'smp9', '--nothing')).toBe(
    EXIT.NOT_FOUND,
  );
});

test('replicate names the neighbour by any name, and waits for the job', async () => {
  smp.answers['Job.state'] = 'SUCCEEDED';
  smp.answers['ParentLink.nodeId'] = 'the-node-id';
  const parent = '11111111-183c-4d15-9767-ee14ebea5ed4';
  smp.answers['ParentLink.guid'] = parent;
  expect(await outside.run('hierarchy', 'replicate')).toBe(EXIT.OK);
  expect(smp.asked.at(-1)!.query).toContain('runDifferentialReplication');
  expect(input()).toEqual({ neighbourId: null });
  expect(await outside.run('hierarchy', 'replicate', 'the-node-id', '--complete', '--wait')).toBe(
    EXIT.OK,
  );
  expect(smp.asked.some(({ query }) => query.includes('runCompleteReplication'))).toBe(true);
  expect(input()).toEqual({ neighbourId: parent });
  expect(await outside.run('hierarchy', 'replicate', 'smp2')).toBe(EXIT.OK);
  expect(input()).toEqual({ neighbourId: GUID });
  smp.answers['Job.state'] = 'FAILED';
  expect(await outside.run('hierarchy', 'replicate', '--wait')).toBe(EXIT.FAILED);
});

test('replication is switched on and off for one or for all', async () => {
  expect(await outside.run('hierarchy', 'disable-replication', 'smp2')).toBe(EXIT.OK);
  expect(input()).toEqual({ enabled: false, neighbourId: GUID });
  expect(await outside.run('hierarchy', 'enable-replication')).toBe(EXIT.OK);
  expect(input()).toEqual({ enabled: true, neighbourId: null });
});

test('confirm-deletions asks, and confirms what was shown and nothing that came since', async () => {
  const held = {
    packageGuid: GUID,
    package: { name: 'Zip' },
    code: 'DELETION_HELD',
    reason: 'Unusually many.',
    ownerRevision: 7,
    since: '2026-03-01T12:00:00.000Z',
  };
  smp.answers['confirmHeldDeletions'] = { confirmed: [held], userErrors: [] };
  expect(await outside.run('hierarchy', 'confirm-deletions')).toBe(EXIT.USAGE);
  expect(outside.stderr).toContain('Delete 1 packages here and below?');
  expect(input()).toEqual({ packageIds: null, dryRun: true });
  expect(await outside.run('hierarchy', 'confirm-deletions', '--yes')).toBe(EXIT.OK);
  expect(input()).toEqual({ packageIds: [GUID], dryRun: false });
  expect(outside.stdout).toMatch(/Zip +\{46D50E6E.*DELETION_HELD/);
  smp.answers['confirmHeldDeletions'] = { confirmed: [], userErrors: [] };
  expect(await outside.run('hierarchy', 'confirm-deletions', '--yes')).toBe(EXIT.OK);
  expect(outside.stderr).toContain('No deletion is held.');
  smp.answers['Smp.parent'] = null;
  expect(await outside.run('hierarchy', 'rejections', '-o', 'json')).toBe(EXIT.OK);
  expect(JSON.parse(outside.stdout)).toEqual([]);
});
