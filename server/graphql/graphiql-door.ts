import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CanopyError } from '../../core/errors.ts';
import type { Door, Exchange } from '../http/door.ts';

const CONTENT_TYPES: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/** Where `scripts/build-graphiql.js` puts the page, seen from the sources or from the build. */
export function graphiqlFolder(): string {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/graphiql' : '../../graphiql';
  return fileURLToPath(new URL(built, import.meta.url));
}

/**
 * `/graphiql`: the explorer, from this server alone. The page asks for a bearer token and holds
 * no secret, so it is public. Without a built page the answer is `NOT_FOUND` with the cure.
 */
export function graphiqlDoor(folder = graphiqlFolder()): Door {
  const files = filesIn(folder);
  return {
    name: 'graphiql',
    matches: (lowerPath) => lowerPath === '/graphiql' || lowerPath.startsWith('/graphiql/'),
    async handle(exchange) {
      const { request, response } = exchange;
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        throw new CanopyError('METHOD_NOT_ALLOWED', 'The page is read with GET.');
      }
      const name = exchange.lowerPath.replace(/^\/graphiql\/?/, '') || 'index.html';
      const file = files.get(name);
      if (!file) {
        throw new CanopyError('NOT_FOUND', 'There is no such file of the GraphiQL page.', {
          hint: files.size === 0 ? 'Run npm run build.' : 'Open /graphiql.',
        });
      }
      const body = await readFile(join(folder, file));
      response.writeHead(200, {
        'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Length': body.length,
        // Names under assets/ carry a hash of the content.
        'Cache-Control': name.startsWith('assets/')
          ? 'public, max-age=31536000, immutable'
          : 'no-cache',
        'Content-Security-Policy': contentPolicy(exchange),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  };
}

/** Nothing but this server; the editor needs inline styles, workers and data fonts. */
function contentPolicy({ origin }: Exchange): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "worker-src 'self' blob:",
    `connect-src 'self' ${origin.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Lower-case path → path on disk: only what was there at the start can be read. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return new Map(names.map((name) => [name.replaceAll('\\', '/').toLowerCase(), name]));
}
