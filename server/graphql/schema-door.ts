import { createHash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { CanopyError } from '../../core/errors.ts';
import { printSchemaDefinition } from '../../schema/build.ts';
import type { Door } from '../http/door.ts';

/** `/schema.graphql`: the schema definition, for tools. Public, like the repository it is from. */
export function schemaDoor(schema: GraphQLSchema): Door {
  const body = Buffer.from(printSchemaDefinition(schema));
  const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
  return {
    name: 'schema',
    matches: (lowerPath) => lowerPath === '/schema.graphql',
    handle({ request, response }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        throw new CanopyError('METHOD_NOT_ALLOWED', 'The schema is read with GET.');
      }
      const headers = { ETag: etag, 'Cache-Control': 'no-cache' };
      if (matches(request.headers['if-none-match'], etag)) {
        response.writeHead(304, headers).end();
        return;
      }
      response.writeHead(200, {
        ...headers,
        'Content-Type': 'application/graphql; charset=utf-8',
        'Content-Length': body.length,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  };
}

/** RFC 9110 §13.1.2: weak comparison, a list, or any. */
function matches(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  const tags = condition.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
