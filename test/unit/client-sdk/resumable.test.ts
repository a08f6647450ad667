// Shows: a resumed subscription loses and repeats nothing, whatever happens to its connections.
import { EventEmitter, once } from 'node:events';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { createSmpClient, resumable } from '../../../client-sdk/src/index.ts';
import { documentOf, listen, type TestServer } from './support.ts';

interface Page {
  readonly changes: { readonly cursor: string };
}
const CHANGES = documentOf<Page, { after?: string | undefined }>(
  'subscription C($after: String) { changes(after: $after) { cursor } }',
);
const SCHEMA = buildSchema(`
  type Query { ok: Boolean }
  type Page { cursor: String! }
  type Subscription { changes(after: String): Page! }
`);

/** A feed of `total` numbered pages that is read from its log, as the SMP's is. */
class Feed {
  readonly sockets = new Set<WebSocket>();
  readonly asked: (string | undefined)[] = [];
  readonly tokens: unknown[] = [];
  /** Called before each page is sent. */
  beforePage: (page: number) => unknown = () => undefined;
  /** Pages that may be sent beyond the last one that the reader has taken. */
  ahead = 2;
  private taken = 0;
  private readonly taking = new EventEmitter().setMaxListeners(0);

  take(page: number): void {
    this.taken = page;
    this.taking.emit('taken');
  }

  async start(total: number): Promise<TestServer> {
    const http = await listen((_request, response) => response.end());
    const webSockets = new WebSocketServer({ server: http.server, path: '/graphql' });
    webSockets.on('connection', (socket) => this.sockets.add(socket));
    const disposable = useServer(
      {
        schema: SCHEMA,
        onConnect: ({ connectionParams }) => void this.tokens.push(connectionParams),
        roots: { subscription: { changes: (args: { after?: string }) => this.pages(args, total) } },
      },
      webSockets,
    );
    return {
      ...http,
      close: async () => {
        await disposable.dispose();
        await http.close();
      },
    };
  }

  private async *pages({ after }: { after?: string }, total: number) {
    this.asked.push(after);
    for (let page = Number(after ?? 0) + 1; page <= total; page++) {
      const failure = this.beforePage(page);
      if (failure) throw failure;
      while (page > this.taken + this.ahead) await once(this.taking, 'taken');
      yield { changes: { cursor: String(page) } };
    }
    await new Promise(() => undefined);
  }
}

let feed = new Feed();
let server: TestServer;
afterEach(async () => {
  await server.close();
  feed = new Feed();
});

async function readUntil(last: number, onPage: (page: number) => Promise<void> | void = () => {}) {
  const runtime = { sleep: async () => undefined, fraction: () => 0 };
  const client = createSmpClient({ url: server.url, token: 'canopy_x', runtime });
  const seen: number[] = [];
  const interruptions: string[] = [];
  const pages = resumable(client, {
    document: CHANGES,
    variables: (after) => ({ after }),
    cursorOf: ({ changes }) => changes.cursor,
    onInterrupted: ({ code }) => interruptions.push(code),
  });
  for await (const { changes } of pages) {
    seen.push(Number(changes.cursor));
    feed.take(Number(changes.cursor));
    await onPage(Number(changes.cursor));
    if (Number(changes.cursor) === last) break;
  }
  return { seen, interruptions };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

test('continues after the last page when connections are cut, at any page', async () => {
  server = await feed.start(40);
  const cuts = new Set([1, 2, 17, 18, 39]);
  const { seen, interruptions } = await readUntil(40, (page) => {
    if (cuts.delete(page)) for (const socket of feed.sockets) socket.terminate();
  });
  expect(seen).toEqual(upTo(40));
  expect(interruptions.length).toBeGreaterThan(0);
  expect(new Set(interruptions)).toEqual(new Set(['INTERRUPTED']));
  expect(feed.tokens[0]).toEqual({ authorization: 'Bearer canopy_x' });
});

test('a server that says good-bye politely (1000, 1001, 1012) is resumed too', async () => {
  server = await feed.start(30);
  const codes = new Map([
    [5, 1000],
    [11, 1001],
    [20, 1012],
  ]);
  const { seen } = await readUntil(30, (page) => {
    const code = codes.get(page);
    codes.delete(page);
    if (code) for (const socket of feed.sockets) socket.close(code);
  });
  expect(seen).toEqual(upTo(30));
});

test('a reader that falls far behind is cut off and reads the rest from the log', async () => {
  server = await feed.start(500);
  feed.ahead = Infinity;
  let paused = false;
  const { seen, interruptions } = await readUntil(500, async () => {
    if (paused) return;
    paused = true;
    await until(() => feed.sockets.size === 1 && [...feed.sockets][0]!.readyState > 1);
  });
  expect(seen).toEqual(upTo(500));
  expect(interruptions.length).toBeGreaterThan(0);
});

test('what cannot be resumed ends it: a cursor that is too old', async () => {
  server = await feed.start(10);
  feed.beforePage = (page) =>
    page === 6
      ? Object.assign(new Error('The log starts later.'), {
          extensions: { code: 'CURSOR_TOO_OLD' },
        })
      : undefined;
  await expect(readUntil(10)).rejects.toMatchObject({ code: 'CURSOR_TOO_OLD' });
});

test('a revoked token ends it with its code', async () => {
  server = await feed.start(10);
  const pages: number[] = [];
  const reading = readUntil(10, (page) => {
    pages.push(page);
    if (page === 3) for (const socket of feed.sockets) socket.close(4403, 'Token revoked');
  });
  await expect(reading).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(pages.length).toBeLessThan(10);
});

test('the first connection is not repeated: a wrong address is told at once', async () => {
  server = await feed.start(1);
  const { url } = server;
  await server.close();
  const client = createSmpClient({ url });
  const first = resumable(client, { document: CHANGES, variables: (after) => ({ after }) }).next();
  await expect(first).rejects.toMatchObject({ code: 'INTERRUPTED' });
  server = await new Feed().start(1);
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
