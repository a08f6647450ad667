import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The canonical text of an IPv4 or IPv6 address: no leading zeros, IPv6 by RFC 5952, an IPv4
 * address mapped into IPv6 as IPv4, without zone. `undefined` for anything else, also for the
 * shorthand forms of IPv4 (`10.1`, `0x7f.1`, `2130706433`).
 */
export function canonicalIpAddress(text: string): string | undefined {
  const address = text.trim().replace(/%[^%]*$/, '');
  if (isIP(address) === 0) return undefined;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv6' ? (parsed as ipaddr.IPv6).toRFC5952String() : parsed.toString();
}
