import { CanopyError } from '../core/errors.ts';
import { parseGuid, type Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import {
  checkTokenLife,
  isEd25519,
  isProven,
  issueToken,
  type EnrollmentTokenStore,
} from './enrollment-tokens.ts';
import type { PackageServer } from './model.ts';
import { withdrawHoldings } from './record-holdings.ts';
import { requireItem } from './require-item.ts';
import { InputCheck } from './validation.ts';

export interface EnrollmentInputs {
  readonly context: CatalogContext;
  readonly tokens: EnrollmentTokenStore;
}

export interface NewEnrollmentToken {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly packageServer: PackageServer;
}

/**
 * A token for one machine to enrol as this package server.
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
  checkTokenLife(check, expiresInMinutes);
  if (packageServer.kind !== 'CANOPY') {
    const hint = 'Delete it and create it anew with the kind CANOPY.';
    check.add('packageServerId', `${packageServer.name} is a legacy package server.`, hint);
  }
  check.refuse();
  const subject = { kind: 'PACKAGE_SERVER', packageServerId } as const;
  const issued = await issueToken({ context, tokens }, subject, expiresInMinutes);
  return { ...issued, packageServer };
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
  const { publicKey, challenge, proof } = request;
  const nowMs = context.clock.nowMs();
  const token = await tokens.get(tokenId);
  const smpNodeId = context.identity.nodeId;
  const statement = { kind: 'enroll', smpNodeId, tokenId, publicKey, challenge };
  if (!token || !isProven(context.identity, token, statement, proof)) {
    throw refused('The enrolment token is not known here, or the proof does not match it.');
  }
  const { packageServerId } = token;
  if (packageServerId === undefined) {
    throw refused('The enrolment token is for an SMP that joins, not for a package server.');
  }
  if (!context.model.packageServer(packageServerId)) {
    throw refused('The package server of this enrolment token was deleted.');
  }
  if (!(await tokens.use(tokenId, publicKey, nowMs))) {
    const isExpired = token.expiresAtMs <= nowMs;
    throw refused(`The enrolment token ${isExpired ? 'has expired' : 'was used already'}.`);
  }
  const item = await takeKey(context, packageServerId, publicKey);
  await tokens.removeOf(packageServerId, tokenId);
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

function refused(message: string): CanopyError {
  return new CanopyError('ENROLLMENT_REFUSED', message, {
    path: ['tokenId'],
    hint: 'Create a new token for the package server (createEnrollmentToken) and use it once.',
  });
}
