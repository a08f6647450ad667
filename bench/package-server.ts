import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import {
  createFileIndex,
  FileServer,
  openContentStore,
  type BuiltTree,
  type ContentStore,
} from '../content/index.ts';

/** One tree behind the product's own file serving, on loopback. */
export interface BenchServer {
  readonly origin: string;
  readonly store: ContentStore;
  readonly tree: BuiltTree;
  /** Bytes of HTTP in both directions since the last call, heads included. */
  takeWireBytes(): number;
  close(): Promise<void>;
}

/** Takes `sourceFolder` into a store at `storeFolder` and serves it: files, `/blobs/{sha256}`. */
export async function startBenchServer(
  sourceFolder: string,
  storeFolder: string,
): Promise<BenchServer> {
  const context = { clock: systemClock, logger: silentLogger, random: systemRandom };
  const store = await openContentStore({ ...context, folder: storeFolder });
  const tree = await store.build({ sourceFolder, recheck: 'content' });
  const index = createFileIndex(tree.manifest);
  const files = new FileServer({ ...context, objectPath: store.paths.object });
  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    if (url.startsWith('/blobs/')) {
      const sendBlob = async (): Promise<void> =>
        void response.end(await store.readBlob(url.slice('/blobs/'.length)));
      return void sendBlob();
    }
    const encodedPath = url.replace(/^\/files\//, '');
    void files.servePath(request, response, { tree: { index }, encodedPath });
  });
  const takeWireBytes = countWireBytes(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    tree,
    takeWireBytes,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await store.close();
    },
  };
}

/** Bytes of HTTP in both directions since the last call of what it answers. */
export function countWireBytes(server: ReturnType<typeof createServer>): () => number {
  const open = new Set<Socket>();
  let closedBytes = 0;
  let taken = 0;
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      closedBytes += socket.bytesRead + socket.bytesWritten;
    });
  });
  return () => {
    let bytes = closedBytes;
    for (const socket of open) bytes += socket.bytesRead + socket.bytesWritten;
    const fresh = bytes - taken;
    taken = bytes;
    return fresh;
  };
}
