import { createHash, createHmac, createPublicKey, timingSafeEqual } from 'node:crypto';
import type { Json } from '../core/canonical-json.ts';
import { formatEnrollmentToken, proofUnder } from '../core/enrollment-token.ts';
import type { Guid } from '../core/guid.ts';
import type { NodeIdentity } from '../core/identity.ts';
import type { CatalogContext } from './context.ts';
import type { InputCheck } from './validation.ts';

/** Who may come in with a token: one machine as a package server, or one SMP as a child. */
export type EnrollmentKind = 'PACKAGE_SERVER' | 'CHILD';

/** A token that one machine may enrol with, as it is kept: never the secret. */
export interface EnrollmentToken {
  readonly id: Guid;
  readonly kind: EnrollmentKind;
  /** The package server that enrols; `undefined` for a child. */
  readonly packageServerId: Guid | undefined;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly usedAtMs: number | undefined;
  /** Public key of the machine that used it. */
  readonly usedBy: string | undefined;
}

/** Where enrolment tokens are kept. */
export interface EnrollmentTokenStore {
  /** Drops expired ones on the way. */
  insert(token: EnrollmentToken): Promise<void>;
  get(id: Guid): Promise<EnrollmentToken | undefined>;
  /**
   * Binds a token that nobody used to `publicKey`, in one statement. Answers it when it is bound to
   * that key, now or since before; `undefined` when it is another's, expired or gone.
   */
  use(id: Guid, publicKey: string, nowMs: number): Promise<EnrollmentToken | undefined>;
  remove(id: Guid): Promise<void>;
  /** Deletes all tokens of a package server, but for one. */
  removeOf(packageServerId: Guid, exceptId?: Guid): Promise<void>;
}

const LIFE_MINUTES = { min: 1, max: 7 * 24 * 60 };

/** Adds a problem for a life out of bounds. */
export function checkTokenLife(check: InputCheck, expiresInMinutes: number): void {
  check.integer('expiresInMinutes', expiresInMinutes, LIFE_MINUTES);
}

/** Makes a token and stores all of it but the secret; the text is `canopyjoin1.<node id>.<id>.<secret>`. */
export async function issueToken(
  { context, tokens }: { readonly context: CatalogContext; readonly tokens: EnrollmentTokenStore },
  subject: Pick<EnrollmentToken, 'kind' | 'packageServerId'>,
  expiresInMinutes: number,
): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
  const { identity, clock } = context;
  const id = context.random.guid();
  const secret = secretOf(identity, id);
  const createdAtMs = clock.nowMs();
  const expiresAtMs = createdAtMs + expiresInMinutes * 60_000;
  await tokens.insert({
    ...subject,
    id,
    secretHash: hashOf(secret),
    createdAtMs,
    expiresAtMs,
    usedAtMs: undefined,
    usedBy: undefined,
  });
  const token = formatEnrollmentToken({ smpNodeId: identity.nodeId, tokenId: id, secret });
  return { token, expiresAtMs };
}

/** True when `proof` (base64url) is the HMAC-SHA256 of the statement under the secret of this token. */
export function isProven(
  identity: NodeIdentity,
  token: EnrollmentToken,
  statement: Json,
  proof: string,
): boolean {
  const secret = secretOf(identity, token.id);
  if (hashOf(secret) !== token.secretHash) return false;
  const expected = Buffer.from(proofUnder(secret, statement), 'base64url');
  const given = Buffer.from(proof, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const SPKI_BYTES = 44;

/** True for an Ed25519 public key as SPKI DER in base64, in its one spelling. */
export function isEd25519(publicKey: string): boolean {
  const der = Buffer.from(publicKey, 'base64');
  if (der.length !== SPKI_BYTES || der.toString('base64') !== publicKey) return false;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

/**
 * The secret of a token follows from the node key, so that the proof can be checked while the
 * database knows nothing but a hash.
 */
function secretOf(identity: NodeIdentity, tokenId: Guid): Buffer {
  const key = identity.secretFor('enrolment token');
  return createHmac('sha256', key).update(tokenId).digest();
}

function hashOf(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('hex');
}
