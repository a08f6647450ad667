import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { CanopyError } from '../../core/errors.ts';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Who asks, and under which name this server was reached. */
export interface Peer {
  /** Canonical text; IPv4 mapped into IPv6 as IPv4, no zone. */
  readonly clientAddress: string;
  /** `http://HOST[:PORT]`: the public URL when one is configured. */
  readonly origin: string;
}

export interface PeerOptions {
  readonly publicUrl: string | undefined;
  /** Addresses and networks (CIDR) whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
}

/** A host name (Windows allows the underscore), IPv4 or bracketed IPv6 address, and a port. */
const HOST = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Reads the peer of a request. Throws `MALFORMED_REQUEST` for a `Host` that could not stand in a
 * URL, because answers carry it.
 */
export function peerReader(options: PeerOptions): (request: IncomingMessage) => Peer {
  const proxies = options.trustedProxies.map(parseNetwork);
  return (request) => {
    const direct = canonicalAddress(request.socket.remoteAddress ?? '');
    const behindProxy = proxies.length > 0 && isInside(direct, proxies);
    return {
      clientAddress: behindProxy ? forwardedAddress(request, direct, proxies) : direct,
      origin: options.publicUrl ?? originOf(request, behindProxy),
    };
  };
}

/** The key under which an address is limited: an IPv6 host owns its whole /64. */
export function limitKey(clientAddress: string): string {
  if (!clientAddress.includes(':') || !ipaddr.isValid(clientAddress)) return clientAddress;
  const { parts } = ipaddr.IPv6.parse(clientAddress);
  return parts.slice(0, 4).join(':');
}

function canonicalAddress(address: string): string {
  const bare = address.split('%', 1)[0]!;
  return bare.startsWith('::ffff:') && bare.includes('.') ? bare.slice(7) : bare;
}

/** The last address in `X-Forwarded-For` that is not a proxy of ours: the rest may be invented. */
function forwardedAddress(
  request: IncomingMessage,
  direct: string,
  proxies: readonly Network[],
): string {
  const hops = String(request.headers['x-forwarded-for'] ?? '').split(',');
  let nearest = direct;
  for (const hop of hops.reverse()) {
    const text = hop.trim();
    if (!ipaddr.isValid(text)) break;
    nearest = ipaddr.process(text).toString();
    if (!isInside(nearest, proxies)) break;
  }
  return nearest;
}

function originOf(request: IncomingMessage, behindProxy: boolean): string {
  const { headers, socket } = request;
  const forwarded = behindProxy ? headers['x-forwarded-host'] : undefined;
  const host = String(
    forwarded ?? headers.host ?? `${bracketed(socket.localAddress)}:${socket.localPort}`,
  );
  if (!HOST.test(host)) {
    throw new CanopyError('MALFORMED_REQUEST', 'The Host header is not a host name with a port.', {
      path: ['Host'],
      hint: 'Send the name or address of this server.',
    });
  }
  const secure = behindProxy && headers['x-forwarded-proto'] === 'https';
  return `${secure ? 'https' : 'http'}://${host}`;
}

function bracketed(address = 'localhost'): string {
  const bare = canonicalAddress(address);
  return bare.includes(':') ? `[${bare}]` : bare;
}

function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function isInside(text: string, networks: readonly Network[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return networks.some((network) => address.kind() === network[0].kind() && address.match(network));
}
