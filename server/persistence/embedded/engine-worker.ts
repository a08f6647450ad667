import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { systemClock } from '../../../core/clock.ts';
import { DurableNodeFs } from './durable-node-fs.ts';
import type { EngineRequest, EngineReport, EngineWorkerData } from './engine-protocol.ts';
import { queryMessage } from './frontend-messages.ts';
import { SessionSharing } from './session-sharing.ts';

/**
 * Kept small because the engine has no background processes: WAL is bounded by the maintenance
 * task, and the sizes here let a checkpoint give segments back.
 */
const START_PARAMETERS = ['shared_buffers=16MB', 'max_wal_size=64MB', 'min_wal_size=32MB'];
/** `fdatasync` and `open_sync` are not implemented by the file layer; `fsync` is. */
const DURABLE_PARAMETERS = ['fsync=on', 'wal_sync_method=fsync'];

const { directory, durable, idleOwnerLimitMs, fsyncCounter } = workerData as EngineWorkerData;
const fsyncs = new Int32Array(fsyncCounter);

const engine = await openEngine();
const sharing = new SessionSharing({
  execute: (bytes, onRawData) =>
    engine.execProtocolRawStream(bytes, { syncToFs: false, onRawData }),
  clock: systemClock,
  idleOwnerLimitMs,
  onFatal: (error) => {
    report({ type: 'fatal', message: String((error as Error).message) });
    process.exit(1);
  },
});

parentPort!.on('message', (request: EngineRequest) => {
  if (request.type === 'connect') serve(request.port);
  else void close();
});
report({ type: 'ready' });

async function openEngine(): Promise<PGlite> {
  const settings = [...START_PARAMETERS, ...(durable ? DURABLE_PARAMETERS : [])];
  const defaults = PGlite.defaultStartParams.filter((flag) => !durable || flag !== '-F');
  const opened = await PGlite.create({
    fs: durable
      ? new DurableNodeFs(directory, () => Atomics.add(fsyncs, 0, 1))
      : new NodeFS(directory),
    startParams: [...defaults, ...settings.flatMap((setting) => ['-c', setting])],
  });
  if (durable) await proveDurability(opened);
  return opened;
}

/** A checkpoint must flush; an engine that does not is not what this server says it is. */
async function proveDurability(opened: PGlite): Promise<void> {
  const before = Atomics.load(fsyncs, 0);
  await opened.execProtocolRaw(queryMessage('CHECKPOINT'), { syncToFs: false });
  if (Atomics.load(fsyncs, 0) === before) throw new Error('the embedded engine does not flush');
}

function serve(port: MessagePort): void {
  const connection = sharing.connect({
    send: (bytes) => {
      const copy = Uint8Array.from(bytes);
      port.postMessage(copy, [copy.buffer]);
    },
    close: () => port.close(),
  });
  port.on('message', (bytes: Uint8Array) => connection.receive(bytes));
  port.on('close', () => connection.disconnect());
}

async function close(): Promise<void> {
  await engine.execProtocolRaw(queryMessage('CHECKPOINT'), { syncToFs: false });
  await engine.close();
  report({ type: 'closed' });
  process.exit(0);
}

function report(message: EngineReport): void {
  parentPort!.postMessage(message);
}
