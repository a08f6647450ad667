// Shows the agent's way from policy to files: what it asks, keeps, waits for and shows.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { agentFolders, serverName } from '../../../agent/agent-folders.ts';
import { createSmpClient } from '../../../agent/index.ts';
import { parsePackageInfoRequest } from '../../../legacy/package-info-request.ts';
import { Cleanup, leapingClock, noise, sha256 } from '../delivery/support.ts';
import {
  COMPUTER_ID,
  PACKAGE_ID,
  request,
  signal,
  startAgent,
  startSmp,
  VERSION,
} from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const files = { 'setup.exe': noise(50_000), 'sub/read me.txt': Buffer.from('hello') };

test('a package arrives, and the folders are laid out as the original does', async () => {
  const smp = await startSmp(cleanup, files);
  const { agent, folder } = await startAgent(cleanup, smp);
  const [synced] = await agent.syncPolicies({ signal });
  expect(synced).toMatchObject({
    packageId: PACKAGE_ID,
    name: 'One of Three',
    requiredVersion: VERSION,
    outcome: { state: 'RECEIVED', internalVersion: VERSION, bytesFetched: 50_005 },
  });
  const home = join(folder, 'Software Delivery', '{46D50E6E-183C-4D15-9767-EE14EBEA5ED4}');
  expect((await readdir(home)).sort()).toEqual([
    'cache',
    'package.xml',
    'partial',
    'snapshot.xml',
    `v${VERSION}`,
  ]);
  expect(sha256(await readFile(join(home, 'cache/setup.exe')))).toBe(sha256(files['setup.exe']));
  const port = new URL(smp.origin).port;
  expect(await readdir(join(folder, 'Client Policies'))).toEqual([`127.0.0.1_${port}.xml`]);
  expect(await readFile(join(home, 'package.xml'), 'utf8')).toContain(`version="${VERSION}"`);
});

test('unchanged policies are not sent again, and their packages are looked after', async () => {
  const smp = await startSmp(cleanup, files);
  const { agent } = await startAgent(cleanup, smp);
  await agent.syncPolicies({ signal });
  const again = await agent.syncPolicies({ signal });
  expect(again[0]!.outcome.state).toBe('HERE');
  expect(smp.questions.filter((text) => text.includes('hash='))).toHaveLength(1);
});

test('the question carries resource, addresses, deny and how long it has been tried', async () => {
  const smp = await startSmp(cleanup, files);
  const { agent } = await startAgent(cleanup, smp, {
    denySmp: true,
    denyExternalPackageServers: true,
  });
  await agent.fetchPackage({ ...request, tryingForMs: 7.9 * 60_000 });
  expect(parsePackageInfoRequest(smp.questions[0]!)).toEqual({
    resourceId: COMPUTER_ID,
    packageIds: [PACKAGE_ID],
    addresses: ['10.1.2.3'],
    totalTimeMinutes: 7,
    denySmp: true,
    denyExternalPackageServers: true,
  });
});

test('a server behind the policy, or behind what is here, is waited for', async () => {
  const smp = await startSmp(cleanup, files);
  const { agent } = await startAgent(cleanup, smp);
  const older = await agent.fetchPackage({ ...request, requiredVersion: VERSION + 5 });
  expect(older).toMatchObject({
    state: 'WAITING',
    reason:
      `The version of the package on the server(${VERSION}) is older than ` +
      `required(${VERSION + 5}) (0x80004005)`,
  });
  expect((await agent.fetchPackage(request)).state).toBe('RECEIVED');
  smp.state.offeredVersion = VERSION - 1;
  const rolledBack = await agent.fetchPackage(request);
  expect(rolledBack).toMatchObject({ state: 'WAITING' });
});

test('a snapshot older than the offer is not taken', async () => {
  const smp = await startSmp(cleanup, files);
  smp.state.snapshotVersion = VERSION - 9;
  const { agent } = await startAgent(cleanup, smp);
  expect(await agent.fetchPackage(request)).toMatchObject({
    state: 'WAITING',
    reason: expect.stringContaining(`server(${VERSION - 9}) is older than required(${VERSION})`),
  });
});

test('no source, a busy server and a silent one are waited for', async () => {
  const smp = await startSmp(cleanup, files);
  const { agent } = await startAgent(cleanup, smp);
  smp.state.hasSources = false;
  expect(await agent.fetchPackage(request)).toMatchObject({ state: 'WAITING' });
  smp.state.fault = (response) =>
    response.writeHead(503, { 'Retry-After': '600' }).end('<Error>Server is busy.</Error>');
  expect(await agent.fetchPackage(request)).toMatchObject({
    state: 'WAITING',
    retryAfterMs: 600_000,
    reason: expect.stringContaining('answers HTTP 503: Server is busy.'),
  });
  smp.state.fault = (response) => response.destroy();
  expect(await agent.fetchPackage(request)).toMatchObject({ state: 'WAITING' });
});

test('an error that waiting does not cure is thrown with the text of the server', async () => {
  const smp = await startSmp(cleanup, files);
  const { agent } = await startAgent(cleanup, smp);
  smp.state.fault = (response) => response.writeHead(404).end('There is no such package.');
  await expect(agent.fetchPackage(request)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('There is no such package.'),
  });
});

test('an endless answer is cut off and a redirect is not followed', async () => {
  const smp = await startSmp(cleanup, files);
  const client = createSmpClient({ url: smp.origin, fetch: globalThis.fetch });
  const block = Buffer.alloc(1024 * 1024, '<');
  smp.state.fault = (response) => {
    const pump = (): void => {
      while (!response.destroyed && response.write(block));
      if (!response.destroyed) response.once('drain', pump);
    };
    pump();
  };
  const ask = (): Promise<Buffer> =>
    client.clientPolicies({ resourceId: COMPUTER_ID, hash: '' }, signal);
  await expect(ask()).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  smp.state.fault = (response) => response.writeHead(302, { Location: '/x' }).end();
  await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('HTTP 302') });
});

test('the Sources box: every source with speed, errors, rank and reason', async () => {
  const smp = await startSmp(cleanup, files);
  smp.state.extraCodebases = [{ url: 'http://127.0.0.1:1/files', snapshotUrl: undefined }];
  const { agent, folder } = await startAgent(cleanup, smp);
  await expect(agent.sources(PACKAGE_ID)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect((await agent.fetchPackage(request)).state).toBe('RECEIVED');
  const restarted = await startAgent(cleanup, smp, { folder });
  const rows = await restarted.agent.sources(PACKAGE_ID);
  expect(rows).toMatchObject([
    {
      url: `${smp.origin}/files/${VERSION}`,
      kind: 'HTTP',
      internalVersion: VERSION,
      rank: 1,
      errors: 0,
    },
    { url: 'http://127.0.0.1:1/files', rank: 2, errors: 1 },
  ]);
  expect(rows[1]!.reason).toContain('counted at 95 % after 1 error');
});

test('the loop waits by the schedule and tells how long it has tried', async () => {
  const smp = await startSmp(cleanup, files);
  smp.state.hasSources = false;
  const clock = leapingClock();
  const abort = new AbortController();
  const sleeps: number[] = [];
  const { agent, folder } = await startAgent(cleanup, smp, {
    random: { fraction: () => 0.5, bytes: () => new Uint8Array(), guid: () => PACKAGE_ID },
    clock: {
      ...clock,
      sleep: async (delayMs, sleeper) => {
        // The guards of transfers sleep on this clock too; they end with their transfer.
        if (delayMs < 60_000) return untilAborted(sleeper);
        sleeps.push(delayMs / 60_000);
        if (sleeps.length === 3) smp.state.hasSources = true;
        if (sleeps.length === 5) abort.abort(new Error('enough'));
        await clock.sleep(delayMs, sleeper);
      },
    },
  });
  await expect(agent.run(abort.signal)).rejects.toThrow('enough');
  expect(sleeps).toEqual([3, 6, 12, 60, 60]);
  const times = smp.questions.flatMap((text) => /totalTime="(\d+)"/.exec(text)?.[1] ?? []);
  expect(times).toEqual(['0', '3', '9', '21', '0']);
  expect(await readdir(join(agentFolders(folder).package(PACKAGE_ID), 'cache'))).toHaveLength(2);
});

/** Never by itself; rejects with the signal's reason, as a clock does. */
function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason as Error);
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

test('server names make file names', () => {
  expect(serverName('http://SMP1.example/x')).toBe('smp1.example');
  expect(serverName('https://smp1.example:8443')).toBe('smp1.example_8443');
  expect(serverName('http://[2001:db8::1]:80')).toBe('2001_db8__1');
});
