import type { ServerResponse } from 'node:http';
import type { Exchange } from './door.ts';

/**
 * Headers of every answer. The content policy forbids everything; a door that serves a page sets
 * its own over it.
 */
export function setSecurityHeaders(response: ServerResponse, exchange: Exchange): void {
  response.setHeader('X-Request-Id', exchange.requestId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  if (exchange.origin.startsWith('https:')) {
    response.setHeader('Strict-Transport-Security', 'max-age=31536000');
  }
}
