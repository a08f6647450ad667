// Sockets are cut when they do not answer, take nothing for too long, or their token ended.
import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { sleepBy, type Clock } from '../../../core/clock.ts';
import { withinDeadline } from '../../../server/graphql/deadline.ts';
import { SocketWatch } from '../../../server/graphql/socket-watch.ts';
import { LIMITS } from '../../../server/limits.ts';

/** A clock that moves when told, and a socket that notes what is done to it. */
function stage(recheck: () => Promise<void> = async () => undefined) {
  let nowMs = 0;
  let sleepers: { wakeAtMs: number; wake: () => void }[] = [];
  const after: Clock['after'] = (delayMs, wake) => {
    const sleeper = { wakeAtMs: nowMs + delayMs, wake };
    sleepers.push(sleeper);
    return () => void (sleepers = sleepers.filter((one) => one !== sleeper));
  };
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after,
    sleep: sleepBy(after),
  };
  const done: string[] = [];
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    ping: () => done.push('ping'),
    terminate: () => {
      socket.readyState = 2;
      done.push('terminate');
    },
    close: (code: number) => done.push(`close ${code}`),
  });
  const sockets = new Set([socket as unknown as WebSocket]);
  const watch = new SocketWatch({ sockets, clock, recheck });
  const advance = async (byMs: number): Promise<void> => {
    for (const endMs = nowMs + byMs; nowMs < endMs;) {
      nowMs += 1_000;
      const due = sleepers.filter(({ wakeAtMs }) => wakeAtMs <= nowMs);
      sleepers = sleepers.filter((one) => !due.includes(one));
      for (const { wake } of due) wake();
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
  };
  return { watch, socket, done, advance, clock, start: () => watch.start([...sockets][0]!) };
}

const { pingIntervalMs, bufferedBytes, bufferedForMs } = LIMITS.webSocket;

test('a peer that answers its pings stays, one that does not is cut', async () => {
  const { start, socket, done, advance } = stage();
  start();
  await advance(pingIntervalMs + 2_000);
  expect(done).toEqual(['ping']);
  socket.emit('pong');
  await advance(pingIntervalMs + 2_000);
  expect(done).toEqual(['ping', 'ping']);
  await advance(pingIntervalMs + 2_000);
  expect(done).toEqual(['ping', 'ping', 'terminate']);
});

test('a peer that takes nothing for too long is cut, one that catches up is not', async () => {
  const { start, socket, done, advance } = stage();
  start();
  socket.bufferedAmount = bufferedBytes + 1;
  await advance(bufferedForMs - 2_000);
  socket.bufferedAmount = 0;
  await advance(2_000);
  expect(done).not.toContain('terminate');
  socket.bufferedAmount = bufferedBytes + 1;
  socket.emit('pong');
  await advance(bufferedForMs + 4_000);
  expect(done).toContain('terminate');
});

test('a silent socket whose token ended is closed with 4403', async () => {
  const { start, done, advance } = stage(async () => {
    throw new Error('revoked');
  });
  start();
  await advance(pingIntervalMs + 2_000);
  expect(done).toEqual(['ping', 'close 4403']);
});

test('an operation that takes too long ends as TIMEOUT; one in time is answered', async () => {
  const { clock, advance } = stage();
  const endless = withinDeadline(clock, new Promise<never>(() => undefined));
  const code = endless.catch((error: { code: string }) => error.code);
  await advance(LIMITS.graphql.executionTimeoutMs + 1_000);
  expect(await code).toBe('TIMEOUT');
  expect(await withinDeadline(clock, Promise.resolve(7))).toBe(7);
});
