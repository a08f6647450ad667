// Events are taken whole, or quarantined with a reason; only unreadable ones are refused.
import type { StatusEvent } from '../../catalog/inputs.ts';
import { postEventDoor, type QuarantinedMessage } from '../../server/doors/post-event-door.ts';
import { openDoors, type Answer } from './door-harness.ts';

const SERVER = '00000a52-0000-4000-8000-000000000000';
const PACKAGE = '46d50e6e-183c-4d15-9767-ee14ebea5ed4';
const message = (content: string, to = '{f85fe5d9-005a-40ac-b213-944b496405fe}'): string =>
  `<message><to>${to}</to><time>2026-11-20T10:00:00Z</time><body>${content}</body></message>`;
const report = (packages: string): string =>
  message(`<packageServer resource="{${SERVER.toUpperCase()}}">${packages}</packageServer>`);
const READY =
  `<package id="{${PACKAGE.toUpperCase()}}" version="1390562687" status="Codebase Enabled" ` +
  'statusDescription=""><codebase url="http://ps2.example/pkggroup/" snapshot="x"/>' +
  '<codebase url="\\\\ps2\\PkgSvrHostC$\\x\\cache"/></package>';

interface Outcome {
  readonly answer: Answer;
  readonly events: readonly StatusEvent[];
  readonly quarantined: readonly QuarantinedMessage[];
  readonly counted: readonly string[];
}

async function post(
  body: string | Buffer,
  fate: { readonly failure?: Error; readonly refusals?: readonly string[] } = {},
): Promise<Outcome> {
  const events: StatusEvent[] = [];
  const quarantined: QuarantinedMessage[] = [];
  const counted: string[] = [];
  const door = postEventDoor({
    recordStatusEvent: async (event) => {
      if (fate.failure) throw fate.failure;
      events.push(event);
      return { refusals: fate.refusals ?? [] };
    },
    quarantine: { add: (entry) => void quarantined.push(entry) },
    countEvent: (outcome) => counted.push(outcome),
  });
  const harness = await openDoors([door], '10.1.0.11');
  const answer = await harness.ask('/altiris/ns/agent/PostEvent.asp', { method: 'POST', body });
  await harness.close();
  return { answer, events, quarantined, counted };
}

test('a status event is taken', async () => {
  const { answer, events, quarantined, counted } = await post(report(READY));
  expect([answer.status, answer.body]).toEqual([200, 'Event received.\n']);
  expect(events).toEqual([
    {
      packageServerId: SERVER,
      claims: [
        {
          packageId: PACKAGE,
          internalVersion: 1_390_562_687,
          status: 'READY',
          reason: '',
          urls: ['http://ps2.example/pkggroup/', 'FILE://ps2/PkgSvrHostC$/x/cache'],
        },
      ],
    },
  ]);
  expect([quarantined, counted]).toEqual([[], ['taken']]);
});

test('an event for another item is kept aside and answered as queued', async () => {
  const body = message('<inventory/>', '0baba5a1-b08e-4f76-8dfd-a541c7bf8f62');
  const { answer, events, quarantined, counted } = await post(body);
  expect([answer.status, events, counted]).toEqual([200, [], ['quarantined']]);
  expect(quarantined).toEqual([
    {
      door: 'post-event',
      reason: 'No item here takes events for "0baba5a1-b08e-4f76-8dfd-a541c7bf8f62".',
      body: Buffer.from(body),
      remoteAddress: '10.1.0.11',
    },
  ]);
});

test.each([
  ['no XML', 'hello', /cannot be read as XML/],
  ['nothing', '', /cannot be read as XML/],
  ['another document', '<inventory/>', /not a <message>/],
  ['no server', message('<other/>'), /no <packageServer>/],
  ['a server without GUID', message('<packageServer/>'), /no GUID in "resource"/],
  ['a package without GUID', report('<package id="1"/>'), /id "1"/],
  ['no version', report(READY.replace('1390562687', 'new')), /version of \{46D5/],
  ['an unknown status', report(READY.replace('Codebase Enabled', 'Fine')), /"Fine"/],
  ['a strange address', report(READY.replace('http:', 'javascript:')), /neither HTTP/],
  ['a package twice', report(READY + READY), /occurs twice/],
])('with %s it is refused as a whole and kept aside', async (_name, body, reason) => {
  const { answer, events, quarantined, counted } = await post(body);
  expect([answer.status, events, counted]).toEqual([400, [], ['quarantined']]);
  expect(answer.body).toMatch(reason);
  expect(quarantined[0]!.reason).toMatch(reason);
});

test('claims that the catalogue refuses are kept aside with every reason', async () => {
  const refusals = ['There is no package {A}.', 'One of Three has no version 7.'];
  const { answer, quarantined, counted } = await post(report(READY), { refusals });
  expect([answer.status, counted]).toEqual([200, ['quarantined']]);
  expect(quarantined[0]!.reason).toBe(refusals.join(' '));
});

test('a fault of the server is told to the sender, who posts again', async () => {
  const failure = new Error('connection lost');
  const { answer, quarantined, counted } = await post(report(READY), { failure });
  expect([answer.status, quarantined, counted]).toEqual([500, [], []]);
  expect(answer.body).not.toContain('connection lost');
});

test('an event above the limit is refused and not kept', async () => {
  const { answer, quarantined } = await post(Buffer.alloc(64 * 1024 + 1, 'x'));
  expect([answer.status, quarantined]).toEqual([413, []]);
});
