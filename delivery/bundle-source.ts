import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { RANGE_BUNDLE_TYPE, RANGE_LIST_TYPE, type BundledRange } from '../content/range-bundle.ts';
import { discardBody, type HttpAnswer, type HttpTransport } from './http-transport.ts';
import { SourceError, type Codebase } from './source.ts';

export interface BundleRequest {
  readonly codebase: Codebase;
  readonly ranges: readonly BundledRange[];
  readonly transport: HttpTransport;
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
  let answer: HttpAnswer;
  try {
    answer = await request.transport(codebase.url, {
      method: 'POST',
      headers: { 'content-type': RANGE_LIST_TYPE, accept: RANGE_BUNDLE_TYPE },
      body: JSON.stringify({ ranges: request.ranges }),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new SourceError('UNREACHABLE', 'no connection', error);
  }
  const isBundle = answer.headers.get('content-type') === RANGE_BUNDLE_TYPE;
  if (answer.status === 200 && isBundle) return decompressed(answer, request);
  await discardBody(answer).catch(() => undefined);
  return undefined;
}

async function* decompressed(
  answer: HttpAnswer,
  request: BundleRequest,
): AsyncGenerator<Uint8Array> {
  if (!answer.body) return;
  const counted = Readable.from(count(answer.body, request), { objectMode: false });
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
    counted.destroy();
    plain.destroy();
  }
}

async function* count(
  wire: AsyncIterable<Uint8Array>,
  request: BundleRequest,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of wire) {
    await request.onWireBytes(bytes.length);
    yield bytes;
  }
}
