import { CanopyError } from '../../core/errors.ts';
import type { Door, Exchange } from './door.ts';
import type { Health, HealthKind } from './health.ts';

const PATHS: { readonly [path: string]: HealthKind } = {
  '/livez': 'live',
  '/readyz': 'ready',
  '/startupz': 'startup',
};

/**
 * `/livez`, `/readyz`, `/startupz`: 200 or 503 with `{ "status": "ok" | "failed", "checks": […] }`.
 * `checks` names those that fail; with `?verbose` all of them.
 */
export function healthDoor(health: Health): Door {
  return {
    name: 'health',
    matches: (lowerPath) => Object.hasOwn(PATHS, lowerPath),
    handle: (exchange) => answer(health, exchange),
  };
}

async function answer(health: Health, exchange: Exchange): Promise<void> {
  const { request, response, lowerPath, query } = exchange;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    throw new CanopyError('METHOD_NOT_ALLOWED', 'Health is read with GET.');
  }
  const results = await health.read(PATHS[lowerPath]!);
  const failed = results.filter(({ ok }) => !ok);
  const verbose = new URLSearchParams(query).has('verbose');
  const status = failed.length === 0 ? 'ok' : 'failed';
  const body = JSON.stringify({ status, checks: verbose ? results : failed });
  response.writeHead(failed.length === 0 ? 200 : 503, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(failed.length === 0 ? {} : { 'Retry-After': 1 }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
