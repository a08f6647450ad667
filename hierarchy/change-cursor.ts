import { createHmac, timingSafeEqual } from 'node:crypto';
import { CanopyError } from '../core/errors.ts';
import type { Position } from '../catalog/ports.ts';

const MAC_BYTES = 16;

/** An opaque cursor: base64url of a MAC (HMAC-SHA256, 16 bytes) and the JSON of the position. */
export function issueCursor(cursorKey: Uint8Array, position: Position): string {
  const body = Buffer.from(JSON.stringify([position.epoch, position.revision]));
  return Buffer.concat([macOf(cursorKey, body), body]).toString('base64url');
}

/** Throws `CURSOR_INVALID` for anything that {@link issueCursor} did not make with this key. */
export function readCursor(cursorKey: Uint8Array, cursor: string): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const mac = bytes.subarray(0, MAC_BYTES);
  const body = bytes.subarray(MAC_BYTES);
  if (mac.length < MAC_BYTES || !timingSafeEqual(mac, macOf(cursorKey, body))) {
    throw new CanopyError('CURSOR_INVALID', 'after: this cursor was not issued by this server.', {
      path: ['after'],
      hint: 'Leave it out to start at the present.',
    });
  }
  const [epoch, revision] = JSON.parse(body.toString('utf8')) as [string, number];
  return { epoch, revision };
}

function macOf(cursorKey: Uint8Array, body: Uint8Array): Buffer {
  return createHmac('sha256', cursorKey).update(body).digest().subarray(0, MAC_BYTES);
}
