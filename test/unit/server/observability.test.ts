// Secrets never reach the log, its lines cannot be forged, and metrics have stable names.
import { systemClock } from '../../../core/clock.ts';
import { contentUsage } from '../../../server/observability/content-usage.ts';
import { CanopyError } from '../../../core/errors.ts';
import { createMetrics } from '../../../server/observability/metrics.ts';
import { openServerLog } from '../../../server/observability/server-log.ts';

const TOKEN = `canopy_abcdefg2_${'s3cr3t_-'.repeat(5)}abc`;

function logTo(lines: string[], format: 'json' | 'text' = 'json') {
  return openServerLog({ level: 'info', format, write: (line) => lines.push(line) }).logger;
}

test.each([
  ['a header', { headers: { Authorization: 'Bearer hunter2', accept: '*/*' } }, 'hunter2'],
  ['a cookie', { cookie: 'session=hunter2' }, 'hunter2'],
  ['a named token', { request: { accessToken: 'hunter2' } }, 'hunter2'],
  ['a password in a URL', { url: 'postgres://canopy:hunter2@db/canopy' }, 'hunter2'],
  ['a token in a query', { url: '/graphql?token=hunter2&x=1' }, 'hunter2'],
  ['our token anywhere', { detail: [`it was ${TOKEN}.`] }, TOKEN],
  ['an error and its cause', { error: new Error('a', { cause: new Error(TOKEN) }) }, TOKEN],
])('covers %s', (_name, fields, secret) => {
  const lines: string[] = [];
  logTo(lines).info(fields, 'A request came.');
  logTo(lines).child(fields).info({}, 'A request came.');
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain(secret);
  expect(lines.join('')).toContain('[redacted]');
});

test('covers secrets in the message too', () => {
  const lines: string[] = [];
  logTo(lines).error({}, `Token ${TOKEN} at http://u:hunter2@smp/`);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'error',
    message: 'Token [redacted] at http://u:[redacted]@smp/',
  });
});

test('keeps what is not secret: errors, counts of tokens, sizes of bytes', () => {
  const lines: string[] = [];
  const error = new CanopyError('DISK_FULL', 'No room.');
  logTo(lines).warn({ error, tokens: 7, body: Buffer.alloc(9), none: null }, 'It failed.');
  expect(JSON.parse(lines[0]!)).toMatchObject({
    error: { name: 'CanopyError', code: 'DISK_FULL', message: 'No room.' },
    tokens: 7,
    body: '[9 bytes]',
    none: null,
  });
});

test('survives cycles and respects the level', () => {
  const lines: string[] = [];
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  logTo(lines).debug({}, 'Not written.');
  logTo(lines).info({ cycle }, 'Written.');
  expect(lines).toHaveLength(1);
});

test('a line for people is one line, whatever is in it', () => {
  const lines: string[] = [];
  logTo(lines, 'text').info({ path: '/a b', status: 200 }, 'First\nINFO second');
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}First INFO second path="\/a b" status=200\n$/,
  );
});

test('the usage of the content store is measured once a minute, and again after a failure', async () => {
  let nowMs = 0;
  let measured = 0;
  let broken = true;
  const usage = contentUsage(
    {
      usage: async () => {
        measured += 1;
        if (broken) throw new Error('away');
        return { objects: 1, bytes: measured, freeBytes: 0 };
      },
    },
    { ...systemClock, monotonicMs: () => nowMs },
  );
  await expect(usage()).rejects.toThrow('away');
  broken = false;
  expect((await usage()).bytes).toBe(2);
  nowMs = 60_000;
  expect((await usage()).bytes).toBe(2);
  nowMs = 60_001;
  expect((await usage()).bytes).toBe(3);
});

test('metrics carry base units and what the parts answer when read', async () => {
  const metrics = createMetrics();
  metrics.requests.inc({ door: 'graphql', status: 200 });
  metrics.requestSeconds.observe({ door: 'graphql' }, 0.004);
  metrics.connect({
    revision: () => 42,
    readModelLag: () => 1,
    packageServerLinks: () => 1,
    sockets: () => 3,
    parentLink: () => ({ connected: true, lag: 10, reconnects: 11 }),
    childLinks: { openCount: 2, openedCount: 8, largestLag: 9 },
    rejections: () => ({ all: 13, held: 12 }),
    fsyncs: () => 4,
    content: () => Promise.resolve({ bytes: 6, freeBytes: 7 }),
    jobs: () => Promise.resolve([{ kind: 'CONTENT_SWEEP', state: 'QUEUED', count: 5 }]),
  });
  const text = await metrics.render();
  for (const line of [
    'canopy_http_requests_total{door="graphql",status="200"} 1',
    'canopy_http_request_duration_seconds_bucket{le="0.005",door="graphql"} 1',
    'canopy_change_revision 42',
    'canopy_child_links 2',
    'canopy_parent_link_connected 1',
    'canopy_parent_link_pages_waiting 10',
    'canopy_parent_link_ended_total 11',
    'canopy_rejected_items 13',
    'canopy_held_deletions 12',
    'canopy_child_link_lag_revisions 9',
    'canopy_child_links_opened_total 8',
    'canopy_embedded_fsyncs_total 4',
    'canopy_content_bytes{state="stored"} 6',
    'canopy_content_bytes{state="free"} 7',
    'canopy_jobs{kind="CONTENT_SWEEP",state="QUEUED"} 5',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toContain('process_cpu_seconds_total');
});
