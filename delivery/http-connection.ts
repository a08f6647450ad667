import * as net from 'node:net';
import * as tls from 'node:tls';

/** As much as one read of the socket may bring. */
const READ_BYTES = 256 * 1024;
/** A connection that waits longer for its next request is closed. */
const IDLE_MS = 10_000;

/**
 * One connection to a source, read piece by piece. The socket reads into one buffer over and over,
 * and only when somebody waits for it: no memory is taken for what arrives.
 */
export class HttpConnection {
  private readonly socket: net.Socket;
  /** What has arrived and was not asked for yet. */
  private held: Uint8Array | undefined;
  private waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  private onIdleOver: (() => void) | undefined;
  private hasEnded = false;
  private fault: Error | undefined;

  /** Connects; whether it succeeds shows at the first read. */
  constructor({ protocol, hostname, port }: URL) {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (count: number, buffer: Uint8Array) => this.arrived(buffer.subarray(0, count)),
    };
    const isSecure = protocol === 'https:';
    const target = { host, port: Number(port || (isSecure ? 443 : 80)), noDelay: true, onread };
    this.socket = isSecure
      ? tls.connect({ ...target, ...secureOptions(host) })
      : net.connect(target);
    this.socket
      .on('error', (error) => (this.fault = error))
      .on('end', () => this.ended())
      .on('close', () => this.ended())
      .on('timeout', () => this.socket.destroy());
  }

  get isClosed(): boolean {
    return this.hasEnded || this.socket.destroyed;
  }

  write(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1');
    else this.socket.write(bytes);
  }

  /**
   * The next bytes, at most `maxBytes`; they are valid until the next call. `undefined` at the end.
   * Throws what the connection broke with.
   */
  async read(maxBytes = Infinity): Promise<Uint8Array | undefined> {
    const bytes = this.held ?? (await this.nextBlock());
    this.held = bytes && bytes.length > maxBytes ? bytes.subarray(maxBytes) : undefined;
    return this.held ? bytes!.subarray(0, maxBytes) : bytes;
  }

  /** The text before the next `mark`, which is left out. Throws when that exceeds `maxBytes`. */
  async readThrough(mark: string, maxBytes: number): Promise<string> {
    let text = '';
    for (;;) {
      const block = await this.read();
      if (!block) throw closedError();
      const known = text.length;
      text += Buffer.from(block.subarray(0, maxBytes)).toString('latin1');
      const at = text.indexOf(mark, Math.max(0, known - mark.length + 1));
      if (at >= 0 && at <= maxBytes) {
        const used = at + mark.length - known;
        if (used < block.length) this.held = block.subarray(used);
        return text.slice(0, at);
      }
      if (text.length >= maxBytes) throw new Error(`sends a head of more than ${maxBytes} bytes`);
    }
  }

  /** Waits for its next request; tells when it cannot have one any more. */
  rest(onOver: () => void): void {
    this.onIdleOver = onOver;
    this.socket.setTimeout(IDLE_MS);
    this.socket.unref();
    if (this.held) this.destroy();
    else this.socket.resume();
  }

  wake(): void {
    this.onIdleOver = undefined;
    this.socket.setTimeout(0);
    this.socket.ref();
  }

  /** Ends it at once; who reads is told `reason`. */
  destroy(reason?: unknown): void {
    this.fault ??= reason as Error | undefined;
    this.socket.destroy();
  }

  private nextBlock(): Promise<Uint8Array | undefined> {
    if (this.fault) return Promise.reject(this.fault);
    if (this.isClosed) return Promise.resolve(undefined);
    this.waiting = Promise.withResolvers();
    this.socket.resume();
    return this.waiting.promise;
  }

  /** False stops the socket until the next `resume`. */
  private arrived(bytes: Uint8Array): false {
    // Nothing was asked.
    if (this.onIdleOver) this.destroy();
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) waiting.resolve(bytes);
    else this.held = bytes;
    return false;
  }

  private ended(): void {
    this.hasEnded = true;
    this.onIdleOver?.();
    const { waiting } = this;
    this.waiting = undefined;
    if (this.fault) waiting?.reject(this.fault);
    else waiting?.resolve(undefined);
  }
}

function closedError(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}

/** An address has no name to ask for (RFC 6066 §3). */
function secureOptions(host: string): tls.ConnectionOptions {
  return { ALPNProtocols: ['http/1.1'], ...(net.isIP(host) ? {} : { servername: host }) };
}
