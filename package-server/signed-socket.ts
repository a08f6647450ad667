import { WebSocket } from 'ws';
import type { RequestSigner } from './signed-fetch.ts';

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** The constructor of WebSockets whose request to open is signed, at the moment it is sent. */
export function signedWebSocket(
  signer: RequestSigner,
): new (address: string, protocols?: string | string[]) => WebSocket {
  return class SignedWebSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      const url = address.replace(/^ws/, 'http');
      super(address, protocols ?? [], {
        headers: signer.headers({ method: 'GET', url }),
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload: MAX_MESSAGE_BYTES,
      });
    }
  };
}
