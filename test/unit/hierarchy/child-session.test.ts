// One open link as the parent keeps it: how far it may send, when it goes on, and what is asked of it.
import { LinkSessions } from '../../../catalog/link-sessions.ts';
import { systemRandom } from '../../../core/random.ts';
import { ChildSession, PAGES_IN_FLIGHT } from '../../../hierarchy/link/child-session.ts';
import { OperationQueue, OPERATIONS_IN_FLIGHT } from '../../../hierarchy/link/operation-queue.ts';
import { HandClock } from '../../support/hand-clock.ts';

function aSession(cursor = 'start') {
  const clock = new HandClock();
  const links = new LinkSessions(clock);
  const link = links.open({ id: systemRandom.guid(), name: 'child', bootCounter: 1 });
  return { clock, session: new ChildSession(link, clock, cursor) };
}

test('four pages may be on their way; an acknowledgement covers those before it', () => {
  const { session } = aSession();
  for (let page = 1; page <= PAGES_IN_FLIGHT; page++) {
    expect(session.readFrom).toBe(page === 1 ? 'start' : `page ${page - 1}`);
    session.looking();
    session.sent(`page ${page}`, true);
    session.looked();
  }
  expect(session.readFrom).toBeUndefined();
  session.acknowledge('page 3');
  expect(session.readFrom).toBe(`page ${PAGES_IN_FLIGHT}`);
  expect(session.acknowledgedCursor).toBe('page 3');
});

test('what wakes during a look is looked for again', () => {
  const { session } = aSession();
  session.looking();
  session.wake();
  session.sent('page 1', false);
  session.looked();
  expect(session.readFrom).toBe('page 1');
  session.looking();
  expect(session.readFrom).toBeUndefined();
  expect(session.isCaughtUp).toBe(false);
  session.acknowledge('page 1');
  // The look is not over: it may still find something.
  expect(session.isCaughtUp).toBe(false);
  session.looked();
  expect(session.isCaughtUp).toBe(true);
});

test('news are used once, and not by who asked for a look of its own', () => {
  const { session } = aSession();
  const position = { epoch: 'e', run: 'r', revision: 1 };
  const news = { after: position, states: [], upTo: 2 };
  session.wake(news);
  // Nobody has looked yet: what is before the news is not known.
  expect(session.looking()).toBeUndefined();
  session.looked();
  session.wake(news);
  expect(session.looking()).toBe(news);
  session.looked();
  void session.catchUp();
  session.wake(news);
  expect(session.looking()).toBeUndefined();
  session.looked();
  session.wake(news);
  session.wake();
  expect(session.looking()).toBeUndefined();
});

test('who waits hears when the child has everything, has compared, or is gone', async () => {
  const { session } = aSession();
  const heard: string[] = [];
  const hear = (what: string, promise: Promise<void>) =>
    promise.then(
      () => heard.push(what),
      (error: Error) => heard.push(`${what}: ${error.message}`),
    );
  const caughtUp = hear('caught up', session.catchUp());
  session.looking();
  session.sent('page 1', false);
  session.looked();
  expect(heard).toEqual([]);
  session.acknowledge('page 1');
  await caughtUp;
  const compared = hear('compared', session.requestComparison());
  expect(session.takeComparisonRequest()).toBe(true);
  session.comparing('REQUESTED');
  const second = hear('second', session.requestComparison());
  session.acknowledge('of the comparison');
  await compared;
  expect(heard).toEqual(['caught up', 'compared']);
  session.end('It broke.');
  await second;
  expect(heard.at(-1)).toBe('second: The link ended: It broke.');
});

test('a comparison ends with a cursor of its own, not with pages that were on their way', () => {
  const { session } = aSession();
  session.looking();
  session.sent('page 1', true);
  session.looked();
  session.comparing('REQUESTED');
  session.acknowledge('page 1');
  expect(session.readFrom).toBeUndefined();
  session.acknowledge('compared');
  expect(session.readFrom).toBe('compared');
  session.comparing('REQUESTED');
  expect(session.readFrom).toBeUndefined();
  // Nothing was committed since the comparison before it: the cursor is the same.
  session.acknowledge('compared');
  expect(session.readFrom).toBe('compared');
});

test('the cursor of a comparison stands for the pages that are in flight too', async () => {
  const { session } = aSession();
  session.looking();
  session.sent('page 1', false);
  session.looked();
  const compared = session.requestComparison();
  session.takeComparisonRequest();
  session.comparing('REQUESTED');
  session.acknowledge('compared');
  await compared;
  session.looking();
  session.looked();
  expect(session.isCaughtUp).toBe(true);
});

test('the last acknowledgement again changes nothing', () => {
  const { session } = aSession();
  session.looking();
  session.sent('page 1', false);
  session.looked();
  session.acknowledge('page 1');
  session.acknowledge('page 1');
  expect(session.isCaughtUp).toBe(true);
});

const assertion = {
  askerNodeId: 'a',
  user: 'ann',
  role: 'VIEWER' as const,
  operationHash: '',
  targetNodeId: 'b',
  expiresAtMs: 1,
  signature: '',
};
const request = (id: string) => ({ id, query: '{ smp { id } }', variables: {}, assertion });
const nobodyGoes = new AbortController().signal;

test('operations are told once, with the time that is left, and more than 32 are refused', async () => {
  const clock = new HandClock();
  const queue = new OperationQueue(clock, () => undefined);
  const asked = Array.from({ length: OPERATIONS_IN_FLIGHT }, (_, index) =>
    queue.ask(request(String(index)), 5_000, nobodyGoes),
  );
  await expect(queue.ask(request('one more'), 5_000, nobodyGoes)).rejects.toMatchObject({
    code: 'BUSY',
    retryAfterMs: expect.any(Number) as number,
  });
  await clock.advance(1_200);
  const told = queue.take();
  expect(told).toHaveLength(OPERATIONS_IN_FLIGHT);
  expect(told[0]).toMatchObject({ kind: 'OPERATION', operation: { id: '0', timeoutMs: 3_800 } });
  expect(queue.take()).toEqual([]);
  const answer = { id: '0', status: 'OK' as const, data: {}, errors: [], prunedFields: [] };
  queue.answer(answer);
  expect(await asked[0]).toBe(answer);
  await clock.advance(4_000);
  expect(await asked[1]).toBe('TIMEOUT');
  expect(queue.take()).toHaveLength(OPERATIONS_IN_FLIGHT - 1);
  queue.answer(answer);
  queue.close();
  expect(await queue.ask(request('after'), 1, nobodyGoes)).toBe('UNREACHABLE');
});
