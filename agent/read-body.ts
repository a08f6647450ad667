import { CanopyError } from '../core/errors.ts';

/** The whole body; throws `REQUEST_TOO_LARGE` as soon as it exceeds `maxBytes`. */
export async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  for await (const block of response.body ?? []) {
    bytes += block.length;
    if (bytes > maxBytes) {
      throw new CanopyError('REQUEST_TOO_LARGE', `The answer exceeds ${maxBytes} bytes.`);
    }
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}
