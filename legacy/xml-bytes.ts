import { gunzipSync, inflateSync } from 'node:zlib';
import { CanopyError } from '../core/errors.ts';

/**
 * The characters of an XML document: UTF-8, or UTF-16 with a byte order mark, as XML 1.0 (appendix
 * F) tells them apart. gzip and zlib are recognised by their first bytes, because agents may
 * compress events and no source tells how they say so; `limitBytes` holds after unpacking.
 * Throws `MALFORMED_REQUEST` or `REQUEST_TOO_LARGE`, naming `what`.
 */
export function decodeXmlBytes(bytes: Uint8Array, what: string, limitBytes: number): string {
  if (bytes.length > limitBytes) throw tooLarge(what, limitBytes);
  const plain = unpack(bytes, what, limitBytes);
  const encoding = encodingByMark(plain);
  const text = decode(plain, encoding, what);
  refuseContradiction(text, encoding, what);
  return text;
}

export function tooLarge(what: string, limitBytes: number): CanopyError {
  return new CanopyError(
    'REQUEST_TOO_LARGE',
    `The ${what} is larger than ${limitBytes} bytes; split it.`,
  );
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

function encodingByMark(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function decode(bytes: Uint8Array, encoding: Encoding, what: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const name = encoding.toUpperCase();
    throw malformed(`The ${what} is not valid ${name}; send UTF-8, or UTF-16 with a mark.`, cause);
  }
}

/** A declaration that names another encoding means that the sender wrote other bytes than we read. */
function refuseContradiction(text: string, encoding: Encoding, what: string): void {
  const declared = /^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"'>]{1,40})["']/.exec(text)?.[1];
  if (declared === undefined) return;
  const name = declared.toLowerCase();
  const agrees = encoding === 'utf-8' ? /^(utf-?8|us-ascii)$/.test(name) : /^utf-16/.test(name);
  if (agrees) return;
  throw malformed(
    `The ${what} declares the encoding ${declared} but is ${encoding.toUpperCase()}; ` +
      'send UTF-8, or UTF-16 with a byte order mark.',
  );
}

function unpack(bytes: Uint8Array, what: string, limitBytes: number): Uint8Array {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const isZlib = bytes[0] === 0x78 && ((bytes[0] << 8) | (bytes[1] ?? 0)) % 31 === 0;
  if (!isGzip && !isZlib) return bytes;
  try {
    return (isGzip ? gunzipSync : inflateSync)(bytes, { maxOutputLength: limitBytes });
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(what, limitBytes);
    }
    throw malformed(`The ${what} looks compressed but cannot be unpacked.`, cause);
  }
}

function malformed(message: string, cause?: unknown): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', message, cause === undefined ? {} : { cause });
}
