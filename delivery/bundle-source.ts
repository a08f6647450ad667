import { Readable } from 'node:stream';
import { constants, createZstdDecompress } from 'node:zlib';
import { BASE_VERSION_HEADER, RANGE_BUNDLE_TYPE } from '../content/range-bundle.ts';
import { encodeRangeList, RANGE_LIST_TYPE, type ContentRange } from '../content/range-list.ts';
import type { HttpAnswer } from '../core/http-answer.ts';
import type { BaseBytes } from './bundle-base.ts';
import { discardBody, type HttpRequest, type HttpTransport } from './http-transport.ts';
import { SourceError, type Codebase } from './source.ts';

interface SourceQuestion {
  readonly codebase: Codebase;
  readonly transport: HttpTransport;
  readonly signal: AbortSignal;
}

export interface BundleRequest extends SourceQuestion {
  readonly ranges: readonly ContentRange[];
  readonly base: BaseBytes | undefined;
  /** Told of bytes as they come over the wire; the next ones wait for it. */
  onWireBytes(count: number): Promise<void>;
}

/**
 * `BUNDLE`: the bytes of the ranges, one after the other. `BUSY`: ask again after the time.
 * `NOT_OFFERED`: the source does not know bundles, as legacy sources do not.
 */
export type BundleAnswer =
  | { readonly state: 'BUNDLE'; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly state: 'BUSY'; readonly retryAfterMs: number }
  | { readonly state: 'NOT_OFFERED' };

/** A frame needs no more to hold base and ranges; a larger one would take memory here. */
const WINDOW_LOG_MAX = 23;
/** What a bundle may take beyond its plain bytes. */
const WIRE_EXCESS = { share: 0.005, bytes: 1024 } as const;
const DEFAULT_RETRY_AFTER_MS = 2_000;
const RETRY_AFTER_MAX_MS = 10_000;

/**
 * Does the source offer bundles? Asked by `OPTIONS`. Throws {@link SourceError}, also when the source
 * is too busy to say: that is no answer to remember.
 */
export async function askForOffer(question: SourceQuestion): Promise<boolean> {
  if (question.codebase.kind === 'UNC') return false;
  const answer = await send(question, { method: 'OPTIONS', headers: {} });
  await discardBody(answer).catch(() => undefined);
  const { status, headers } = answer;
  if (isBusy(answer)) throw new SourceError('REFUSED', `HTTP ${status}`);
  const types = headers.get('accept-post')?.split(',') ?? [];
  const isOk = status >= 200 && status < 300;
  return isOk && types.some((type) => type.trim() === RANGE_LIST_TYPE);
}

/** Asks a source for many ranges at once. Throws {@link SourceError}. */
export async function openBundle(request: BundleRequest): Promise<BundleAnswer> {
  const { base } = request;
  const answer = await send(request, {
    method: 'POST',
    headers: { 'content-type': RANGE_LIST_TYPE, accept: RANGE_BUNDLE_TYPE },
    body: encodeRangeList({ ranges: request.ranges, base }),
  });
  const isBundle = answer.headers.get('content-type') === RANGE_BUNDLE_TYPE;
  if (answer.status === 200 && isBundle) {
    const baseVersion = answer.headers.get(BASE_VERSION_HEADER);
    const usesBase = base !== undefined && baseVersion === String(base.internalVersion);
    return { state: 'BUNDLE', bytes: decompressed(answer, request, usesBase ? base : undefined) };
  }
  await discardBody(answer).catch(() => undefined);
  if (!isBusy(answer)) return { state: 'NOT_OFFERED' };
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = seconds >= 0 ? seconds * 1_000 : DEFAULT_RETRY_AFTER_MS;
  return { state: 'BUSY', retryAfterMs: Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) };
}

function isBusy({ status }: HttpAnswer): boolean {
  return status === 503 || status === 429;
}

async function send(
  { codebase, transport, signal }: SourceQuestion,
  request: Omit<HttpRequest, 'signal'>,
): Promise<HttpAnswer> {
  try {
    return await transport(codebase.url, { ...request, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new SourceError('UNREACHABLE', 'no connection', error);
  }
}

async function* decompressed(
  answer: HttpAnswer,
  request: BundleRequest,
  base: BaseBytes | undefined,
): AsyncGenerator<Uint8Array> {
  if (!answer.body) return;
  const wire = answer.body[Symbol.asyncIterator]();
  const blocks = { [Symbol.asyncIterator]: () => wire };
  const counted = Readable.from(count(blocks, request), { objectMode: false });
  const plain = createZstdDecompress({
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
    ...(base ? { dictionary: base.bytes } : {}),
  });
  counted.once('error', (error) => plain.destroy(error));
  counted.pipe(plain);
  try {
    for await (const bytes of plain as AsyncIterable<Uint8Array>) yield bytes;
  } catch (error) {
    request.signal.throwIfAborted();
    const { name } = error as Error;
    if (name === 'HeldBack' || name === 'SourceError') throw error;
    throw new SourceError('SHORT', 'sends a bundle that breaks off', error);
  } finally {
    // A source that sends no end would hold the connection, and `counted` waits for its next block.
    void wire.return?.().catch(() => undefined);
    counted.destroy();
    plain.destroy();
  }
}

async function* count(
  wire: AsyncIterable<Uint8Array>,
  request: BundleRequest,
): AsyncGenerator<Uint8Array> {
  const plainBytes = request.ranges.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const maxBytes = plainBytes * (1 + WIRE_EXCESS.share) + WIRE_EXCESS.bytes;
  let wireBytes = 0;
  for await (const bytes of wire) {
    wireBytes += bytes.length;
    await request.onWireBytes(bytes.length);
    if (wireBytes > maxBytes) {
      throw new SourceError('TOO_LONG', 'sends a bundle that is larger than what it holds');
    }
    // The decompression still works on it when the next block is asked for.
    yield Buffer.from(bytes);
  }
}
