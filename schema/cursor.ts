import type { SortKey } from '../catalog/queries.ts';
import { CanopyError } from '../core/errors.ts';

/** A connection's cursor: base64url JSON of the sort key. */
export function encodeCursor(key: SortKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Throws `CURSOR_INVALID` unless `cursor` decodes to a sort key of `columns` scalars. */
export function decodeCursor(cursor: string, columns: number, argument: string): SortKey {
  const key = parseJson(Buffer.from(cursor, 'base64url').toString('utf8'));
  const valid = Array.isArray(key) && key.length === columns && key.every(isKeyPart);
  if (valid) return key as SortKey;
  throw new CanopyError('CURSOR_INVALID', `${argument}: this is not a cursor of this list.`, {
    path: [argument],
    hint: 'Take pageInfo.endCursor or startCursor of the same list in the same order.',
  });
}

function isKeyPart(part: unknown): boolean {
  return part === null || ['string', 'number', 'boolean'].includes(typeof part);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
