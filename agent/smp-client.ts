import { CanopyError, type ErrorCode } from '../core/errors.ts';
import { bracedGuid, type Guid } from '../core/guid.ts';
import type { Fetch } from '../core/http-answer.ts';
import {
  writePackageInfoRequest,
  type PackageInfoRequest,
} from '../legacy/package-info-request.ts';
import { writePoliciesRequest, type PoliciesRequest } from '../legacy/policies-request.ts';
import { readBody } from './read-body.ts';

/** What the server says of a snapshot beside it, in headers; see docs/legacy-endpoints.md. */
export interface SnapshotProof {
  readonly rootHash: string;
  readonly ownerNodeId: string;
  /** base64; over `snapshotStatement`. */
  readonly signature: string;
  /** SPKI DER, base64; `undefined` when the server does not know it. */
  readonly publicKey: string | undefined;
}

export interface SnapshotAnswer {
  readonly xml: Buffer;
  /** `undefined` from a server that does not sign. */
  readonly proof: SnapshotProof | undefined;
}

/**
 * The three questions of a legacy agent, as bytes: each answer is what the server sent. All throw
 * `BUSY` with `retryAfterMs` when the server says so, `NOT_READY` when it cannot be reached or
 * fails, `TIMEOUT`, and otherwise an error with the server's own text.
 */
export interface SmpClient {
  readonly url: string;
  clientPolicies(request: PoliciesRequest, signal: AbortSignal): Promise<Buffer>;
  packageInfo(request: PackageInfoRequest, signal: AbortSignal): Promise<Buffer>;
  /** `url` as a codebase names it; the package is added to it. */
  packageSnapshot(url: string, packageId: Guid, signal: AbortSignal): Promise<SnapshotAnswer>;
}

export interface SmpClientOptions {
  /** `http://smp1.example` or with a path before `/Altiris`. */
  readonly url: string;
  readonly fetch: Fetch;
  /** For one question, answer included; default 60 s. */
  readonly timeoutMs?: number;
}

const MAX_BYTES = {
  policies: 16 * 1024 * 1024,
  packageInfo: 4 * 1024 * 1024,
  snapshot: 128 * 1024 * 1024,
} as const;
const MAX_ERROR_TEXT_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_MS = 2 * 60 * 60_000;

export function createSmpClient(options: SmpClientOptions): SmpClient {
  const base = smpUrl(options.url);
  const ask = async (
    url: string,
    init: RequestInit,
    maxBytes: number,
  ): Promise<{ readonly body: Buffer; readonly headers: Headers }> => {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000);
    const signal = AbortSignal.any([init.signal!, timeout]);
    try {
      const response = await options.fetch(url, { ...init, signal, redirect: 'manual' });
      if (response.status !== 200) throw await refusal(url, response);
      return { body: await readBody(response, maxBytes), headers: response.headers };
    } catch (error) {
      init.signal!.throwIfAborted();
      throw asCanopyError(error, url, timeout.aborted);
    }
  };
  return {
    url: base,
    async clientPolicies(request, signal) {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/xml', 'x-sma-id': request.resourceId },
        body: writePoliciesRequest(request),
        signal,
      };
      const url = `${base}/Altiris/NS/Agent/GetClientPolicies.aspx`;
      return (await ask(url, init, MAX_BYTES.policies)).body;
    },
    async packageInfo(request, signal) {
      const xml = encodeURIComponent(writePackageInfoRequest(request));
      const url = `${base}/Altiris/NS/Agent/GetPackageInfo.aspx?xml=${xml}`;
      return (await ask(url, { signal }, MAX_BYTES.packageInfo)).body;
    },
    async packageSnapshot(url, packageId, signal) {
      const separator = url.includes('?') ? '&' : '?';
      const address = `${url}${separator}PackageId=${encodeURIComponent(bracedGuid(packageId))}`;
      const { body, headers } = await ask(address, { signal }, MAX_BYTES.snapshot);
      return { xml: body, proof: proofOf(headers) };
    },
  };
}

function smpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash) {
    throw new CanopyError('INVALID_INPUT', `not the URL of an SMP: ${JSON.stringify(text)}`, {
      path: ['server'],
      hint: 'Use http://host or https://host.',
    });
  }
  return text.replace(/\/+$/, '');
}

function proofOf(headers: Headers): SnapshotProof | undefined {
  const signature = headers.get('x-canopy-signature');
  const rootHash = headers.get('x-canopy-root-hash');
  const ownerNodeId = headers.get('x-canopy-node-id');
  if (!signature || !rootHash || !ownerNodeId) return undefined;
  return {
    signature,
    rootHash,
    ownerNodeId,
    publicKey: headers.get('x-canopy-public-key') ?? undefined,
  };
}

async function refusal(url: string, response: Response): Promise<CanopyError> {
  const body = await readBody(response, MAX_ERROR_TEXT_BYTES).catch(() => Buffer.alloc(0));
  const text = plainText(body.toString('utf8')) || response.statusText || 'no reason given';
  const code = codeOfStatus(response.status);
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  return new CanopyError(code, `${pageOf(url)} answers HTTP ${response.status}: ${text}`, {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 503) return 'BUSY';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  return status >= 500 ? 'NOT_READY' : 'MALFORMED_REQUEST';
}

/**
 * Seconds (RFC 9110 §10.2.3), at most what the retry schedule waits at its longest; the form with
 * a date would compare two clocks and is left out.
 */
function retryAfter(header: string | null): number | undefined {
  if (header === null || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1_000, MAX_RETRY_AFTER_MS);
}

/** The words of an XML, HTML or text answer. */
function plainText(text: string): string {
  const words = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words.length > 500 ? `${words.slice(0, 500)}…` : words;
}

function asCanopyError(error: unknown, url: string, timedOut: boolean): unknown {
  if ((error as { name?: unknown }).name === 'CanopyError') return error;
  if (timedOut) return new CanopyError('TIMEOUT', `${pageOf(url)} did not answer in time.`);
  const { cause, message } = error as { cause?: { code?: string }; message: string };
  return new CanopyError(
    'NOT_READY',
    `${pageOf(url)} cannot be reached: ${cause?.code ?? message}`,
    {
      hint: 'Check the address of the server and that it runs.',
      cause: error,
    },
  );
}

/** An address without its query, for messages. */
function pageOf(url: string): string {
  return url.split('?', 1)[0]!;
}
