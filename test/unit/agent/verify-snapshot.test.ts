// Shows that no altered, foreign or unsigned snapshot is taken, and that a pinned owner stays.
import { readFile, writeFile } from 'node:fs/promises';
import { agentFolders } from '../../../agent/agent-folders.ts';
import { generateIdentity } from '../../../core/identity.ts';
import { Cleanup, noise } from '../delivery/support.ts';
import { PACKAGE_ID, request, startAgent, startSmp, VERSION, type TestSmp } from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const files = { 'setup.exe': noise(5_000), 'other.txt': Buffer.from('other') };

const TAMPERINGS: Record<string, (smp: TestSmp) => void> = {
  'a changed hash': ({ state }) =>
    void (state.tamper = (xml) =>
      xml.replace(/fileHash="[^"]{44}"/, `fileHash="${Buffer.alloc(32).toString('base64')}"`)),
  'a changed name': ({ state }) =>
    void (state.tamper = (xml) => xml.replace('setup.exe', 'malware.exe')),
  'a file left out': ({ state }) =>
    void (state.tamper = (xml) => xml.replace(/<File name="other[^>]*>/, '')),
  'another version': ({ state }) =>
    void (state.tamper = (xml) => xml.replace(/PkgVersion="\d+"/, `PkgVersion="${VERSION + 1}"`)),
  'a key that is not the named one': ({ state }) => {
    state.owner = { ...state.owner!, publicKey: generateIdentity().publicKey };
  },
  'a signature by someone else': ({ state }) => {
    state.owner = { ...state.owner!, sign: generateIdentity().sign };
  },
  'no key that is known': ({ state }) => void (state.sendsKey = false),
  'no signature': ({ state }) => void (state.owner = undefined),
};

test.each(Object.entries(TAMPERINGS))('%s: refused, nothing fetched', async (_name, tamper) => {
  const smp = await startSmp(cleanup, files);
  tamper(smp);
  const { agent } = await startAgent(cleanup, smp);
  await expect(agent.fetchPackage(request)).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_TRUSTED' });
  expect(smp.requests.filter(({ path }) => path.startsWith('files/'))).toEqual([]);
});

test('the owner is pinned at first use: another key is refused', async () => {
  const smp = await startSmp(cleanup, files);
  const { agent, folder } = await startAgent(cleanup, smp);
  expect((await agent.fetchPackage(request)).state).toBe('RECEIVED');
  smp.state.sendsKey = false;
  expect((await agent.fetchPackage(request)).state).toBe('HERE');
  const first = smp.state.owner!;
  smp.state.owner = generateIdentity();
  smp.state.sendsKey = true;
  await expect(agent.fetchPackage(request)).rejects.toMatchObject({
    message: expect.stringContaining(`; before, it was by ${first.nodeId}.`),
    problems: [{ hint: expect.stringContaining('trusted-owners.json') }],
  });
  const pins = agentFolders(folder).trustedOwners;
  expect(JSON.parse(await readFile(pins, 'utf8'))).toEqual({
    [`127.0.0.1_${new URL(smp.origin).port}`]: {
      [PACKAGE_ID]: { nodeId: first.nodeId, publicKey: first.publicKey },
    },
  });
  await writeFile(pins, '{}');
  expect((await agent.fetchPackage(request)).state).toBe('HERE');
});

test('unsigned snapshots need the permission, and never replace signed ones', async () => {
  const smp = await startSmp(cleanup, files);
  const signedBy = smp.state.owner;
  smp.state.owner = undefined;
  const { agent } = await startAgent(cleanup, smp, { allowUnsigned: true });
  expect((await agent.fetchPackage(request)).state).toBe('RECEIVED');
  smp.state.owner = signedBy;
  expect((await agent.fetchPackage(request)).state).toBe('HERE');
  smp.state.owner = undefined;
  await expect(agent.fetchPackage(request)).rejects.toMatchObject({
    message: expect.stringContaining('is not signed; before,'),
  });
});

test('a snapshot without hashes cannot be verified, whatever is permitted', async () => {
  const smp = await startSmp(cleanup, files);
  smp.state.owner = undefined;
  smp.state.tamper = (xml) => xml.replace(/ fileHash="[^"]*"/g, '');
  const { agent } = await startAgent(cleanup, smp, { allowUnsigned: true });
  await expect(agent.fetchPackage(request)).rejects.toMatchObject({
    code: 'SNAPSHOT_NOT_TRUSTED',
    message: expect.stringContaining('has no hash for'),
  });
});
