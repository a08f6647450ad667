import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What a link does with what comes, from now on. */
export interface Shape {
  /** Of all connections together, from the target to whoever asks; `undefined` is no limit. */
  bytesPerSecond: number | undefined;
  /** Each block is passed on so much later, in either direction. */
  latencyMs: number;
  /**
   * `STALLED`: connections stay open and nothing passes. `HALF_OPEN`: so do new ones, the target
   * does not hear of them. `REFUSED`: new connections are reset.
   */
  state: 'OPEN' | 'STALLED' | 'HALF_OPEN' | 'REFUSED';
}

/** A TCP link on the loopback address whose shape a test changes while it carries. */
export interface ShapedLink {
  readonly url: string;
  readonly shape: Shape;
  /** From the target to whoever asked, since it was opened. */
  readonly passedBytes: number;
  /** Resets every connection, as a firewall that restarts. */
  reset(): void;
  close(): Promise<void>;
}

const OPEN: Shape = { bytesPerSecond: undefined, latencyMs: 0, state: 'OPEN' };
/** Between two looks at a link that stalls. */
const LOOK_MS = 20;
/** A limited link passes blocks of at most this part of a second. */
const SLICES_A_SECOND = 20;

/** Opens a link to `targetUrl`; on `port`, when it is to be at the same place as one before. */
export async function openShapedLink(
  targetUrl: string,
  given: Partial<Shape> = {},
  port = 0,
): Promise<ShapedLink> {
  const target = new URL(targetUrl);
  const shape = { ...OPEN, ...given };
  const sockets = new Set<Socket>();
  const closing = new AbortController();
  let passedBytes = 0;
  /** When the limit lets the next byte pass. */
  let freeAtMs = 0;

  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };

  async function waitForRate(bytes: number): Promise<void> {
    const nowMs = performance.now();
    freeAtMs = Math.max(freeAtMs, nowMs);
    const waitMs = freeAtMs - nowMs;
    freeAtMs += (bytes * 1_000) / shape.bytesPerSecond!;
    if (waitMs > 0) await setTimeout(waitMs, undefined, { signal: closing.signal });
  }

  async function pass(from: Socket, to: Socket, isDown: boolean): Promise<void> {
    for await (const block of from as AsyncIterable<Buffer>) {
      if (shape.latencyMs > 0) await setTimeout(shape.latencyMs);
      for (let at = 0; at < block.length && !to.destroyed;) {
        while (shape.state === 'STALLED' && !to.destroyed) await setTimeout(LOOK_MS);
        const limit = isDown ? shape.bytesPerSecond : undefined;
        const most = limit === undefined ? block.length : Math.ceil(limit / SLICES_A_SECOND);
        const slice = block.subarray(at, at + most);
        if (limit !== undefined) await waitForRate(slice.length);
        if (isDown) passedBytes += slice.length;
        if (!to.write(slice)) await drained(to);
        at += slice.length;
      }
    }
    to.end();
  }

  const server = createServer((inner) => {
    keep(inner);
    if (shape.state === 'REFUSED') return void inner.resetAndDestroy();
    if (shape.state === 'HALF_OPEN') return void inner.resume();
    const outer = keep(connect(Number(target.port), target.hostname));
    const ended = (): void => {
      inner.destroy();
      outer.destroy();
    };
    void pass(inner, outer, false).catch(ended);
    void pass(outer, inner, true).catch(ended);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shape,
    get passedBytes() {
      return passedBytes;
    },
    reset,
    close: () => {
      closing.abort();
      reset();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.once('drain', done).once('close', done);
  });
}
