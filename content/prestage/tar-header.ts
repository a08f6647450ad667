/** Tar counts in blocks of this size; contents are padded with zeros to the next one. */
export const TAR_BLOCK_BYTES = 512;

/** What eleven octal digits hold; a larger member gets a pax record with its size. */
const MAX_USTAR_BYTES = 8 ** 11 - 1;
const MAX_NAME_BYTES = 100;
/** A pax header of ours is its own header, one block of records, and the member's header. */
const PAX_HEADER_BYTES = 3 * TAR_BLOCK_BYTES;
const PAX_NAME = 'pax-header';

/** A member of an archive: a plain file. */
export interface TarMember {
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * The header of a member as POSIX.1-2017 `pax` writes it, in the one form that a bundle has: mode
 * 0644, no owner, time zero. `tar` lists and extracts it; a reader of ours compares all of it.
 */
export function encodeTarHeader({ name, sizeBytes }: TarMember): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new RangeError(`too long for tar: ${name}`);
  if (sizeBytes <= MAX_USTAR_BYTES) return ustarBlock(name, sizeBytes, '0');
  const record = paxRecord('size', String(sizeBytes));
  const records = Buffer.alloc(TAR_BLOCK_BYTES);
  records.write(record);
  return Buffer.concat([
    ustarBlock(PAX_NAME, record.length, 'x'),
    records,
    ustarBlock(name, MAX_USTAR_BYTES, '0'),
  ]);
}

/** How many bytes of header follow, told by the first block of it. */
export function tarHeaderBytes(firstBlock: Uint8Array): number {
  return firstBlock[156] === 'x'.charCodeAt(0) ? PAX_HEADER_BYTES : TAR_BLOCK_BYTES;
}

/** Reads a whole header; `undefined` unless it is exactly what {@link encodeTarHeader} writes. */
export function decodeTarHeader(header: Buffer): TarMember | undefined {
  const last = header.subarray(header.length - TAR_BLOCK_BYTES);
  const name = textUntilZero(last.subarray(0, MAX_NAME_BYTES));
  const sizeBytes = header.length === TAR_BLOCK_BYTES ? octalSize(last) : paxSize(header);
  if (name === '' || sizeBytes === undefined || !Number.isSafeInteger(sizeBytes)) return undefined;
  const member = { name, sizeBytes };
  return encodeTarHeader(member).equals(header) ? member : undefined;
}

/** The zeros that follow a content of this size. */
export function tarPaddingBytes(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

/** An archive ends with two blocks of zeros. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK_BYTES);

function ustarBlock(name: string, sizeBytes: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  block.write('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** `<length> <key>=<value>\n`, whose length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return `${length}${rest}`;
}

function octalSize(block: Buffer): number | undefined {
  const digits = block.toString('latin1', 124, 135);
  return /^[0-7]{11}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function paxSize(header: Buffer): number | undefined {
  const records = textUntilZero(header.subarray(TAR_BLOCK_BYTES, 2 * TAR_BLOCK_BYTES));
  const match = /^\d+ size=(\d{1,16})\n$/.exec(records);
  return match ? Number(match[1]) : undefined;
}

function textUntilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
