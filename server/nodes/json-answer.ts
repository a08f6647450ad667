import { CanopyError } from '../../core/errors.ts';
import type { Exchange } from '../http/door.ts';

/** 200 with a JSON document that nobody may keep. */
export function sendJson({ request, response }: Exchange, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** The fields of a JSON object whose values are all text. Throws `MALFORMED_REQUEST`. */
export function readTexts<K extends string>(
  body: Buffer,
  fields: readonly K[],
): { readonly [F in K]: string } {
  const value = parseJson(body);
  const texts = fields.map((field) => {
    const text = (value as { readonly [name: string]: unknown } | null)?.[field];
    if (typeof text === 'string') return [field, text];
    throw new CanopyError('MALFORMED_REQUEST', `${field}: text is needed.`, { path: [field] });
  });
  return Object.fromEntries(texts) as { readonly [F in K]: string };
}

/** Throws `MALFORMED_REQUEST`. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new CanopyError('MALFORMED_REQUEST', 'The body is not JSON.', { cause });
  }
}
