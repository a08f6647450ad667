import { decodeAgainst, DICTIONARY_CODING, offerDictionary } from '../content/dictionary-coding.ts';
import { CanopyError } from '../core/errors.ts';
import { asCanopyError, readBody, refusal, type Fetch } from '../core/http-answer.ts';

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
  fetch: Fetch,
  { url, maxBytes, timeoutMs, signal, dictionary }: HttpQuestion,
): Promise<Buffer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      ...(dictionary ? { headers: offerDictionary(dictionary) } : {}),
      signal: AbortSignal.any([signal, timeout]),
      redirect: 'manual',
    });
    if (response.status !== 200) throw await refusal(url, response);
    const body = await readBody(response, maxBytes);
    if (response.headers.get('content-encoding') !== DICTIONARY_CODING) return body;
    const decoded = dictionary && (await decodeAgainst(body, dictionary, maxBytes));
    if (decoded) return decoded;
    throw new CanopyError('CONTENT_DAMAGED', `What ${url} answers cannot be decoded.`);
  } catch (error) {
    signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}
