import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy on the loopback address whose faults a test chooses. */
export interface TcpProxy {
  readonly url: string;
  /** Connections that came since it was opened. */
  readonly accepted: number;
  /** Ends every connection at once, as a switch that restarts. */
  cut(): void;
  /** WebSockets stay open and nothing passes any more, in neither direction; new ones are fine. */
  freeze(): void;
  /** Each block is passed on so much later. */
  delayMs: number;
  close(): Promise<void>;
}

interface Pair {
  readonly sockets: readonly Socket[];
  isWebSocket: boolean;
  frozen: boolean;
}

export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(targetUrl);
  const pairs = new Set<Pair>();
  let accepted = 0;
  const server = createServer((inner) => {
    accepted += 1;
    const outer = connect(Number(port), hostname);
    const pair: Pair = { sockets: [inner, outer], isWebSocket: false, frozen: false };
    pairs.add(pair);
    pass(inner, outer, pair);
    pass(outer, inner, pair);
  });
  function pass(from: Socket, to: Socket, pair: Pair): void {
    from.on('error', () => undefined);
    from.on('data', (block) => {
      if (pair.frozen) return;
      pair.isWebSocket ||= /^upgrade: websocket/im.test(block.toString('latin1'));
      if (proxy.delayMs === 0) to.write(block);
      else setTimeout(() => to.write(block), proxy.delayMs);
    });
    from.on('close', () => {
      if (!pair.frozen) to.destroy();
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: TcpProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted;
    },
    delayMs: 0,
    cut: () => {
      for (const { sockets } of pairs) for (const socket of sockets) socket.destroy();
      pairs.clear();
    },
    freeze: () => {
      for (const pair of pairs) pair.frozen = pair.isWebSocket;
    },
    close: () => {
      proxy.cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
