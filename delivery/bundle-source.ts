import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { createZstdDecompress } from 'node:zlib';
import { RANGE_BUNDLE_TYPE, RANGE_LIST_TYPE, type BundledRange } from '../content/range-bundle.ts';
import type { Fetch } from '../core/http-answer.ts';
import { SourceError, type Codebase } from './source.ts';

export interface BundleRequest {
  readonly codebase: Codebase;
  readonly ranges: readonly BundledRange[];
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  /** Told of bytes as they come over the wire; the next ones wait for it. */
  onWireBytes(count: number): Promise<void>;
}

/**
 * Asks a source for many ranges at once: their bytes, one after the other. `undefined` when it
 * does not know bundles, as legacy sources do not. Throws {@link SourceError}.
 */
export async function openBundle(
  request: BundleRequest,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const { codebase, signal } = request;
  if (codebase.kind === 'UNC') return undefined;
  let response: Response;
  try {
    response = await request.fetch(codebase.url, {
      method: 'POST',
      headers: { 'content-type': RANGE_LIST_TYPE, accept: RANGE_BUNDLE_TYPE },
      body: JSON.stringify({ ranges: request.ranges }),
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new SourceError('UNREACHABLE', 'no connection', error);
  }
  const isBundle = response.headers.get('content-type') === RANGE_BUNDLE_TYPE;
  if (response.status === 200 && isBundle) return decompressed(response, request);
  await response.body?.cancel().catch(() => undefined);
  return undefined;
}

async function* decompressed(
  response: Response,
  request: BundleRequest,
): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const wire = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  const counted = Readable.from(count(wire, request), { objectMode: false });
  const plain = createZstdDecompress();
  counted.once('error', (error) => plain.destroy(error));
  counted.pipe(plain);
  try {
    for await (const bytes of plain as AsyncIterable<Uint8Array>) yield bytes;
  } catch (error) {
    request.signal.throwIfAborted();
    if ((error as Error).name === 'HeldBack') throw error;
    throw new SourceError('SHORT', 'sends a bundle that breaks off', error);
  } finally {
    wire.destroy();
    plain.destroy();
  }
}

async function* count(wire: Readable, request: BundleRequest): AsyncGenerator<Uint8Array> {
  for await (const bytes of wire as AsyncIterable<Uint8Array>) {
    await request.onWireBytes(bytes.length);
    yield bytes;
  }
}
