import type { Door } from '../http/door.ts';
import type { Metrics } from './metrics.ts';

/** `/metrics` for Prometheus. Needs no token: it names no object and no person. */
export function metricsDoor(metrics: Metrics): Door {
  return {
    name: 'metrics',
    matches: (lowerPath) => lowerPath === '/metrics',
    handle: async ({ response }) => {
      const text = await metrics.render();
      response.writeHead(200, { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' });
      response.end(text);
    },
  };
}
