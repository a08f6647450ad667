// Shows: requests are signed by the SMP's time, which one refusal is enough to learn.
import { verifyRequest } from '../../../core/http-signature.ts';
import { toGuid } from '../../../core/guid.ts';
import { generateIdentity } from '../../../core/identity.ts';
import { systemRandom } from '../../../core/random.ts';
import { ServerClock } from '../../../core/server-clock.ts';
import { createRequestSigner } from '../../../core/request-signer.ts';
import { SettableClock } from '../package-server/world.ts';

const packageServerId = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');

test('a clock that is wrong by years costs one refusal', async () => {
  const identity = generateIdentity();
  const smpTimeMs = 1_700_000_000_000;
  const clock = new SettableClock();
  clock.wallMs = smpTimeMs - 5 * 365 * 86_400_000;
  const serverClock = new ServerClock(clock);
  const statuses: number[] = [];
  const signer = createRequestSigner({
    id: packageServerId,
    speaker: 'PACKAGE_SERVER',
    identity,
    serverClock,
    random: systemRandom,
    fetch: ((url: string, init: RequestInit) => {
      const { host, pathname, search } = new URL(url);
      const headers = Object.fromEntries(new Headers(init.headers));
      try {
        verifyRequest(
          { method: init.method!, authorities: [host], target: pathname + search, headers },
          { publicKeyOf: () => identity.publicKey, nowMs: smpTimeMs },
        );
        statuses.push(200);
      } catch {
        statuses.push(401);
      }
      const status = statuses.at(-1)!;
      return Promise.resolve(
        new Response('{}', { status, headers: { 'x-canopy-time': String(smpTimeMs) } }),
      );
    }) as never,
  });
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' };
  expect((await signer.fetch('http://smp.test/graphql', post)).status).toBe(200);
  expect((await signer.fetch('http://smp.test/graphql', post)).status).toBe(200);
  expect(statuses).toEqual([401, 200, 200]);
  expect(serverClock.nowMs()).toBe(smpTimeMs);
  clock.advance(5_000);
  expect(serverClock.nowMs()).toBe(smpTimeMs + 5_000);
});
