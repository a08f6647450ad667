import { CanopyError, type ErrorCode } from './errors.ts';

/** Handed in wherever something is fetched. */
export type Fetch = typeof globalThis.fetch;

/** The head of an answer, and its body on the way; a WHATWG `Response` is one. */
export interface HttpAnswer {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  /**
   * A block is valid until the next one is asked for. Whoever has the answer reads it to its end, or
   * ends it by its iterator's `return`.
   */
  readonly body: AsyncIterable<Uint8Array> | null;
}

const MAX_ERROR_TEXT_BYTES = 64 * 1024;
/** A longer wait would outlast what caused it. */
const MAX_RETRY_AFTER_MS = 2 * 60 * 60_000;

/** Reads a body of at most `maxBytes`; throws `REQUEST_TOO_LARGE` for a longer one. */
export async function readBody(answer: HttpAnswer, maxBytes: number): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const block of answer.body ?? []) {
    sizeBytes += block.length;
    if (sizeBytes > maxBytes) {
      throw new CanopyError(
        'REQUEST_TOO_LARGE',
        `${pageOf(answer.url)} answers more than ${maxBytes} bytes.`,
      );
    }
    // A block is valid until the next one.
    blocks.push(Buffer.from(block));
  }
  return Buffer.concat(blocks);
}

/** A JSON object from outside; throws `CONFLICT` for anything else. */
export function parseObject(body: Uint8Array, url: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new CanopyError('CONFLICT', `${pageOf(url)} does not answer as an SMP does.`, {
    hint: 'Check that the address is that of an SMP.',
  });
}

/** What an answer other than 200 means, with the server's own text and `Retry-After`. */
export async function refusal(url: string, answer: HttpAnswer): Promise<CanopyError> {
  const body = await readBody(answer, MAX_ERROR_TEXT_BYTES).catch(() => Buffer.alloc(0));
  const told = toldError(body.toString('utf8'));
  const text = told?.message ?? (plainText(body.toString('utf8')) || answer.statusText);
  const retryAfterMs = retryAfter(answer.headers.get('retry-after'));
  return new CanopyError(
    codeOfStatus(answer.status),
    `${pageOf(url)} answers HTTP ${answer.status}: ${text}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** What went wrong before there was an answer. */
export function asCanopyError(error: unknown, url: string, timedOut: boolean): unknown {
  if ((error as { name?: unknown }).name === 'CanopyError') return error;
  if (timedOut) return new CanopyError('TIMEOUT', `${pageOf(url)} did not answer in time.`);
  const { cause, message } = error as { cause?: { code?: string }; message: string };
  return new CanopyError(
    'NOT_READY',
    `${pageOf(url)} cannot be reached: ${cause?.code ?? message}.`,
    { hint: 'Check the address of the SMP and that it runs.', cause: error },
  );
}

/** An address without its query, for messages. */
function pageOf(url: string): string {
  return url.split('?', 1)[0]!;
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 503) return 'BUSY';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 409) return 'CONFLICT';
  return status >= 500 ? 'NOT_READY' : 'MALFORMED_REQUEST';
}

/** Seconds (RFC 9110 §10.2.3); the form with a date would compare two clocks and is left out. */
export function retryAfter(header: string | null): number | undefined {
  if (header === null || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1_000, MAX_RETRY_AFTER_MS);
}

function toldError(text: string): { readonly message: string } | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? { message: error.message } : undefined;
  } catch {
    return undefined;
  }
}

/** The words of an XML, HTML or text answer. */
function plainText(text: string): string {
  const words = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words.length > 500 ? `${words.slice(0, 500)}…` : words;
}
