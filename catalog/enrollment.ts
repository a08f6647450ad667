import { createHash, createHmac, createPublicKey, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.ts';
import { CanopyError } from '../core/errors.ts';
import { parseGuid, type Guid } from '../core/guid.ts';
import type { NodeIdentity } from '../core/identity.ts';
import type { CatalogContext } from './context.ts';
import type { PackageServer } from './model.ts';
import { withdrawHoldings } from './record-holdings.ts';
import { requireItem } from './require-item.ts';
import { InputCheck } from './validation.ts';

/** A token that one machine may enrol with, as it is kept: never the secret. */
export interface EnrollmentToken {
  readonly id: Guid;
  readonly packageServerId: Guid;
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
  /** Deletes all tokens of a package server, but for one. */
  removeOf(packageServerId: Guid, exceptId?: Guid): Promise<void>;
}

export interface EnrollmentInputs {
  readonly context: CatalogContext;
  readonly tokens: EnrollmentTokenStore;
}

export interface NewEnrollmentToken {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly packageServer: PackageServer;
}

const LIFE_MINUTES = { min: 1, max: 7 * 24 * 60 };

/**
 * A token for one machine to enrol as this package server, `canopyjoin1.<node id>.<id>.<secret>`.
 * Throws `NOT_FOUND`, and `INVALID_INPUT` for a life out of bounds or a legacy package server.
 */
export async function createEnrollmentToken(
  { context, tokens }: EnrollmentInputs,
  packageServerId: Guid,
  expiresInMinutes: number,
): Promise<NewEnrollmentToken> {
  const { value: packageServer } = await context.store.transact((tx) =>
    requireItem(tx, 'packageServer', packageServerId, ['packageServerId']),
  );
  const check = new InputCheck();
  check.integer('expiresInMinutes', expiresInMinutes, LIFE_MINUTES);
  if (packageServer.kind !== 'CANOPY') {
    const hint = 'Delete it and create it anew with the kind CANOPY.';
    check.add('packageServerId', `${packageServer.name} is a legacy package server.`, hint);
  }
  check.refuse();
  const id = context.random.guid();
  const secret = secretOf(context.identity, id);
  const createdAtMs = context.clock.nowMs();
  const expiresAtMs = createdAtMs + expiresInMinutes * 60_000;
  await tokens.insert({
    id,
    packageServerId,
    secretHash: hashOf(secret),
    createdAtMs,
    expiresAtMs,
    usedAtMs: undefined,
    usedBy: undefined,
  });
  const token = `canopyjoin1.${context.identity.nodeId}.${id}.${secret.toString('base64url')}`;
  return { token, expiresAtMs, packageServer };
}

/** What a machine sends to enrol; see docs/protocol.md. */
export interface EnrollmentRequest {
  readonly tokenId: string;
  /** SPKI DER, base64. */
  readonly publicKey: string;
  /** The machine's own, base64url. */
  readonly challenge: string;
  /** HMAC-SHA256 of the statement under the token's secret, base64url. */
  readonly proof: string;
}

/**
 * Enrols a machine: its key becomes that of the package server which the token is for, and what an
 * earlier key attested counts no more. The same request again has the same answer for as long as
 * the token lives, so a lost answer or a crash in between heals by repeating.
 * Throws `ENROLLMENT_REFUSED`, and `INVALID_INPUT` for a request that is malformed.
 */
export async function enroll(
  { context, tokens }: EnrollmentInputs,
  request: EnrollmentRequest,
): Promise<PackageServer> {
  const tokenId = checkRequest(request);
  const { publicKey } = request;
  const nowMs = context.clock.nowMs();
  const token = await tokens.get(tokenId);
  if (!token || !isProven(context.identity, token, request)) {
    throw refused('The enrolment token is not known here, or the proof does not match it.');
  }
  if (!context.model.packageServer(token.packageServerId)) {
    throw refused('The package server of this enrolment token was deleted.');
  }
  if (!(await tokens.use(tokenId, publicKey, nowMs))) {
    const isExpired = token.expiresAtMs <= nowMs;
    throw refused(`The enrolment token ${isExpired ? 'has expired' : 'was used already'}.`);
  }
  const item = await takeKey(context, token.packageServerId, publicKey);
  await tokens.removeOf(token.packageServerId, tokenId);
  return item;
}

/** Forgets the key of a package server and its tokens, and withdraws what it attested. */
export async function revokeEnrollment(
  { context, tokens }: EnrollmentInputs,
  packageServerId: Guid,
): Promise<PackageServer> {
  await context.store.transact((tx) =>
    requireItem(tx, 'packageServer', packageServerId, ['packageServerId']),
  );
  // Tokens first: one that is left could enrol the same machine again.
  await tokens.removeOf(packageServerId);
  return takeKey(context, packageServerId, '');
}

function takeKey(context: CatalogContext, id: Guid, publicKey: string): Promise<PackageServer> {
  return context.write(async (tx) => {
    const before = await requireItem(tx, 'packageServer', id, ['packageServerId']);
    if (before.publicKey === publicKey) return before;
    const item = { ...before, publicKey };
    tx.put('packageServer', item);
    const reason = publicKey === '' ? 'Its enrolment was revoked.' : 'It enrolled anew.';
    await withdrawHoldings(tx, id, { reason, nowMs: context.clock.nowMs() });
    return item;
  });
}

function checkRequest({ tokenId, publicKey, challenge, proof }: EnrollmentRequest): Guid {
  const check = new InputCheck();
  const id = parseGuid(tokenId);
  if (!id) check.add('tokenId', 'is not the id of an enrolment token.');
  if (!isEd25519(publicKey)) {
    check.add('publicKey', 'is not an Ed25519 key.', 'Send SPKI DER in base64.');
  }
  if (!/^[\w-]{16,128}$/.test(challenge)) {
    check.add('challenge', 'is not 16 to 128 characters of base64url.');
  }
  if (!/^[\w-]{43}$/.test(proof)) check.add('proof', 'is not a SHA-256 HMAC in base64url.');
  check.refuse();
  return id!;
}

const SPKI_BYTES = 44;

function isEd25519(publicKey: string): boolean {
  const der = Buffer.from(publicKey, 'base64');
  if (der.length !== SPKI_BYTES || der.toString('base64') !== publicKey) return false;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

function isProven(
  identity: NodeIdentity,
  token: EnrollmentToken,
  { tokenId, publicKey, challenge, proof }: EnrollmentRequest,
): boolean {
  const secret = secretOf(identity, token.id);
  if (hashOf(secret) !== token.secretHash) return false;
  const smpNodeId = identity.nodeId;
  const statement = { kind: 'enroll', smpNodeId, tokenId, publicKey, challenge };
  const expected = createHmac('sha256', secret).update(canonicalJson(statement)).digest();
  const given = Buffer.from(proof, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
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

function refused(message: string): CanopyError {
  return new CanopyError('ENROLLMENT_REFUSED', message, {
    path: ['tokenId'],
    hint: 'Create a new token for the package server (createEnrollmentToken) and use it once.',
  });
}
