import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

/** A bare graphql-transport-ws client: sends what it is told and keeps what it hears. */
export interface SocketClient {
  readonly socket: WebSocket;
  /** Everything heard and not yet taken. */
  readonly heard: any[];
  send(message: object | string | Buffer): void;
  /** The next message; rejects when the socket closes before. */
  next(): Promise<any>;
  /** The close code. */
  readonly closed: Promise<number>;
  /** Waits for `connection_ack`. */
  init(token?: string): Promise<void>;
}

export async function connectSocket(
  url: string,
  options: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<SocketClient> {
  const { protocols = ['graphql-transport-ws'], ...rest } = options;
  const socket = new WebSocket(url, protocols, rest);
  const heard: any[] = [];
  let wake = Promise.withResolvers<void>();
  let code: number | undefined;
  socket.on('message', (data) => {
    heard.push(JSON.parse(String(data)));
    wake.resolve();
  });
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (closeCode) => {
      resolve((code = closeCode));
      wake.resolve();
    });
  });
  await once(socket, 'open');
  const client: SocketClient = {
    socket,
    heard,
    closed,
    send: (message) =>
      socket.send(
        typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
      ),
    async next() {
      while (heard.length === 0) {
        if (code !== undefined) throw new Error(`closed with ${code}`);
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
      return heard.shift();
    },
    async init(token) {
      const payload = token === undefined ? {} : { authorization: `Bearer ${token}` };
      client.send({ type: 'connection_init', payload });
      expect((await client.next()).type).toBe('connection_ack');
    },
  };
  return client;
}
