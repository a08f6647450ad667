/** How far a piece of synchronous work has come, as increments. */
export interface WorkDone {
  readonly files: number;
  readonly bytes: number;
}

/** What a synchronous task in a worker gets: a way to report and a way to be stopped. */
export interface TaskControl {
  /** Throws `AbortError` when the caller has given up. Cheap enough for every block. */
  throwIfCancelled(): void;
  /** Counts towards the caller's progress; messages are coalesced. */
  report(done: WorkDone): void;
}

const REPORT_EVERY_BYTES = 4 * 1024 * 1024;
const REPORT_EVERY_FILES = 64;

/**
 * A control whose cancel flag is shared memory, since a thread in synchronous work receives no
 * messages. `flush` sends what was counted and not sent yet.
 */
export function createTaskControl(
  cancelFlag: Int32Array,
  send: (done: WorkDone) => void,
): TaskControl & { flush(): void } {
  let files = 0;
  let bytes = 0;
  const flush = (): void => {
    if (files === 0 && bytes === 0) return;
    send({ files, bytes });
    files = 0;
    bytes = 0;
  };
  return {
    throwIfCancelled: () => {
      if (Atomics.load(cancelFlag, 0) !== 0) {
        throw new DOMException('The work was cancelled.', 'AbortError');
      }
    },
    report: (done) => {
      files += done.files;
      bytes += done.bytes;
      if (files >= REPORT_EVERY_FILES || bytes >= REPORT_EVERY_BYTES) flush();
    },
    flush,
  };
}
