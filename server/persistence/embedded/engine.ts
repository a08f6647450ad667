import type { Duplex } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';
import { siblingModule } from '../../../core/module-url.ts';
import type { EngineReport, EngineRequest, EngineWorkerData } from './engine-protocol.ts';
import { MessagePortStream } from './message-port-stream.ts';

export interface EmbeddedEngineOptions {
  /** A PostgreSQL data directory, made by `ensureCluster`. */
  readonly directory: string;
  /** Flush each commit to the device; without it commits survive only the process. */
  readonly durable: boolean;
  readonly idleOwnerLimitMs: number;
  /** The engine died; connections are closed and the process should restart. */
  readonly onFatal: (error: Error) => void;
}

/** PostgreSQL compiled to WebAssembly, in a worker thread, reached by its wire protocol. */
export interface EmbeddedEngine {
  /** A new connection, for the `stream` option of the `pg` driver. */
  stream(): Duplex;
  /** Files flushed to the device since the start; stays 0 when not durable. */
  fsyncCount(): number;
  /** Checkpoints, closes and ends the worker. Connections must be closed before. */
  close(): Promise<void>;
}

/** Resolves when the engine has recovered and takes connections. */
export async function openEmbeddedEngine(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
  const fsyncCounter = new SharedArrayBuffer(4);
  const data: EngineWorkerData = {
    directory: options.directory,
    durable: options.durable,
    idleOwnerLimitMs: options.idleOwnerLimitMs,
    fsyncCounter,
  };
  const worker = new Worker(siblingModule(import.meta.url, './engine-worker'), {
    workerData: data,
  });
  const request = (message: EngineRequest): void =>
    worker.postMessage(message, message.type === 'connect' ? [message.port] : []);
  const ended = watchWorker(worker);
  await ended.ready;
  let closing = false;
  void ended.exit.then((failure) => {
    if (!closing) options.onFatal(failure ?? new Error('the embedded engine stopped by itself'));
  });
  return {
    stream: () =>
      new MessagePortStream(() => {
        const { port1, port2 } = new MessageChannel();
        request({ type: 'connect', port: port2 });
        return port1;
      }),
    fsyncCount: () => Atomics.load(new Int32Array(fsyncCounter), 0),
    close: async () => {
      if (closing) return;
      closing = true;
      request({ type: 'close' });
      const failure = await ended.exit;
      if (failure) throw failure;
    },
  };
}

/** `exit` answers the failure that ended the worker, or nothing after an orderly close. */
function watchWorker(worker: Worker): {
  readonly ready: Promise<void>;
  readonly exit: Promise<Error | undefined>;
} {
  let failure: Error | undefined;
  let closed = false;
  const ready = Promise.withResolvers<void>();
  const exit = Promise.withResolvers<Error | undefined>();
  worker.on('message', (report: EngineReport) => {
    if (report.type === 'ready') ready.resolve();
    if (report.type === 'closed') closed = true;
    if (report.type === 'fatal') failure = new Error(`embedded engine failed: ${report.message}`);
  });
  worker.on('error', (error) => (failure = error as Error));
  worker.on('exit', () => {
    const reason = failure ?? (closed ? undefined : new Error('embedded engine exited'));
    ready.reject(reason ?? new Error('embedded engine closed while starting'));
    exit.resolve(reason);
  });
  return { ready: ready.promise, exit: exit.promise };
}
