import type { Guid } from '../core/guid.ts';
import { signRequest } from '../core/http-signature.ts';
import type { NodeIdentity } from '../core/identity.ts';
import type { Random } from '../core/random.ts';
import type { Fetch } from '../core/fetch.ts';
import type { ServerClock } from './server-clock.ts';

export interface RequestSigner {
  /** Headers that prove a request to be ours, at this moment. Signs text bodies only. */
  headers(request: { readonly method: string; readonly url: string }): Record<string, string>;
  /** `fetch` that signs; a refusal that tells the SMP's time is repeated once, with that time. */
  readonly fetch: Fetch;
}

export interface RequestSignerOptions {
  readonly packageServerId: Guid;
  readonly identity: NodeIdentity;
  readonly fetch: Fetch;
  readonly serverClock: ServerClock;
  readonly random: Random;
}

const NONCE_BYTES = 16;

/** Signs the requests of this package server (RFC 9421). */
export function createRequestSigner(options: RequestSignerOptions): RequestSigner {
  const { identity, serverClock, random, packageServerId } = options;
  const sign = (request: Omit<Parameters<typeof signRequest>[1], 'keyId'>) =>
    signRequest(
      identity,
      { ...request, keyId: packageServerId },
      {
        nowMs: serverClock.nowMs(),
        nonce: Buffer.from(random.bytes(NONCE_BYTES)).toString('base64url'),
      },
    );
  const send = (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const { body, method = 'GET' } = init;
    const signed = sign({
      method,
      url,
      body: typeof body === 'string' ? Buffer.from(body) : undefined,
      contentType: headers.get('content-type') ?? undefined,
    });
    for (const [name, value] of Object.entries(signed)) headers.set(name, value);
    return options.fetch(url, { ...init, headers });
  };
  return {
    headers: sign,
    fetch: async (input, init = {}) => {
      const url = String(input);
      const first = await send(url, init);
      const serverTime = Number(first.headers.get('x-canopy-time') ?? Number.NaN);
      if (first.status !== 401 || !Number.isFinite(serverTime)) return first;
      await first.body?.cancel();
      serverClock.observe(serverTime);
      return await send(url, init);
    },
  };
}
