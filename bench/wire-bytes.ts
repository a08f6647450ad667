import type { createServer } from 'node:http';
import type { Socket } from 'node:net';

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
