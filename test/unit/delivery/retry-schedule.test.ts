// Shows the waits between attempts: 3, 6, 12, 24, 48, 96, 120 minutes, then 120; progress resets.
import { retryUntilDone, type Attempt } from '../../../delivery/retry-schedule.ts';
import { leapingClock } from './support.ts';

const idle: Attempt<string> = { done: false, progressed: false, reason: 'no source' };
const news: Attempt<string> = { done: false, progressed: true, reason: 'half of it' };
const done: Attempt<string> = { done: true, result: 'here' };

async function minutesBetween(attempts: Attempt<string>[]): Promise<number[]> {
  const clock = leapingClock();
  const { signal } = new AbortController();
  const left = [...attempts];
  const result = await retryUntilDone({ clock, signal, attempt: async () => left.shift()! });
  expect(result).toBe('here');
  return clock.sleeps.map((ms) => ms / 60_000);
}

test('without progress the waits double up to two hours and stay there', async () => {
  const attempts = [...Array.from({ length: 9 }, () => idle), done];
  expect(await minutesBetween(attempts)).toEqual([3, 6, 12, 24, 48, 96, 120, 120, 120]);
});

test('any progress goes back to three minutes', async () => {
  expect(await minutesBetween([idle, idle, idle, news, idle, idle, done])).toEqual([
    3, 6, 12, 3, 6, 12,
  ]);
});

test('a server that asks for more time gets it; one that asks for less does not', async () => {
  const busy = (retryAfterMs: number): Attempt<string> => ({
    ...idle,
    done: false,
    progressed: false,
    reason: 'busy',
    retryAfterMs,
  });
  expect(await minutesBetween([busy(600_000), busy(1_000), done])).toEqual([10, 6]);
});

test('the attempt learns how long it has been going on', async () => {
  const clock = leapingClock();
  const times: number[] = [];
  await retryUntilDone({
    clock,
    signal: new AbortController().signal,
    attempt: async (tryingForMs) => {
      times.push(tryingForMs / 60_000);
      return times.length < 4 ? idle : done;
    },
  });
  expect(times).toEqual([0, 3, 9, 21]);
});

test('an abort ends the waiting with its reason', async () => {
  const abort = new AbortController();
  const waiting = retryUntilDone({
    clock: leapingClock(),
    signal: abort.signal,
    attempt: async () => idle,
    onWait: () => abort.abort(new Error('enough')),
  });
  await expect(waiting).rejects.toThrow('enough');
});
