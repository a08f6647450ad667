// Shows: scripts for four shells, and completion of commands, values and names from the server.
import { startFakeSmp, type FakeSmp } from './fake-smp.ts';
import { createOutside, type Outside } from './support.ts';

let smp: FakeSmp;
let outside: Outside;
const lines: string[] = [];
const { log } = console;

beforeAll(async () => {
  smp = await startFakeSmp();
});
afterAll(() => smp.close());
beforeEach(async () => {
  outside = await createOutside({ environment: { CANOPY_URL: smp.url } });
  // The completion library writes there.
  console.log = (line: string) => void lines.push(line);
});
afterEach(async () => {
  console.log = log;
  lines.length = 0;
  smp.asked.length = 0;
  await outside.remove();
});

async function complete(...words: string[]): Promise<string[]> {
  lines.length = 0;
  expect(await outside.run('complete', '--', ...words)).toBe(0);
  return lines.slice(0, -1).map((line) => line.split('\t')[0]!);
}

test.each(['bash', 'zsh', 'fish', 'powershell'])('a script for %s', async (shell) => {
  expect(await outside.run('completion', shell)).toBe(0);
  expect(lines.join('\n')).toMatch(/canopy complete '?--/);
});

test('another shell is wrong usage', async () => {
  expect(await outside.run('completion', 'tcsh')).toBe(2);
});

test('nouns, verbs, options and fixed values', async () => {
  expect(await complete('pack')).toContain('package');
  expect(await complete('package', 'update-')).toEqual(['update-distribution-points']);
  expect(await complete('package', 'create', 'x', '--pri')).toEqual(['--priority']);
  expect(await complete('package', 'create', '--priority', '')).toEqual(['low', 'normal', 'high']);
  expect(smp.asked).toEqual([]);
});

test('names come from the server; those that need quotes by their GUID', async () => {
  const guid = '46d50e6e-183c-4d15-9767-ee14ebea5ed4';
  smp.answers = {
    'SiteConnection.nodes': [
      { name: 'Berlin', guid: 'b' },
      { name: 'Head office', guid },
    ],
  };
  expect(await complete('site', 'get', '')).toEqual(['Berlin', guid]);
  expect(await complete('package', 'assign', 'x', '--site', 'Be')).toEqual(['Berlin']);
});

test('neighbours are the parent and the children, and only these are updated', async () => {
  smp.answers = {
    'Smp.parent': { name: 'head', guid: 'h' },
    'Smp.children': [{ name: 'branch', guid: 'b' }],
  };
  expect(await complete('hierarchy', 'replicate', '')).toEqual(['head', 'branch']);
  expect(await complete('hierarchy', 'child', 'update', '')).toEqual(['branch']);
});

test('a server that is away completes nothing and says nothing', async () => {
  const lonely = await createOutside({ environment: { CANOPY_URL: 'http://127.0.0.1:9' } });
  try {
    expect(await lonely.run('complete', '--', 'site', 'get', '')).toBe(0);
    expect(lonely.stderr).toBe('');
  } finally {
    await lonely.remove();
  }
});
