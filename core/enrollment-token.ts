import { createHmac } from 'node:crypto';
import { canonicalJson, type Json } from './canonical-json.ts';
import { CanopyError } from './errors.ts';

/** What an administrator hands to whoever sets up a package server or a child, once. */
export interface EnrollmentToken {
  /** The SMP that issued it; checked before anything else is sent. */
  readonly smpNodeId: string;
  readonly tokenId: string;
  /** 32 bytes; never leaves this machine but as a proof. */
  readonly secret: Uint8Array;
}

const TOKEN = /^canopyjoin1\.([a-z2-7]{26})\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/;

/** Reads `canopyjoin1.<smpNodeId>.<tokenId>.<secret>`; throws `INVALID_INPUT`, without its text. */
export function parseEnrollmentToken(text: string): EnrollmentToken {
  const match = TOKEN.exec(text.trim());
  if (!match) {
    throw new CanopyError('INVALID_INPUT', 'This is not an enrolment token.', {
      path: ['token'],
      hint: 'Copy the whole line that begins with canopyjoin1. from the console or the API.',
    });
  }
  return {
    smpNodeId: match[1]!,
    tokenId: match[2]!,
    secret: new Uint8Array(Buffer.from(match[3]!, 'base64url')),
  };
}

/** The text that {@link parseEnrollmentToken} reads. */
export function formatEnrollmentToken({ smpNodeId, tokenId, secret }: EnrollmentToken): string {
  return `canopyjoin1.${smpNodeId}.${tokenId}.${Buffer.from(secret).toString('base64url')}`;
}

/** Shows that the sender has the secret without sending it: HMAC-SHA256, base64url. */
export function proofUnder(secret: Uint8Array, statement: Json): string {
  return createHmac('sha256', secret).update(canonicalJson(statement)).digest('base64url');
}
