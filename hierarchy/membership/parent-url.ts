import ipaddr from 'ipaddr.js';
import { advice, joinCheck, type JoinCheck } from './join-check.ts';

/** Addresses that no SMP has: a join that goes there is a mistake or an attack on this host. */
const FORBIDDEN = new Set(['unspecified', 'linkLocal', 'multicast', 'broadcast']);

/** Why nothing may be sent to an IP address; `undefined` when it may. Private ones may. */
export function addressFault(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return `${address} is not an IP address.`;
  const range = ipaddr.process(address).range();
  return FORBIDDEN.has(range) ? `${address} is a ${range} address.` : undefined;
}

/** The address of a parent without a trailing slash, and whether it may be used. */
export function parentUrlCheck(text: string): { readonly url: string; readonly check: JoinCheck } {
  const url = text.trim().replace(/\/+$/, '');
  const fault = urlFault(url);
  const check = (outcome: JoinCheck['outcome'], what: string, cure?: string): JoinCheck =>
    joinCheck('URL_NOT_ALLOWED', 'CHILD', outcome, what, cure === undefined ? [] : [advice(cure)]);
  if (fault)
    return { url, check: check('FAILED', fault, 'Use https://host or https://host:port.') };
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    const what = `${url} is plain HTTP: what is told can be read on the way, not altered unnoticed.`;
    return {
      url,
      check: check('WARNING', what, 'Give the parent a certificate, or a proxy with one.'),
    };
  }
  return { url, check: check('PASSED', `${url} may be used.`) };
}

function urlFault(text: string): string | undefined {
  const shown = JSON.stringify(text.slice(0, 200));
  const isPlain = /^https?:\/\/[^\s\\]+$/i.test(text) && URL.canParse(text);
  if (!isPlain) return `${shown} is not an http or https URL.`;
  const { username, password, search, hash, pathname, hostname } = new URL(text);
  if (username || password) return 'The URL of the parent has credentials in it.';
  if (search || hash || pathname !== '/') return `${shown} has more than scheme, host and port.`;
  const literal = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(literal) ? addressFault(literal) : undefined;
}

function isLoopback(hostname: string): boolean {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(literal)) return ipaddr.process(literal).range() === 'loopback';
  return literal === 'localhost' || literal.endsWith('.localhost');
}
