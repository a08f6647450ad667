import { isIP } from 'node:net';
import { sql, type RawBuilder } from 'kysely';
import type { Comparison, Condition } from '../../../catalog/queries.ts';
import { CanopyError } from '../../../core/errors.ts';
import { parseGuid } from '../../../core/guid.ts';
import type { Column, ColumnType, StoredKind } from './stored-kind.ts';
import { refuseUnstorableText } from './stored-text.ts';

/** Lists of strings; `contains` asks for one member. Other JSON has no conditions. */
const LISTS = new Set([
  'packageServerIds',
  'siteIds',
  'manualSiteIds',
  'addresses',
  'hostNames',
  'claimedUrls',
]);
/** A condition field of subnets without a column: the networks that an address lies in. */
const CONTAINS_ADDRESS = 'containsAddress';

const COMPARISONS: Record<ColumnType, readonly Comparison[]> = {
  text: ['eq', 'in', 'contains', 'startsWith', 'gt', 'gte', 'lt', 'lte'],
  bigint: ['eq', 'in', 'gt', 'gte', 'lt', 'lte'],
  uuid: ['eq', 'in'],
  boolean: ['eq', 'in'],
  cidr: ['eq', 'in', 'contains', 'startsWith'],
  jsonb: ['contains'],
};

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

type Scalar = string | number | boolean | null;

/** `where …` for the conditions joined by AND; empty for none. Throws `INVALID_INPUT`. */
export function whereAll(
  stored: StoredKind,
  conditions: readonly Condition[],
  further: readonly RawBuilder<unknown>[] = [],
): RawBuilder<unknown> {
  const parts = [...conditions.map((condition) => translate(stored, condition)), ...further];
  return parts.length === 0 ? sql`` : sql`where ${sql.join(parts, sql` and `)}`;
}

/** The column of a field that may be sorted by; throws `INVALID_INPUT` with the allowed ones. */
export function sortColumn(stored: StoredKind, field: string): Column {
  const allowed = stored.columns.filter(({ type }) => type !== 'jsonb');
  return find(stored, { field, allowed, purpose: 'sort' });
}

/** A column as it is compared and sorted: text by its bytes, whatever the database's locale. */
export function comparable({ column, type }: Column): RawBuilder<unknown> {
  return type === 'text' ? sql`${sql.ref(column)} collate "C"` : sql.ref(column);
}

/** `value` as a parameter of the column's type. */
export function typedValue({ type }: Column, value: Scalar): RawBuilder<unknown> {
  return sql`${value}::${sql.raw(type)}`;
}

function translate(stored: StoredKind, condition: Condition): RawBuilder<unknown> {
  const { field, comparison, value } = condition;
  refuseUnstorableText(value, [field]);
  if (stored.kind === 'subnet' && field === CONTAINS_ADDRESS) {
    if (comparison !== 'eq' || typeof value !== 'string' || isIP(value) === 0) {
      throw invalid(field, 'must be equal to one IPv4 or IPv6 address');
    }
    return sql`network >>= ${value}::inet`;
  }
  const allowed = stored.columns.filter(
    (column) => column.type !== 'jsonb' || LISTS.has(column.field),
  );
  const column = find(stored, { field, allowed, purpose: 'filter' });
  if (!COMPARISONS[column.type].includes(comparison)) {
    throw invalid(field, `can be compared by ${COMPARISONS[column.type].join(', ')}`);
  }
  if (comparison === 'in') return isOneOf(column, value);
  if (typeof value === 'object' && value !== null) throw invalid(field, 'takes one value');
  return compare(column, comparison, value);
}

function compare(
  column: Column,
  comparison: Exclude<Comparison, 'in'>,
  value: Scalar,
): RawBuilder<unknown> {
  const left = sql.ref(column.column);
  if (value === null) {
    if (comparison === 'eq' && column.nullable) return sql`${left} is null`;
    throw invalid(column.field, 'cannot be null');
  }
  if (comparison === 'contains' || comparison === 'startsWith') {
    if (typeof value !== 'string') throw invalid(column.field, 'is compared with text');
    if (column.type === 'jsonb') return sql`${left} @> ${JSON.stringify(value)}::jsonb`;
    const pattern = value.replaceAll(/[\\%_]/g, '\\$&');
    const asText = column.type === 'cidr' ? sql`${left}::text` : comparable(column);
    if (comparison === 'contains') return sql`${left}::text ilike ${`%${pattern}%`}`;
    return sql`${asText} like ${`${pattern}%`}`;
  }
  const right = typedValue(column, checked(column, value));
  if (comparison === 'eq') return sql`${left} = ${right}`;
  return sql`${comparable(column)} ${sql.raw(OPERATORS[comparison])} ${right}`;
}

function isOneOf(column: Column, values: Condition['value']): RawBuilder<unknown> {
  if (!Array.isArray(values)) throw invalid(column.field, 'takes a list of values');
  const checkedValues = (values as readonly Scalar[]).map((value) => checked(column, value));
  return sql`${sql.ref(column.column)} = any(${checkedValues}::${sql.raw(column.type)}[])`;
}

/** A value that the column's type can hold; PostgreSQL's own errors would not name the field. */
function checked({ field, type }: Column, value: Scalar): Scalar {
  if (type === 'boolean' && typeof value !== 'boolean') throw invalid(field, 'is true or false');
  if (type === 'bigint' && !Number.isSafeInteger(value)) throw invalid(field, 'is a whole number');
  if (type === 'text' && typeof value !== 'string') throw invalid(field, 'is text');
  if (type === 'uuid') {
    const guid = typeof value === 'string' ? parseGuid(value) : undefined;
    if (!guid) throw invalid(field, 'is a GUID');
    return guid;
  }
  if (type === 'cidr') {
    const [address = '', bits = ''] = String(value).split('/');
    if (isIP(address) === 0 || !/^\d{1,3}$/.test(bits)) {
      throw invalid(field, 'is a network such as 10.1.0.0/16');
    }
  }
  return value;
}

function find(
  stored: StoredKind,
  search: { readonly field: string; readonly allowed: readonly Column[]; readonly purpose: string },
): Column {
  const column = search.allowed.find(({ field }) => field === search.field);
  if (column) return column;
  const names = search.allowed.map(({ field }) => field);
  if (stored.kind === 'subnet' && search.purpose === 'filter') names.push(CONTAINS_ADDRESS);
  throw new CanopyError(
    'INVALID_INPUT',
    `${stored.kind} has no field "${search.field}" to ${search.purpose} by`,
    { path: [search.field], hint: `use one of ${names.join(', ')}` },
  );
}

function invalid(field: string, rule: string): CanopyError {
  return new CanopyError('INVALID_INPUT', `${field} ${rule}`, { path: [field] });
}
