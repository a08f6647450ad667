import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { CanopyError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { IssuedPosition } from '../catalog/ports.ts';

const MAC_BYTES = 16;
const REMEMBERED = 1_000;

/** What a cursor says: a position, and what it was issued for, when it is not for everybody. */
export interface Cursor extends IssuedPosition {
  /** For instance the reader and the rule that it reads under. */
  readonly bound: readonly (string | number)[];
}

/** An opaque cursor: base64url of a MAC (HMAC-SHA256, 16 bytes) and the JSON of its parts. */
export function issueCursor(
  cursorKey: Uint8Array,
  { epoch, run, revision, bound = [] }: IssuedPosition & Partial<Cursor>,
): string {
  const body = Buffer.from(JSON.stringify([epoch, run, revision, ...bound]));
  const cursor = Buffer.concat([macOf(cursorKey, body), body]).toString('base64url');
  knownOf(cursorKey).issued.set(cursor, { epoch, run, revision, bound });
  return cursor;
}

/** Throws `CURSOR_INVALID` for anything that {@link issueCursor} did not make with this key. */
export function readCursor(cursorKey: Uint8Array, cursor: string): Cursor {
  return knownOf(cursorKey).issued.get(cursor) ?? checkCursor(cursorKey, cursor);
}

function checkCursor(cursorKey: Uint8Array, cursor: string): Cursor {
  const bytes = Buffer.from(cursor, 'base64url');
  const mac = bytes.subarray(0, MAC_BYTES);
  const body = bytes.subarray(MAC_BYTES);
  if (mac.length < MAC_BYTES || !timingSafeEqual(mac, macOf(cursorKey, body))) {
    throw new CanopyError('CURSOR_INVALID', 'after: this cursor was not issued by this server.', {
      path: ['after'],
      hint: 'Leave it out to start at the present.',
    });
  }
  const [epoch, run, revision, ...bound] = JSON.parse(body.toString('utf8')) as [
    string,
    string,
    number,
    ...(string | number)[],
  ];
  return { epoch, run, revision, bound };
}

/** The revision that a cursor of this key stands for; `undefined` for any other text. */
export function revisionOfCursor(cursorKey: Uint8Array, cursor: string): number | undefined {
  try {
    return readCursor(cursorKey, cursor).revision;
  } catch {
    return undefined;
  }
}

interface KnownKey {
  /** Preparing it costs as much as a MAC. */
  readonly macKey: KeyObject;
  /** Its latest cursors need no check: most come back at once, and several times. */
  readonly issued: RecentMap<string, Cursor>;
}

const knownKeys = new WeakMap<Uint8Array, KnownKey>();

function knownOf(cursorKey: Uint8Array): KnownKey {
  const known = knownKeys.get(cursorKey) ?? {
    macKey: createSecretKey(cursorKey),
    issued: new RecentMap<string, Cursor>(REMEMBERED),
  };
  knownKeys.set(cursorKey, known);
  return known;
}

function macOf(cursorKey: Uint8Array, body: Uint8Array): Buffer {
  const { macKey } = knownOf(cursorKey);
  return createHmac('sha256', macKey).update(body).digest().subarray(0, MAC_BYTES);
}
