import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../limits.ts';

const CHECK_INTERVAL_MS = 2_000;

interface SocketState {
  /** `false` from a ping until its pong. */
  alive: boolean;
  pingedAtMs: number;
  /** Since when more waits to be sent than allowed. */
  congestedAtMs: number | undefined;
}

interface WatchOptions {
  readonly sockets: ReadonlySet<WebSocket>;
  readonly clock: Clock;
  /** Throws once the socket's token is no longer valid. */
  readonly recheck: (socket: WebSocket) => Promise<void>;
}

/**
 * Looks after open sockets with one timer for all: pings them, cuts those that do not answer or
 * take nothing, and closes those whose token ended, whether or not anything is sent to them.
 */
export class SocketWatch {
  private readonly options: WatchOptions;
  private readonly states = new WeakMap<WebSocket, SocketState>();
  private readonly stopping = new AbortController();
  private running = false;

  constructor(options: WatchOptions) {
    this.options = options;
  }

  start(socket: WebSocket): void {
    const { clock } = this.options;
    const pingedAtMs = clock.monotonicMs();
    const state: SocketState = { alive: true, pingedAtMs, congestedAtMs: undefined };
    this.states.set(socket, state);
    socket.on('pong', () => (state.alive = true));
    if (!this.running) void this.run();
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Runs while there are sockets. */
  private async run(): Promise<void> {
    const { sockets, clock } = this.options;
    this.running = true;
    while (!this.stopping.signal.aborted) {
      await clock.sleep(CHECK_INTERVAL_MS, this.stopping.signal).catch(() => undefined);
      if (sockets.size === 0) break;
      for (const socket of sockets) this.check(socket, clock.monotonicMs());
    }
    this.running = false;
  }

  private check(socket: WebSocket, nowMs: number): void {
    const state = this.states.get(socket);
    if (!state || socket.readyState !== socket.OPEN) return;
    const { bufferedBytes, bufferedForMs, pingIntervalMs } = LIMITS.webSocket;
    if (socket.bufferedAmount <= bufferedBytes) state.congestedAtMs = undefined;
    else state.congestedAtMs ??= nowMs;
    const { congestedAtMs, pingedAtMs } = state;
    if (congestedAtMs !== undefined && nowMs - congestedAtMs >= bufferedForMs) {
      // A closing handshake would wait behind the bytes that are not taken.
      return socket.terminate();
    }
    if (nowMs - pingedAtMs < pingIntervalMs) return;
    if (!state.alive) return socket.terminate();
    state.alive = false;
    state.pingedAtMs = nowMs;
    socket.ping();
    this.options.recheck(socket).catch(() => {
      socket.close(CloseCode.Forbidden, 'The token is no longer valid.');
    });
  }
}
