import { decodeAgainst, DICTIONARY_CODING, offerDictionary } from '../content/dictionary-coding.ts';
import { CanopyError } from '../core/errors.ts';
import { asCanopyError, readBody, refusal } from '../core/http-answer.ts';
import type { HttpTransport } from '../delivery/index.ts';

export interface HttpQuestion {
  readonly url: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Something similar that is here, for the server to compress against (RFC 9842). */
  readonly dictionary?: Buffer | undefined;
}

/**
 * The body of a 200. Throws `BUSY` or `RATE_LIMITED` with `retryAfterMs` when the server says so,
 * `NOT_READY` when it cannot be reached, `TIMEOUT`, `CONTENT_DAMAGED` when what came cannot be decoded,
 * and otherwise an error with the server's text.
 */
export async function askHttp(
  transport: HttpTransport,
  { url, maxBytes, timeoutMs, signal, dictionary }: HttpQuestion,
): Promise<Buffer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await transport(url, {
      headers: dictionary ? offerDictionary(dictionary) : {},
      signal: AbortSignal.any([signal, timeout]),
    });
    if (answer.status !== 200) throw await refusal(url, answer);
    const body = await readBody(answer, maxBytes);
    if (answer.headers.get('content-encoding') !== DICTIONARY_CODING) return body;
    const decoded = dictionary && (await decodeAgainst(body, dictionary, maxBytes));
    if (decoded) return decoded;
    throw new CanopyError('CONTENT_DAMAGED', `What ${url} answers cannot be decoded.`);
  } catch (error) {
    signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}
