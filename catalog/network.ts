import ipaddr from 'ipaddr.js';
import type { Cidr, IpAddress } from './model.ts';

/** An address as comparable bits: IPv4 as 4 bytes, IPv6 as 16; mapped IPv4 is IPv4. */
export interface ParsedAddress {
  readonly text: IpAddress;
  readonly bytes: Uint8Array;
}

export interface ParsedNetwork extends ParsedAddress {
  readonly prefixLength: number;
  readonly cidr: Cidr;
}

/** Reads an IPv4 address in four decimal parts or an IPv6 address; a zone (`%eth0`) is dropped. */
export function parseAddress(text: string): ParsedAddress | undefined {
  const bare = text.trim().split('%', 1)[0]!;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return fromParsed(ipaddr.IPv4.parse(bare));
  const groups = withHexTail(bare);
  if (!groups.includes(':') || !ipaddr.IPv6.isValid(groups)) return undefined;
  return fromParsed(ipaddr.process(groups));
}

/**
 * Reads `10.1.0.0/16`, `10.1.0.0/255.255.0.0` or `2001:db8::/32`. `undefined` when it is none of
 * these; `hostBits` tells that the address lies inside the network instead of naming it.
 */
export function parseNetwork(
  text: string,
): { readonly network: ParsedNetwork; readonly hostBits: boolean } | undefined {
  const [addressText, lengthText, ...rest] = text.trim().split('/');
  const address = parseAddress(addressText ?? '');
  if (!address || lengthText === undefined || rest.length > 0) return undefined;
  const prefixLength = parsePrefixLength(lengthText, address.bytes.length);
  if (prefixLength === undefined) return undefined;
  const bytes = maskBytes(address.bytes, prefixLength);
  const hostBits = bytes.some((byte, index) => byte !== address.bytes[index]);
  const base = addressOfBytes(bytes);
  return {
    network: { text: base, bytes, prefixLength, cidr: `${base}/${prefixLength}` },
    hostBits,
  };
}

/** True when `inner` lies inside `outer` (or is the same network). */
export function networkContains(outer: ParsedNetwork, inner: ParsedNetwork): boolean {
  if (outer.bytes.length !== inner.bytes.length) return false;
  if (outer.prefixLength > inner.prefixLength) return false;
  return sameBytes(maskBytes(inner.bytes, outer.prefixLength), outer.bytes);
}

export function maskBytes(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & (0xff00 >> bits);
  });
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.every((byte, index) => byte === right[index]);
}

function parsePrefixLength(text: string, byteCount: number): number | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const length = Number(text);
    return length <= byteCount * 8 ? length : undefined;
  }
  if (byteCount !== 4 || !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask() ?? undefined;
}

/**
 * `::ffff:10.1.2.3` → `::ffff:a01:203`. Left to itself ipaddr.js takes the retired `::10.1.2.3`
 * (RFC 4291 §2.5.5.1) for a mapped address, and reads octal parts.
 */
function withHexTail(text: string): string {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (!tail.includes('.')) return text;
  if (!ipaddr.IPv4.isValidFourPartDecimal(tail)) return '';
  const bytes = ipaddr.IPv4.parse(tail).toByteArray();
  const group = (index: number) => ((bytes[index]! << 8) | bytes[index + 1]!).toString(16);
  return `${text.slice(0, -tail.length)}${group(0)}:${group(2)}`;
}

function fromParsed(address: ipaddr.IPv4 | ipaddr.IPv6): ParsedAddress {
  return { text: canonicalText(address), bytes: Uint8Array.from(address.toByteArray()) };
}

function addressOfBytes(bytes: Uint8Array): IpAddress {
  return canonicalText(ipaddr.fromByteArray([...bytes]));
}

function canonicalText(address: ipaddr.IPv4 | ipaddr.IPv6): IpAddress {
  return address.kind() === 'ipv6'
    ? (address as ipaddr.IPv6).toRFC5952String()
    : address.toString();
}
