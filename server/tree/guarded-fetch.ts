import { lookup, type LookupAddress, type LookupAllOptions, type LookupOptions } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { Fetch } from '../../core/http-answer.ts';
import { addressFault } from '../../hierarchy/membership/parent-url.ts';

const HAS_NO_BODY = new Set([204, 205, 304]);

/**
 * `fetch` for addresses that a person gave: a name is resolved once, and what it resolves to is
 * checked before it is connected to. Follows no redirect and keeps no connection.
 */
export const guardedFetch: Fetch = guardedFetchWith(lookup);

/** As {@link guardedFetch}, with another way to resolve names. */
export function guardedFetchWith(resolveName: Resolve): Fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const options = {
        method: init.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        lookup: guardedLookup(resolveName),
        agent: false,
        ...(init.signal ? { signal: init.signal } : {}),
      } as const;
      const sent = request(url, options, (response) => {
        try {
          resolve(toResponse(response));
        } catch (error) {
          response.destroy();
          reject(error as Error);
        }
      });
      sent.on('error', reject);
      sent.end(typeof init.body === 'string' ? init.body : undefined);
    });
}

function toResponse(response: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', headers } = response;
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  const hasBody = !HAS_NO_BODY.has(status);
  if (!hasBody) response.resume();
  const body = hasBody ? (Readable.toWeb(response) as ReadableStream) : null;
  return new Response(body, { status, statusText, headers: pairs });
}

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

type Answer = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

function guardedLookup(resolveName: Resolve) {
  return (hostname: string, options: LookupOptions, answer: Answer): void =>
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return answer(error, []);
      const fault = addresses.map(({ address }) => addressFault(address)).find(Boolean);
      const [first] = addresses;
      if (fault !== undefined || !first) {
        return answer(new Error(`${hostname}: ${fault ?? 'the name has no address.'}`), []);
      }
      if (options.all) answer(null, addresses);
      else answer(null, first.address, first.family);
    });
}
