import type { IncomingMessage } from 'node:http';
import { CanopyError } from '../core/errors.ts';

/** So much above the limit is still read away, for the sender to come to read the answer. */
const TOLERATED_EXCESS_BYTES = 1024 * 1024;

/**
 * The whole body of a request, of at most `limitBytes`; never holds more than that. Throws
 * `REQUEST_TOO_LARGE` above it, and `MALFORMED_REQUEST` when the sender goes away.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = Number(request.headers['content-length'] ?? 0);
  if (sizeBytes > limitBytes + TOLERATED_EXCESS_BYTES) throw tooLarge(limitBytes);
  sizeBytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes <= limitBytes) chunks.push(chunk as Buffer);
      else if (sizeBytes > limitBytes + TOLERATED_EXCESS_BYTES) break;
    }
  } catch (cause) {
    throw new CanopyError('MALFORMED_REQUEST', 'The request ended before its body did.', { cause });
  }
  if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

const tooLarge = (limitBytes: number): CanopyError =>
  new CanopyError('REQUEST_TOO_LARGE', `The body is larger than ${limitBytes} bytes.`, {
    path: ['body'],
    hint: 'Split the request.',
  });
