import { createHash } from 'node:crypto';
import type { Random } from '../../core/random.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKEN = /^canopy_[a-z2-7]{8}_[A-Za-z0-9_-]{43}$/;

/**
 * A new bearer token: `canopy_<8 letters>_<43 characters>`. The last part is 256 random bits; the
 * letters only make a leaked token findable in logs and repositories.
 */
export function newTokenText(random: Random): string {
  const label = [...random.bytes(8)].map((byte) => ALPHABET[byte & 31]).join('');
  return `canopy_${label}_${Buffer.from(random.bytes(32)).toString('base64url')}`;
}

export function isTokenText(text: string): boolean {
  return TOKEN.test(text);
}

/** SHA-256, hex. A plain hash is enough for a secret of 256 bits: there is nothing to guess. */
export function hashToken(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
