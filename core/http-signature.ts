import { createHash } from 'node:crypto';
import { CanopyError } from './errors.ts';
import { verifyBytes, type NodeIdentity } from './identity.ts';

/** What a node is about to send. */
export interface RequestToSign {
  readonly method: string;
  /** Absolute; for a WebSocket the `http:` or `https:` form of its address. */
  readonly url: string;
  /** Absent and empty are the same: no body. */
  readonly body?: Uint8Array | undefined;
  /** Of the body; the caller sends it as `Content-Type`. */
  readonly contentType?: string | undefined;
  /** By which name the receiver knows the signer's key: the GUID of the package server or SMP. */
  readonly keyId: string;
  readonly speaker: Speaker;
}

/** What the signer is to the receiver; the tag of the signature says it. */
export type Speaker = 'PACKAGE_SERVER' | 'CHILD';

/** The moment of signing, and 16 or more random bytes (base64url) that are used once. */
export interface SigningMoment {
  /** The receiver's clock as the signer knows it: the answer 401 carries it. */
  readonly nowMs: number;
  readonly nonce: string;
}

/** A request as it came in. Header names in lower case; a repeated header joined by `, `. */
export interface ReceivedRequest {
  readonly method: string;
  /** Names under which the receiver may have been addressed: `smp1.example:8080`. */
  readonly authorities: readonly string[];
  /** Path and query as on the request line. */
  readonly target: string;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

/** A request that its signer has proven to have sent. Whether its nonce is new is not said here. */
export interface SignedRequest {
  readonly keyId: string;
  readonly speaker: Speaker;
  readonly nonce: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** `Content-Digest` as signed; the body is checked by {@link requireDigest}. */
  readonly contentDigest: string | undefined;
}

export interface VerifyOptions {
  /** SPKI DER, base64; `undefined` for a key that is not known. */
  readonly publicKeyOf: (keyId: string, speaker: Speaker) => string | undefined;
  readonly nowMs: number;
}

const LABEL = 'canopy';
const TAGS: { readonly [S in Speaker]: string } = {
  PACKAGE_SERVER: 'canopy',
  CHILD: 'canopy-child',
};
const SPEAKERS = Object.keys(TAGS) as Speaker[];
const LIFETIME_SECONDS = 60;
/** How far ahead of the receiver a signer may be; one that is further learns the time. */
export const SIGNATURE_SKEW_MS = 5_000;

const ALWAYS_COVERED = ['@method', '@authority', '@path', '@query'];
const WITH_BODY = ['content-digest', 'content-type'];

/**
 * The headers that prove a request to be the key owner's (RFC 9421, Ed25519): `Signature-Input`,
 * `Signature` and, with a body, `Content-Digest` (RFC 9530). Valid for 60 s from `nowMs`.
 */
export function signRequest(
  identity: Pick<NodeIdentity, 'signBytes'>,
  request: RequestToSign,
  { nowMs, nonce }: SigningMoment,
): Record<string, string> {
  const url = new URL(request.url);
  const hasBody = request.body !== undefined && request.body.length > 0;
  const digest: Record<string, string> = hasBody
    ? { 'content-digest': contentDigest(request.body) }
    : {};
  const covered = hasBody ? [...ALWAYS_COVERED, ...WITH_BODY] : ALWAYS_COVERED;
  const created = Math.floor(nowMs / 1000);
  const parameters =
    `(${covered.map((name) => `"${name}"`).join(' ')});created=${created}` +
    `;expires=${created + LIFETIME_SECONDS};nonce="${nonce}"` +
    `;keyid="${request.keyId}";tag="${TAGS[request.speaker]}"`;
  const base = signatureBase(covered, parameters, {
    method: request.method,
    authority: url.host,
    target: `${url.pathname}${url.search}`,
    headers: { ...digest, 'content-type': request.contentType },
  });
  return {
    ...digest,
    'signature-input': `${LABEL}=${parameters}`,
    signature: `${LABEL}=:${identity.signBytes(Buffer.from(base))}:`,
  };
}

/** Whether a request claims to be signed at all. */
export function isSigned({ headers }: Pick<ReceivedRequest, 'headers'>): boolean {
  return headers['signature-input'] !== undefined || headers['signature'] !== undefined;
}

/**
 * Proves a received request. Throws `UNAUTHENTICATED` with the reason: unreadable or doubled
 * signature, a part of the request that is not covered, unknown key, out of its time, wrong.
 */
export function verifyRequest(request: ReceivedRequest, options: VerifyOptions): SignedRequest {
  const read = readSignature(request);
  const missing = requiredComponents(request).find((name) => !read.covered.includes(name));
  if (missing !== undefined) throw refused(`The signature does not cover ${missing}.`);
  const publicKey = options.publicKeyOf(read.keyId, read.speaker);
  if (publicKey === undefined) throw refused('The key of the signature is not known here.');
  requireTime(read, options.nowMs);
  const { method, target, headers } = request;
  const isProven = request.authorities.some((authority) =>
    verifyBytes(
      publicKey,
      Buffer.from(
        signatureBase(read.covered, read.parameters, { method, authority, target, headers }),
      ),
      read.signature,
    ),
  );
  if (!isProven) throw refused('The signature does not match the request.');
  return {
    keyId: read.keyId,
    speaker: read.speaker,
    nonce: read.nonce,
    createdMs: read.createdMs,
    expiresMs: read.expiresMs,
    contentDigest: headerOf(headers, 'content-digest'),
  };
}

/** `Content-Digest` of a body: `sha-256=:…:`. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** Throws `UNAUTHENTICATED` when the body is not the one that was signed. */
export function requireDigest({ contentDigest: signed }: SignedRequest, body: Uint8Array): void {
  if (signed === undefined && body.length === 0) return;
  if (signed === contentDigest(body)) return;
  throw refused('The body does not match Content-Digest (sha-256).');
}

/** The parts of a message that derived components are read from. */
interface MessageParts {
  readonly method: string;
  readonly authority: string;
  readonly target: string;
  readonly headers: ReceivedRequest['headers'];
}

/** The text that is signed (RFC 9421 §2.5). Throws `UNAUTHENTICATED` when a component is absent. */
export function signatureBase(
  covered: readonly string[],
  parameters: string,
  parts: MessageParts,
): string {
  const lines = covered.map((name) => `"${name}": ${componentOf(name, parts)}`);
  return [...lines, `"@signature-params": ${parameters}`].join('\n');
}

function componentOf(name: string, { method, authority, target, headers }: MessageParts): string {
  const mark = target.indexOf('?');
  switch (name) {
    case '@method':
      return method;
    case '@authority':
      return authority.toLowerCase();
    case '@path':
      return mark < 0 ? target : target.slice(0, mark);
    case '@query':
      // Without a query the value is the question mark alone (RFC 9421 §2.2.7).
      return mark < 0 ? '?' : target.slice(mark);
  }
  const value = headerOf(headers, name);
  if (value === undefined) throw refused(`The signature covers ${name}, which was not sent.`);
  return value.trim();
}

function headerOf(headers: ReceivedRequest['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value.join(', ') : value;
}

interface ReadSignature {
  readonly covered: readonly string[];
  /** The inner list with its parameters, as sent. */
  readonly parameters: string;
  readonly keyId: string;
  readonly speaker: Speaker;
  readonly nonce: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Base64. */
  readonly signature: string;
}

/** One label, a list of names, parameters in any order: all that two nodes need of RFC 8941. */
const INPUT = /^([a-z][a-z0-9_.*-]{0,31})=(\(("[a-z@-]+"(?: "[a-z@-]+")*)\)((?:;[^;]+)+))$/;
const PARAMETER = /^([a-z]+)=(?:(\d{1,12})|"([\x20\x21\x23-\x5b\x5d-\x7e]{1,128})")$/;
const SIGNATURE = /^([a-z][a-z0-9_.*-]{0,31})=:([A-Za-z0-9+/]{86}==):$/;

function readSignature({ headers }: ReceivedRequest): ReadSignature {
  const input = INPUT.exec(headerOf(headers, 'signature-input') ?? '');
  const sent = SIGNATURE.exec(headerOf(headers, 'signature') ?? '');
  if (!input || !sent || input[1] !== sent[1]) {
    throw refused('Signature-Input and Signature must each carry one signature of one label.');
  }
  const covered = input[3]!.split(' ').map((name) => name.slice(1, -1));
  if (new Set(covered).size < covered.length) {
    throw refused('The signature covers a part of the request twice.');
  }
  const parameters = new Map<string, string>();
  for (const text of input[4]!.slice(1).split(';')) {
    const [, name, number, quoted] = PARAMETER.exec(text) ?? [];
    if (name === undefined || parameters.has(name)) {
      throw refused('A parameter of the signature is malformed or repeated.');
    }
    parameters.set(name, (number ?? quoted)!);
  }
  const need = (name: string): string => {
    const value = parameters.get(name);
    if (value === undefined) throw refused(`The signature has no parameter ${name}.`);
    return value;
  };
  const tag = need('tag');
  const speaker = SPEAKERS.find((one) => TAGS[one] === tag);
  if (!speaker) {
    const known = Object.values(TAGS).join('" or "');
    throw refused(`The tag of the signature is not "${known}".`);
  }
  const algorithm = parameters.get('alg');
  if (algorithm !== undefined && algorithm !== 'ed25519') {
    throw refused('The algorithm of the signature is not ed25519.');
  }
  return {
    covered,
    parameters: input[2]!,
    keyId: need('keyid'),
    speaker,
    nonce: need('nonce'),
    createdMs: Number(need('created')) * 1000,
    expiresMs: Number(need('expires')) * 1000,
    signature: sent[2]!,
  };
}

function requiredComponents({ headers }: ReceivedRequest): readonly string[] {
  const length = headerOf(headers, 'content-length');
  const hasBody = headers['transfer-encoding'] !== undefined || Number(length ?? 0) > 0;
  return hasBody ? [...ALWAYS_COVERED, ...WITH_BODY] : ALWAYS_COVERED;
}

function requireTime({ createdMs, expiresMs }: ReadSignature, nowMs: number): void {
  if (expiresMs - createdMs > LIFETIME_SECONDS * 1000 || expiresMs <= createdMs) {
    throw refused(`A signature is valid for 1 to ${LIFETIME_SECONDS} seconds.`);
  }
  if (createdMs > nowMs + SIGNATURE_SKEW_MS)
    throw refused('The signature is from the future.', TIME_HINT);
  if (expiresMs <= nowMs) throw refused('The signature has expired.', TIME_HINT);
}

const TIME_HINT = "Sign again by the server's time, which X-Canopy-Time gives in milliseconds.";

function refused(message: string, hint?: string): CanopyError {
  return new CanopyError('UNAUTHENTICATED', message, {
    path: ['Signature'],
    ...(hint === undefined ? {} : { hint }),
  });
}
