// A busy source is asked again when it said, no sooner and not for ever, and told who asks.
import { toGuid } from '../../../core/guid.ts';
import type { HttpRequest } from '../../../delivery/http-transport.ts';
import { politeTransport } from '../../../package-server/polite-transport.ts';
import { systemClock } from '../../../core/clock.ts';

const ID = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');

function sourceThat(...answers: readonly (readonly [number, string?])[]) {
  const asked: (string | undefined)[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const ask = politeTransport({
    packageServerId: ID,
    transport: async (_, { headers }) => {
      asked.push(headers['x-sma-id']);
      const [status, retryAfter] = left.shift()!;
      return new Response('', { status, headers: retryAfter ? { 'retry-after': retryAfter } : {} });
    },
    clock: {
      ...systemClock,
      sleep: async (delayMs) => void waits.push(delayMs),
    },
    random: { fraction: () => 0 } as never,
  });
  return {
    ask: (more: Partial<HttpRequest> = {}) =>
      ask('http://source.test/file', {
        headers: {},
        signal: new AbortController().signal,
        ...more,
      }),
    asked,
    waits,
  };
}

test.each([503, 429])('%i with Retry-After is repeated after that time', async (status) => {
  const source = sourceThat([status, '2'], [200]);
  expect((await source.ask()).status).toBe(200);
  expect(source.waits).toEqual([2_000]);
  expect(source.asked).toEqual([ID, ID]);
});

test.each([
  ['no time named', [[503]], 503],
  ['a long time', [[503, '60']], 503],
  ['another refusal', [[404, '1']], 404],
] as const)('%s is for the caller', async (_, answers, status) => {
  const source = sourceThat(...answers);
  expect((await source.ask()).status).toBe(status);
  expect(source.waits).toEqual([]);
});

test('after three times it is for the caller too', async () => {
  const source = sourceThat([503, '1'], [503, '1'], [503, '1'], [200]);
  expect((await source.ask()).status).toBe(503);
  expect(source.asked).toHaveLength(3);
});

test('a refused question with a body is for the caller at once', async () => {
  const source = sourceThat([503, '1'], [200]);
  expect((await source.ask({ method: 'POST', body: '{}' })).status).toBe(503);
  expect(source.waits).toEqual([]);
});
