// What an operator sees and does with replication, over HTTP between two whole servers: health on both
// sides, rules, switches, comparisons, held deletions, and a child that is away.
import { joinMetadata, WholeSmp } from './replication-world.ts';
import type { Answer } from './graphql-server.ts';
import { waitFor } from '../support/wait-for.ts';

let head: WholeSmp;
let branch: WholeSmp;
let childId: string;
beforeAll(async () => {
  [head, branch] = await Promise.all([
    WholeSmp.start('head', '10.1.0.1'),
    WholeSmp.start('branch', '10.2.0.1'),
  ]);
  await joinMetadata(head, branch);
  childId = (await head.ask('{ smp { children { guid } } }')).smp.children[0].guid;
});
afterAll(() => Promise.all([head?.remove(), branch?.remove()]));

const CHILD = `{ smp { children { connected connectedSince disconnectedSince disconnectReason stale
  lag lastHeardAt acknowledgedAt softwareVersion protocolVersion rewoundAt doubledAt rejectedItems
  replicationEnabled enabledByChild deletePolicy packageGuids lastComparison { reason at } } } }`;
const PARENT = `{ smp { parent { guid nodeId connected connection connectedSince lastHeardAt
  lastError lastErrorCode nextTryAt waitingPages reconnects enabledByParent replicationEnabled
  rejections(first: 3) { totalCount nodes { code packageGuid package { name } } pageInfo { hasNextPage } }
  heldDeletions { totalCount } } } }`;

async function childLink(fits: (child: Answer) => boolean = () => true): Promise<Answer> {
  const { smp } = await head.until(CHILD, (data) => fits(data.smp.children[0]));
  return smp.children[0];
}
async function parentLink(fits: (parent: Answer) => boolean = () => true): Promise<Answer> {
  const { smp } = await branch.until(PARENT, (data) => fits(data.smp.parent));
  return smp.parent;
}
const isAt = async (names: readonly string[]): Promise<void> =>
  waitFor(() => JSON.stringify(branch.packageNames()) === JSON.stringify(names));

test('both sides tell how the link is doing', async () => {
  expect(
    await childLink(({ lag, rejectedItems }) => lag === 0 && rejectedItems === 0),
  ).toMatchObject({
    connected: true,
    connectedSince: expect.any(String) as string,
    disconnectedSince: null,
    disconnectReason: null,
    stale: false,
    lastHeardAt: expect.any(String) as string,
    acknowledgedAt: expect.any(String) as string,
    softwareVersion: expect.any(String) as string,
    protocolVersion: 1,
    rewoundAt: null,
    doubledAt: null,
    lastComparison: { reason: 'FIRST' },
  });
  expect(await parentLink()).toMatchObject({
    connected: true,
    connection: 'CONNECTED',
    connectedSince: expect.any(String) as string,
    lastHeardAt: expect.any(String) as string,
    lastError: null,
    nextTryAt: null,
    waitingPages: 0,
    enabledByParent: true,
    rejections: { totalCount: 0 },
  });
});

test('a rule is tried out, then withdraws and gives back; mistakes name their field', async () => {
  const [one] = [await head.makePackage('one'), await head.makePackage('two')];
  await isAt(['one', 'two']);
  const update = (input: object) =>
    head.mutate('updateChild child { packageGuids } addedPackages withdrawnPackages', {
      childId,
      ...input,
    });
  const chosen = { packages: { packageIds: [one] } };
  expect(await update({ ...chosen, dryRun: true })).toMatchObject({
    child: { packageGuids: [one] },
    addedPackages: 0,
    withdrawnPackages: 1,
    userErrors: [],
  });
  expect((await childLink()).packageGuids).toBeNull();
  await update({ ...chosen, deletePolicy: 'ALL' });
  await isAt(['one']);
  expect((await childLink()).lastComparison.reason).toBe('RULE_CHANGED');
  expect(await update({ packages: { everything: true } })).toMatchObject({ addedPackages: 1 });
  await isAt(['one', 'two']);
  const nobody = '11111111-2222-4333-8444-555555555555';
  expect((await update({ packages: { packageIds: [nobody] } })).userErrors).toMatchObject([
    { code: 'NOT_FOUND', path: ['packages', 'packageIds', '0'] },
  ]);
  expect((await update({ packages: { everything: false } })).userErrors).toMatchObject([
    { code: 'INVALID_INPUT', path: ['packages', 'everything'] },
  ]);
  expect((await update({ childId: nobody })).userErrors).toMatchObject([
    { code: 'NOT_FOUND', path: ['childId'] },
  ]);
});

test('replication stops on either side and goes on where it stopped', async () => {
  const { guid, nodeId } = await parentLink();
  const fields = 'enableHierarchyReplication parent { replicationEnabled } children { name }';
  const off = await head.mutate(fields, { enabled: false, neighbourId: childId });
  expect(off).toMatchObject({ parent: null, children: [{ name: 'branch' }], userErrors: [] });
  await parentLink(({ enabledByParent }) => enabledByParent === false);
  await head.makePackage('while off');
  const run = await head.mutate('runCompleteReplication job { id }', { neighbourId: childId });
  expect(await head.ended(run.job.id as string)).toMatchObject({
    state: 'FAILED',
    problems: [{ code: 'CONFLICT', message: expect.stringContaining('switched off') as string }],
  });
  expect(branch.packageNames()).toEqual(['one', 'two']);
  await head.mutate(fields, { enabled: true });
  await isAt(['one', 'two', 'while off']);

  await branch.mutate(fields, { enabled: false, neighbourId: nodeId });
  await head.makePackage('while off below');
  await parentLink(({ waitingPages }) => waitingPages > 0);
  await childLink(({ lag, enabledByChild }) => lag > 0 && enabledByChild === false);
  const held = await head.mutate('runDifferentialReplication job { id }', {
    neighbourId: childId,
  });
  expect(await head.ended(held.job.id as string)).toMatchObject({
    state: 'FAILED',
    problems: [{ code: 'CONFLICT', message: 'Replication is switched off at branch itself.' }],
  });
  const on = await branch.mutate(fields, { enabled: true, neighbourId: guid });
  expect(on.parent).toEqual({ replicationEnabled: true });
  await isAt(['one', 'two', 'while off', 'while off below']);
  expect(
    (await branch.mutate(fields, { enabled: true, neighbourId: 'x' })).userErrors,
  ).toMatchObject([{ code: 'NOT_FOUND', path: ['neighbourId'] }]);
});

test('replication now is a job, on either side, for one or all, and a schedule', async () => {
  const { guid } = await parentLink();
  for (const [smp, name, neighbourId] of [
    [head, 'runDifferentialReplication', childId],
    [head, 'runCompleteReplication', null],
    [branch, 'runDifferentialReplication', guid],
    [branch, 'runCompleteReplication', guid],
  ] as const) {
    const run = await smp.mutate(`${name} job { id kind total }`, { neighbourId });
    expect(run.userErrors).toEqual([]);
    expect(await smp.ended(run.job.id as string)).toMatchObject({
      state: 'SUCCEEDED',
      message: `${smp === head ? 'branch' : 'head'}: everything is there.`,
    });
  }
  expect((await childLink()).lastComparison.reason).toBe('REQUESTED');
  const name = 'NS.Hierarchy Complete Replication Schedule';
  const { jobs } = await head.mutate('runSchedule jobs { id kind }', { name });
  expect(jobs).toMatchObject([{ kind: 'COMPLETE_REPLICATION' }]);
  expect(await head.ended(jobs[0].id as string)).toMatchObject({ state: 'SUCCEEDED' });
  const { schedules } = await head.ask('{ schedules { name nextRunAt } }');
  expect(schedules).toContainEqual({ name, nextRunAt: null });
  const settings = { completeReplicationTime: '03:00' };
  await head.mutate('updateSettings settings { completeReplicationTime }', settings);
  const planned = await head.ask('{ schedules { name nextRunAt } }');
  expect(planned.schedules).toContainEqual({ name, nextRunAt: expect.any(String) as string });
});

test('unusually many deletions are held, told upward, and done when they are confirmed', async () => {
  const guids: string[] = [];
  for (let n = 0; n < 14; n += 1) guids.push(await head.makePackage(`many ${n}`));
  await waitFor(() => branch.packageNames().length === 18);
  for (const id of guids) await head.mutate('deletePackage package { guid }', { id });
  // Each of the deletions came and was done or held.
  const { heldDeletions } = await parentLink(
    ({ heldDeletions: now }) =>
      now.totalCount > 0 && branch.packageNames().length === 4 + now.totalCount,
  );
  const held = heldDeletions.totalCount as number;
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThan(14);
  expect((await parentLink()).rejections).toMatchObject({
    totalCount: held,
    nodes: expect.arrayContaining([
      { code: 'DELETION_HELD', packageGuid: expect.any(String), package: expect.anything() },
    ]),
    pageInfo: { hasNextPage: held > 3 },
  });
  await childLink(({ rejectedItems }) => rejectedItems === held);
  const confirm = (input: object) =>
    branch.mutate('confirmHeldDeletions confirmed { packageGuid }', input);
  expect((await confirm({ dryRun: true })).confirmed).toHaveLength(held);
  expect((await parentLink()).heldDeletions.totalCount).toBe(held);
  expect((await confirm({ packageIds: [childId] })).userErrors).toMatchObject([
    { code: 'NOT_FOUND', path: ['packageIds', '0'] },
  ]);
  expect((await confirm({})).confirmed).toHaveLength(held);
  await isAt(['one', 'two', 'while off', 'while off below']);
  await childLink(({ rejectedItems }) => rejectedItems === 0);
});

test('what a child decided itself is taken back by resetPackageOverlay', async () => {
  const id = [...branch.context.model.packages()].find(({ name }) => name === 'one')!.id;
  await branch.mutate('updatePackage package { enabled }', { id, enabled: false });
  const reset = await branch.mutate('resetPackageOverlay package { enabled }', { packageId: id });
  expect(reset).toEqual({ package: { enabled: true }, userErrors: [] });
  expect(branch.context.model.tree.overlay(id)).toBeUndefined();
});

test('who may do it: reading for viewers, the daily work for operators, rules for administrators', async () => {
  const secretOf = async (role: string): Promise<string> =>
    (await head.mutate('createApiToken secret', { name: role, role })).secret as string;
  const [viewer, operator] = [await secretOf('VIEWER'), await secretOf('OPERATOR')];
  expect((await head.ask(CHILD, {}, viewer)).smp.children).toHaveLength(1);
  const ask = (text: string, token: string) =>
    head.ask(`mutation { ${text} { userErrors { code } } }`, {}, token);
  for (const text of [
    'enableHierarchyReplication(input: {enabled: true})',
    'runDifferentialReplication(input: {})',
    'confirmHeldDeletions(input: {})',
  ]) {
    await expect(ask(text, viewer)).rejects.toThrow('FORBIDDEN');
    expect(Object.values(await ask(text, operator))).toEqual([{ userErrors: [] }]);
  }
  const rule = `updateChild(input: {childId: "${childId}", dryRun: true})`;
  await expect(ask(rule, operator)).rejects.toThrow('FORBIDDEN');
});

test('a child that is away is told so, with since when, also by a parent that was restarted', async () => {
  await branch.stop();
  const away = await childLink(
    ({ connected, disconnectedSince }) => !connected && disconnectedSince !== null,
  );
  expect(away).toMatchObject({ connectedSince: null, stale: true });
  expect(away.disconnectReason).not.toBeNull();
  const tree = '{ tree { nodes { depth connected disconnectedSince status } } }';
  const below = ({ tree: { nodes } }: Answer) => nodes.find(({ depth }: Answer) => depth === 1);
  expect(below(await head.ask(tree))).toEqual({
    depth: 1,
    connected: false,
    disconnectedSince: away.disconnectedSince,
    status: 'STALE',
  });
  const run = await head.mutate('runCompleteReplication job { id }', { neighbourId: childId });
  const job = `{ job(id: "${run.job.id}") { problems { code message } } }`;
  const tried = await head.until(job, (data) => data.job.problems.length > 0);
  expect(tried.job.problems).toMatchObject([
    { code: 'NOT_READY', message: expect.stringContaining('branch is not connected') as string },
  ]);
  await head.mutate('cancelJob job { state }', { id: run.job.id });
  await head.stop();
  await head.start();
  expect(await childLink()).toMatchObject({
    connected: false,
    disconnectedSince: away.disconnectedSince,
    lastHeardAt: null,
    stale: true,
  });
  await branch.start();
  await childLink(({ connected, disconnectedSince }) => connected && disconnectedSince === null);
  await head.stop();
  const lost = await parentLink(({ connected, lastError }) => !connected && lastError !== null);
  expect(lost).toMatchObject({ connectedSince: null, enabledByParent: null });
  await parentLink(({ nextTryAt }) => nextTryAt !== null);
});
