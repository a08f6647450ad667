import { CanopyError, ERRORS, type ErrorCode } from './errors.ts';
import { retryAfter } from './http-answer.ts';
import type { RequestSigner } from './request-signer.ts';
import type { ServerClock } from './server-clock.ts';

export interface SigningSocketOptions {
  readonly signer: Pick<RequestSigner, 'headers'>;
  /** Learns the time from a refusal that tells it. */
  readonly serverClock: Pick<ServerClock, 'observe'>;
}

/** Of `ws`, the parts that signing needs; handed in, because this folder opens no connections. */
interface SocketLike {
  on(event: 'unexpected-response', listener: (request: unknown, answer: AnswerLike) => void): void;
  emit(event: 'error', error: Error): boolean;
  terminate(): void;
}
/** A constructor of WebSockets like that of `ws`. */
// A mixin's base class must be declared with `any[]`.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type SocketClass = new (...args: any[]) => SocketLike;

interface AnswerLike extends AsyncIterable<Uint8Array> {
  readonly statusCode?: number | undefined;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;
const HANDSHAKE_TIMEOUT_MS = 15_000;

/**
 * The constructor of WebSockets whose request to open is signed, at the moment it is sent. A
 * refusal becomes an `error` event with the `CanopyError` that the server named.
 */
export function signedWebSocket<Base extends SocketClass>(
  WebSocket: Base,
  { signer, serverClock }: SigningSocketOptions,
): Base {
  return class SignedWebSocket extends WebSocket {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    constructor(...args: any[]) {
      const [address, protocols] = args as [string, string | string[] | undefined];
      const url = address.replace(/^ws/, 'http');
      super(address, protocols ?? [], {
        headers: signer.headers({ method: 'GET', url }),
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload: MAX_MESSAGE_BYTES,
      });
      this.on('unexpected-response', (_request, answer) => {
        const serverTime = Number(answer.headers['x-canopy-time'] ?? Number.NaN);
        if (Number.isFinite(serverTime)) serverClock.observe(serverTime);
        void refusalOf(url, answer).then((error) => {
          this.emit('error', error);
          this.terminate();
        });
      });
    }
  };
}

async function refusalOf(url: string, answer: AnswerLike): Promise<CanopyError> {
  const text = await readText(answer).catch(() => '');
  const { code, message } = toldError(text);
  const known = code !== undefined && Object.hasOwn(ERRORS, code);
  const retryAfterMs = retryAfter(String(answer.headers['retry-after'] ?? ''));
  return new CanopyError(
    known ? (code as ErrorCode) : 'NOT_READY',
    message ?? `${url} answers HTTP ${answer.statusCode} instead of opening a WebSocket.`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

async function readText(answer: AnswerLike): Promise<string> {
  const blocks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const block of answer) {
    sizeBytes += block.length;
    if (sizeBytes > MAX_REFUSAL_BYTES) break;
    blocks.push(block);
  }
  return Buffer.concat(blocks).toString('utf8');
}

function toldError(text: string): { readonly code?: string; readonly message?: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } };
    return error ?? {};
  } catch {
    return {};
  }
}
