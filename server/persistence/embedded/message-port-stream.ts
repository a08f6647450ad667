import { Duplex } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

/** The side of a socket that the `pg` driver uses, over a port to the engine's worker. */
export class MessagePortStream extends Duplex {
  private readonly openPort: () => MessagePort;
  private port: MessagePort | undefined;

  constructor(openPort: () => MessagePort) {
    super();
    this.openPort = openPort;
  }

  connect(): this {
    const port = this.openPort();
    this.port = port;
    port.on('message', (bytes: Uint8Array) => this.push(bytes));
    port.on('close', () => {
      this.push(null);
      this.end();
    });
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.port?.ref();
    return this;
  }

  unref(): this {
    this.port?.unref();
    return this;
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.post(Uint8Array.from(chunk));
    done();
  }

  override _writev(writes: { chunk: Uint8Array }[], done: () => void): void {
    const length = writes.reduce((sum, { chunk }) => sum + chunk.length, 0);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const { chunk } of writes) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.post(bytes);
    done();
  }

  override _final(done: () => void): void {
    this.port?.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.port?.close();
    done(error);
  }

  private post(bytes: Uint8Array<ArrayBuffer>): void {
    this.port?.postMessage(bytes, [bytes.buffer]);
  }
}
