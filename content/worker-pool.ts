import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CanopyError, type ErrorCode } from '../core/errors.ts';
import { siblingModule } from '../core/module-url.ts';
import type { PlainError, TaskMessage, TaskRequest, ThreadData } from './hash-worker.ts';
import type { WorkDone } from './task-control.ts';
import type { TaskInput, TaskName, TaskOutput } from './worker-tasks.ts';

export interface RunOptions {
  /** Aborting stops the task at its next block; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: WorkDone) => void) | undefined;
}

interface QueuedTask {
  readonly name: TaskName;
  readonly input: unknown;
  readonly options: RunOptions;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** One thread. */
interface PoolThread {
  readonly worker: Worker;
  /** Shared with it; not zero: stop the task under way. */
  readonly cancelFlag: Int32Array;
}

/** One per core, and four in all. */
const DEFAULT_SIZE = Math.min(4, availableParallelism());

/**
 * Threads for synchronous file work, started when needed, not keeping the process alive while
 * idle. A thread that dies fails its task and is replaced.
 */
export class WorkerPool {
  readonly size: number;
  private readonly idle: PoolThread[] = [];
  private readonly threads = new Set<PoolThread>();
  private readonly queue: QueuedTask[] = [];
  private closed = false;

  constructor(size: number = DEFAULT_SIZE) {
    this.size = size;
  }

  run<K extends TaskName>(
    name: K,
    input: TaskInput<K>,
    options: RunOptions = {},
  ): Promise<TaskOutput<K>> {
    return new Promise<TaskOutput<K>>((resolve, reject) => {
      const done = resolve as (output: unknown) => void;
      this.queue.push({ name, input, options, resolve: done, reject });
      this.startQueued();
    });
  }

  /** Stops all threads where they are; tasks under way or queued are rejected as `NOT_READY`. */
  async close(): Promise<void> {
    this.closed = true;
    for (const task of this.queue.splice(0)) task.reject(closedError());
    await Promise.all([...this.threads].map(({ worker }) => worker.terminate()));
  }

  private startQueued(): void {
    while (this.queue.length > 0) {
      const task = this.queue[0]!;
      const signal = task.options.signal;
      if (this.closed || signal?.aborted) {
        this.queue.shift();
        task.reject(this.closed ? closedError() : signal!.reason);
        continue;
      }
      const thread = this.idle.pop() ?? this.startThread();
      if (!thread) return;
      this.queue.shift();
      this.execute(thread, task);
    }
  }

  private startThread(): PoolThread | undefined {
    if (this.threads.size >= this.size) return undefined;
    const cancelFlag = new Int32Array(new SharedArrayBuffer(4));
    const workerData: ThreadData = { cancelFlag };
    const worker = new Worker(siblingModule(import.meta.url, './hash-worker'), { workerData });
    const thread = { worker, cancelFlag };
    this.threads.add(thread);
    worker.on('exit', () => {
      this.threads.delete(thread);
      const place = this.idle.indexOf(thread);
      if (place >= 0) this.idle.splice(place, 1);
    });
    return thread;
  }

  private execute(thread: PoolThread, task: QueuedTask): void {
    const { worker, cancelFlag } = thread;
    const { signal, onProgress } = task.options;
    Atomics.store(cancelFlag, 0, 0);
    const cancel = (): void => void Atomics.store(cancelFlag, 0, 1);
    const finish = (settle: () => void): void => {
      signal?.removeEventListener('abort', cancel);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
      this.startQueued();
    };
    const release = (): void => {
      worker.unref();
      this.idle.push(thread);
    };
    const onMessage = (message: TaskMessage): void => {
      if (message.kind === 'progress') return onProgress?.(message.done);
      release();
      if (message.kind === 'result') return finish(() => task.resolve(message.output));
      const isCancelled = signal?.aborted === true && message.error.name === 'AbortError';
      finish(() => task.reject(isCancelled ? signal.reason : revivedError(message.error)));
    };
    const onError = (error: unknown): void => {
      this.threads.delete(thread);
      finish(() => task.reject(error));
    };
    const onExit = (): void => {
      this.threads.delete(thread);
      finish(() => task.reject(this.closed ? closedError() : new Error('a worker thread ended')));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    signal?.addEventListener('abort', cancel, { once: true });
    worker.ref();
    const request: TaskRequest = { name: task.name, input: task.input };
    worker.postMessage(request);
  }
}

function revivedError(plain: PlainError): Error {
  if (plain.problems) {
    return new CanopyError(plain.code as ErrorCode, plain.message, { problems: plain.problems });
  }
  const error: NodeJS.ErrnoException = new Error(plain.message);
  error.name = plain.name;
  if (plain.code !== undefined) error.code = plain.code;
  return error;
}

function closedError(): CanopyError {
  return new CanopyError('NOT_READY', 'The content store is closed.');
}
