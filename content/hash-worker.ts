import { parentPort, workerData } from 'node:worker_threads';
import type { Problem } from '../core/errors.ts';
import { isCanopyError } from '../core/errors.ts';
import { createTaskControl, type TaskControl, type WorkDone } from './task-control.ts';
import { WORKER_TASKS, type TaskName } from './worker-tasks.ts';

/** What a worker starts with. */
export interface ThreadData {
  /** One number; not zero: stop the task under way. */
  readonly cancelFlag: Int32Array;
}

/** To the worker: one task at a time. */
export interface TaskRequest {
  readonly name: TaskName;
  readonly input: unknown;
}

/** An error in plain data, since structured clones lose an error's own members. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly problems: readonly Problem[] | undefined;
}

/** From the worker: any number of `progress`, then one of the others. */
export type TaskMessage =
  | { readonly kind: 'progress'; readonly done: WorkDone }
  | { readonly kind: 'result'; readonly output: unknown }
  | { readonly kind: 'error'; readonly error: PlainError };

const port = parentPort;
const { cancelFlag } = workerData as ThreadData;
port?.on('message', (request: TaskRequest) => {
  const send = (message: TaskMessage): void => port.postMessage(message);
  const control = createTaskControl(cancelFlag, (done) => send({ kind: 'progress', done }));
  try {
    const task = WORKER_TASKS[request.name] as (input: unknown, control: TaskControl) => unknown;
    const output = task(request.input, control);
    control.flush();
    send({ kind: 'result', output });
  } catch (error) {
    send({ kind: 'error', error: plainError(error) });
  }
});

function plainError(error: unknown): PlainError {
  const { name, message, code } = error as NodeJS.ErrnoException;
  return {
    name,
    message,
    code: typeof code === 'string' ? code : undefined,
    problems: isCanopyError(error) ? error.problems : undefined,
  };
}
