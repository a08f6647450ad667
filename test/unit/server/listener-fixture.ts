import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../../../core/clock.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import type { Door, Exchange } from '../../../server/http/door.ts';
import { Health } from '../../../server/http/health.ts';
import { healthDoor } from '../../../server/http/health-doors.ts';
import {
  HttpListener,
  type BoundAddress,
  type HttpListenerOptions,
} from '../../../server/http/http-listener.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../../../server/http/http-limits.ts';
import { createMetrics } from '../../../server/observability/metrics.ts';

/** A door for everything under `/{name}`. */
export const door = (name: string, handle: Door['handle'], more: Partial<Door> = {}): Door => ({
  name,
  matches: (lowerPath) => lowerPath.startsWith(`/${name}`),
  handle,
  ...more,
});

/** Answers what the server saw. */
export const echo = door(
  'echo',
  ({ response, request: _, logger: __, ...seen }: Exchange) =>
    void response.end(JSON.stringify(seen)),
);

/** Starts listeners on free loopback ports; `closeAll` belongs into `afterEach`. */
export function listenerFixture() {
  const listeners: HttpListener[] = [];
  const sockets: Socket[] = [];
  const metrics = createMetrics();
  const health = new Health(systemClock, silentLogger);
  return {
    metrics,
    health,
    async start(
      doors: readonly Door[] | undefined,
      options: Partial<HttpListenerOptions> & { tighter?: Partial<HttpLimits> } = {},
    ): Promise<{ listener: HttpListener; address: BoundAddress }> {
      const { tighter, ...rest } = options;
      const listener = new HttpListener({
        listen: { host: '127.0.0.1', port: 0 },
        publicUrl: undefined,
        trustedProxies: [],
        requestsPerSecondPerAddress: 0,
        earlyDoors: [healthDoor(health)],
        logger: silentLogger,
        metrics,
        clock: systemClock,
        random: systemRandom,
        limits: { ...DEFAULT_HTTP_LIMITS, ...tighter },
        ...rest,
      });
      listeners.push(listener);
      const address = await listener.listen();
      if (doors) listener.setDoors(doors);
      return { listener, address };
    },
    /** A bare connection on which `text` was written. */
    async raw(address: BoundAddress, text: string): Promise<Socket> {
      const socket = connect(address.port, address.host);
      sockets.push(socket);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(text);
      return socket;
    },
    async closeAll(): Promise<void> {
      for (const socket of sockets.splice(0)) socket.destroy();
      await Promise.all(listeners.splice(0).map((listener) => listener.close(0)));
    },
  };
}

/** All that comes until the other side closes. */
export async function received(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await new Promise<void>((resolve) =>
    socket.closed ? resolve() : socket.once('close', () => resolve()),
  );
  return text;
}
