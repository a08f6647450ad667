// Health is asked every few seconds: the log has when a check begins to fail and when it passes again.
import { silentLogger, type Logger } from '../../../core/logger.ts';
import { systemClock } from '../../../core/clock.ts';
import { Health } from '../../../server/http/health.ts';

test('a check that fails is logged when it begins and when it ends, whoever asks how often', async () => {
  const logged: unknown[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, text) => void logged.push([text, fields]),
    info: (fields, text) => void logged.push([text, fields]),
  };
  const health = new Health(systemClock, logger);
  let message: string | undefined;
  let isBroken = false;
  const error = new Error('secret host name');
  const run = (): string | undefined => {
    if (isBroken) throw error;
    return message;
  };
  health.add('ready', { name: 'database', run });
  const read = async () => (await health.read('ready')).find(({ name }) => name === 'database');
  expect(await read()).toEqual({ name: 'database', ok: true });
  message = 'It is away.';
  expect(await read()).toEqual({ name: 'database', ok: false, message });
  await read();
  message = undefined;
  await read();
  isBroken = true;
  const masked = 'The check failed; the log has the reason.';
  expect(await read()).toEqual({ name: 'database', ok: false, message: masked });
  await read();
  expect(logged).toEqual([
    ['A health check fails.', { check: 'database', message: 'It is away.' }],
    ['A health check passes again.', { check: 'database' }],
    ['A health check fails.', { check: 'database', error }],
  ]);
});
