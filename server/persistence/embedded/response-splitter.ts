const EMPTY: Buffer = Buffer.alloc(0);
const HEADER_BYTES = 5;
const NOTIFICATION = 'A'.charCodeAt(0);
const READY = 'Z'.charCodeAt(0);
const ERROR = 'E'.charCodeAt(0);

/** ReadyForQuery: `I` idle, `T` in a transaction, `E` in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** A notification with the bytes that tell a client of it. */
export interface Notification {
  readonly channel: string;
  readonly frame: Uint8Array;
}

/** What the splitter found; `forward` is called in order, the others whenever their frame ends. */
export interface ResponseSink {
  forward(bytes: Uint8Array): void;
  notify(notification: Notification): void;
}

/**
 * Walks the engine's answer to one batch. Everything goes on to the asking client but the
 * notifications: the session is shared, so they belong to whoever listens, not to whoever asked.
 * Frames may be cut anywhere by the chunks; only headers and the frames read here are held back.
 */
export class ResponseSplitter {
  /** Of the last ReadyForQuery; `undefined` when the batch had none, because it ended in Flush. */
  status: TransactionStatus | undefined;
  /** The message of a FATAL or PANIC error: a server's process would have ended with it. */
  fatal: string | undefined;
  private readonly sink: ResponseSink;
  private held: Buffer = EMPTY;
  private passing = 0;

  constructor(sink: ResponseSink) {
    this.sink = sink;
  }

  push(chunk: Uint8Array): void {
    const bytes = this.held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.held, chunk]);
    this.held = EMPTY;
    let at = 0;
    let runStart = 0;
    while (at < bytes.length) {
      if (this.passing > 0) {
        const passed = Math.min(this.passing, bytes.length - at);
        this.passing -= passed;
        at += passed;
        continue;
      }
      const length = frameLength(bytes, at);
      if (length === undefined) break;
      const type = bytes[at];
      if (type === NOTIFICATION) {
        this.forward(bytes, runStart, at);
        this.sink.notify(readNotification(bytes.subarray(at, at + length)));
        runStart = at + length;
      }
      if (type === READY) {
        this.status = String.fromCharCode(bytes[at + HEADER_BYTES]!) as TransactionStatus;
      }
      if (type === ERROR) this.fatal ??= fatalMessage(bytes.subarray(at, at + length));
      if (isHeldWhole(type)) at += length;
      else this.passing = length;
    }
    this.forward(bytes, runStart, at);
    if (at < bytes.length) this.held = bytes.subarray(at);
  }

  private forward(bytes: Buffer, start: number, end: number): void {
    if (end > start) this.sink.forward(bytes.subarray(start, end));
  }
}

/** `undefined` when more bytes must arrive before the frame can be handled. */
function frameLength(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < HEADER_BYTES) return undefined;
  const length = 1 + bytes.readUInt32BE(at + 1);
  return isHeldWhole(bytes[at]) && bytes.length - at < length ? undefined : length;
}

/** The frames whose content is read, all of them short. */
function isHeldWhole(type: number | undefined): boolean {
  return type === NOTIFICATION || type === READY || type === ERROR;
}

/** An ErrorResponse is fields of a letter and text; `V` is the severity in English. */
function fatalMessage(frame: Buffer): string | undefined {
  const fields = frame.toString('utf8', HEADER_BYTES).split('\0');
  const field = (letter: string): string | undefined =>
    fields.find((text) => text.startsWith(letter))?.slice(1);
  const severity = field('V');
  return severity === 'FATAL' || severity === 'PANIC' ? field('M') : undefined;
}

function readNotification(frame: Buffer): Notification {
  const channelStart = HEADER_BYTES + 4;
  const channel = frame.toString('utf8', channelStart, frame.indexOf(0, channelStart));
  return { channel, frame };
}
