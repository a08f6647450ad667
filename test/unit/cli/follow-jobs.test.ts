// Shows: waiting for jobs ends as they end, in time, or with the way to go on waiting.
import { subscribe, type ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { SCHEMA, startFakeSmp, type FakeSmp } from './fake-smp.ts';
import { createOutside, type Outside } from './support.ts';

const ID = '2b6f0c1e-7f0b-4c39-9d5e-0d7c1f1f4a11';
const AT = '2026-03-01T12:00:00.000Z';
let smp: FakeSmp;
let stopSockets: () => Promise<void>;
let outside: Outside;
let states: string[];

const job = (state: string, done: number) => ({
  __typename: 'Job',
  id: ID,
  guid: ID,
  kind: 'DISTRIBUTION_POINT_UPDATE',
  unit: 'BYTES',
  total: 100,
  filesDone: 0,
  filesTotal: 0,
  message: state === 'FAILED' ? 'The disk is full.' : '',
  problems: [],
  attempts: 1,
  createdAt: AT,
  state,
  done,
});

async function* jobUpdated() {
  for (const [index, state] of states.entries()) yield { jobUpdated: job(state, 40 * index) };
  await new Promise(() => undefined);
}

beforeAll(async () => {
  smp = await startFakeSmp();
  const sockets = new WebSocketServer({ server: smp.server, path: '/graphql' });
  const run = (args: unknown) => subscribe(args as ExecutionArgs);
  const roots = { subscription: { jobUpdated } };
  const disposable = useServer({ schema: SCHEMA, roots, subscribe: run }, sockets);
  stopSockets = async () => disposable.dispose();
});
afterAll(async () => {
  await stopSockets();
  await smp.close();
});
beforeEach(async () => {
  outside = await createOutside({ environment: { CANOPY_URL: smp.url } });
  smp.answers = {
    'UpdateDistributionPointsPayload.jobs': [job('QUEUED', 0)],
    job: job('QUEUED', 0),
  };
});
afterEach(() => outside.remove());

test('--wait follows the job to its end and prints what became of it', async () => {
  states = ['RUNNING', 'RUNNING', 'SUCCEEDED'];
  expect(await outside.run('package', 'udp', '--all', '--wait', '-o', 'json')).toBe(0);
  expect(JSON.parse(outside.stdout)).toMatchObject([{ state: 'SUCCEEDED', done: 80 }]);
  expect(outside.stderr).toBe('');
});

test('a job that fails fails the command', async () => {
  states = ['RUNNING', 'FAILED'];
  expect(await outside.run('job', 'watch', ID)).toBe(1);
  expect(outside.stderr).toContain('The disk is full.');
});

test('--timeout ends with 124 and the command to go on; the job is left alone', async () => {
  states = ['RUNNING'];
  expect(await outside.run('package', 'udp', '--all', '--wait', '--timeout', '200ms')).toBe(124);
  expect(outside.stderr).toContain(`canopy job watch ${ID}`);
});

test('a terminal gets one line that is drawn over', async () => {
  await outside.remove();
  outside = await createOutside({ environment: { CANOPY_URL: smp.url }, terminal: true });
  states = ['RUNNING', 'SUCCEEDED'];
  expect(await outside.run('job', 'watch', ID)).toBe(0);
  expect(outside.stderr).toContain('\r\u001b[K██████████░');
  expect(outside.stderr.endsWith('\r\u001b[K')).toBe(true);
});
