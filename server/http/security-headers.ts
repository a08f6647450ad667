import type { ServerResponse } from 'node:http';

/**
 * Headers of every answer. The content policy forbids everything; a door that serves a page sets
 * its own over it. `secure`: this server is reached by HTTPS and only so.
 */
export function setSecurityHeaders(response: ServerResponse, secure: boolean): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  if (secure) {
    response.setHeader('Strict-Transport-Security', 'max-age=31536000');
  }
}
