import type { Fetch } from '../delivery/index.ts';
import { asCanopyError, readBody, refusal } from './http-answer.ts';

export interface HttpQuestion {
  readonly url: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * The body of a 200. Throws `BUSY` or `RATE_LIMITED` with `retryAfterMs` when the server says so,
 * `NOT_READY` when it cannot be reached, `TIMEOUT`, and otherwise an error with the server's text.
 */
export async function askHttp(
  fetch: Fetch,
  { url, maxBytes, timeoutMs, signal }: HttpQuestion,
): Promise<Buffer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, timeout]),
      redirect: 'manual',
    });
    if (response.status !== 200) throw await refusal(url, response);
    return await readBody(response, maxBytes);
  } catch (error) {
    signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}
