// The SMP's time goes on while it is away for days, whatever the clock of this machine does meanwhile.
import { ServerClock } from '../../../core/server-clock.ts';
import { SettableClock } from '../package-server/world.ts';

const DAY_MS = 24 * 60 * 60_000;
const SERVER_MS = 1_800_000_000_000;

test.each([-3 * 365 * DAY_MS, -1, 0, 10 * 365 * DAY_MS])(
  'a local clock that jumps by %i ms changes nothing',
  (jumpMs) => {
    const clock = new SettableClock();
    const serverClock = new ServerClock(clock);
    expect(serverClock.isKnown).toBe(false);
    serverClock.observe(SERVER_MS);
    clock.advance(2 * DAY_MS);
    clock.wallMs += jumpMs;
    clock.advance(3 * DAY_MS);
    expect(serverClock.isKnown).toBe(true);
    expect(serverClock.nowMs()).toBe(SERVER_MS + 5 * DAY_MS);
  },
);

test('what is no time is not taken over', () => {
  const clock = new SettableClock();
  const serverClock = new ServerClock(clock);
  serverClock.observe(Number.NaN);
  expect(serverClock.isKnown).toBe(false);
  expect(serverClock.nowMs()).toBe(clock.nowMs());
});
