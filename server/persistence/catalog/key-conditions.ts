import { sql, type RawBuilder } from 'kysely';
import type { Column, Row, StoredKind } from './stored-kind.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const WHOLE = /^(0|[1-9]\d{0,15})$/;

/** The key's columns as a row, or `undefined` when no item can have such a key. */
export function keyRow(stored: StoredKind, key: string): Row | undefined {
  const parts = key.split('/');
  if (parts.length !== stored.keyColumns.length) return undefined;
  const fits = stored.keyColumns.every(({ type }, index) => isValue(type, parts[index]!));
  if (!fits) return undefined;
  return Object.fromEntries(stored.keyColumns.map(({ column }, index) => [column, parts[index]!]));
}

/** Rows whose key is among `keys`; keys that no item can have match nothing. */
export function keysAre(stored: StoredKind, keys: readonly string[]): RawBuilder<boolean> {
  const rows = keys.map((key) => keyRow(stored, key)).filter((row) => row !== undefined);
  const columns = sql.join(stored.keyColumns.map(({ column }) => sql.ref(column)));
  // Of arrays the planner knows the length, so a few keys are looked up in the index.
  const arrays = stored.keyColumns.map(
    ({ column, type }) => sql`${rows.map((row) => row[column])}::${sql.raw(type)}[]`,
  );
  return sql<boolean>`(${columns}) in (select * from unnest(${sql.join(arrays)}))`;
}

/** Rows whose key starts with `prefix`; an index serves every complete part of it. */
export function keyStartsWith(stored: StoredKind, prefix: string): RawBuilder<boolean> {
  const parts = prefix.split('/');
  if (parts.length > stored.keyColumns.length) return sql<boolean>`false`;
  const last = parts.length - 1;
  const conditions = parts.map((part, index) => {
    const { column, type } = stored.keyColumns[index]!;
    if (index === last) return sql`starts_with(${sql.ref(column)}::text, ${part})`;
    if (!isValue(type, part)) return sql`false`;
    return sql`${sql.ref(column)} = ${part}::${sql.raw(type)}`;
  });
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

/** Canonical spelling of a UUID, as keys have it. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function isValue(type: Column['type'], part: string): boolean {
  if (type === 'uuid') return isUuid(part);
  return type === 'bigint' ? WHOLE.test(part) : true;
}
