import pg from 'pg';
import type { Wakeups } from '../../catalog/ports.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { ConnectionOptions } from './connection.ts';

const RETRY_DELAY_MS = 1_000;

export interface ChangeListenerOptions {
  readonly connection: ConnectionOptions;
  readonly wakeups: Wakeups;
  /** Of this process, whose own commits have woken already. */
  readonly run: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Turns the database's `canopy_change` notifications of other processes into wake-ups.
 * A lost connection is opened again; each opening wakes too, for what was missed meanwhile.
 */
export function listenForChanges(options: ChangeListenerOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = listen(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort(new Error('listener stopped'));
      await running;
    },
  };
}

async function listen(options: ChangeListenerOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await listenOnce(options, signal);
    } catch (error) {
      options.logger.warn({ error }, 'the change listener lost the database and reconnects');
    }
    if (signal.aborted) return;
    await options.clock.sleep(RETRY_DELAY_MS, signal).catch(() => undefined);
  }
}

/** Resolves when `signal` aborts; rejects when the connection fails or ends. */
async function listenOnce(options: ChangeListenerOptions, signal: AbortSignal): Promise<void> {
  const client = new pg.Client(options.connection as pg.ClientConfig);
  const ended = Promise.withResolvers<void>();
  client.on('error', ended.reject);
  client.on('end', () => ended.reject(new Error('the connection ended')));
  client.on('notification', ({ payload }) => {
    if (payload !== options.run) options.wakeups.notify();
  });
  const stop = (): void => ended.resolve();
  signal.addEventListener('abort', stop, { once: true });
  // Handled below; until then a failure must not count as unhandled.
  ended.promise.catch(() => undefined);
  try {
    await client.connect();
    await client.query('listen canopy_change');
    options.wakeups.notify();
    if (!signal.aborted) await ended.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}
