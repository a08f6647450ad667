import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { sha256Hex } from './tree.ts';

/**
 * The content coding `dcz` (RFC 9842): a response that is compressed against bytes that the client
 * named in `Available-Dictionary`.
 */
export const DICTIONARY_CODING = 'dcz';

/** A skippable frame of Zstandard that holds the SHA-256 of the dictionary. */
const MAGIC = Buffer.from('5e2a4d1820000000', 'hex');
const HEAD_BYTES = MAGIC.length + 32;
/** The least that every client of the coding can decode. */
const WINDOW_LOG = 23;
const DICTIONARY = /^:([A-Za-z0-9+/]{43}=):$/;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The hash of the dictionary that a request offers for this coding. */
export function offeredDictionary({ headers }: IncomingMessage): string | undefined {
  const codings = String(headers['accept-encoding'] ?? '').split(',');
  if (!codings.some((coding) => coding.trim() === DICTIONARY_CODING)) return undefined;
  const base64 = DICTIONARY.exec(String(headers['available-dictionary'] ?? ''))?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}

/** The headers of a request that offers `dictionary`. */
export function offerDictionary(dictionary: Uint8Array): Record<string, string> {
  const base64 = Buffer.from(sha256Hex(dictionary), 'hex').toString('base64');
  return { 'Accept-Encoding': DICTIONARY_CODING, 'Available-Dictionary': `:${base64}:` };
}

/** Compresses outside the main thread. */
export async function encodeAgainst(bytes: Buffer, dictionary: Buffer): Promise<Buffer> {
  const params = {
    [constants.ZSTD_c_compressionLevel]: 6,
    [constants.ZSTD_c_windowLog]: WINDOW_LOG,
  };
  const frame = await compress(bytes, { params, dictionary });
  return Buffer.concat([MAGIC, Buffer.from(sha256Hex(dictionary), 'hex'), frame]);
}

/** `undefined` for what is not the coding, uses another dictionary or holds more than `maxBytes`. */
export async function decodeAgainst(
  body: Buffer,
  dictionary: Buffer,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const head = Buffer.concat([MAGIC, Buffer.from(sha256Hex(dictionary), 'hex')]);
  if (!body.subarray(0, HEAD_BYTES).equals(head)) return undefined;
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG };
  const options = { params, dictionary, maxOutputLength: maxBytes };
  return await decompress(body.subarray(HEAD_BYTES), options).catch(() => undefined);
}
