import { sql, type RawBuilder } from 'kysely';
import type { Order, SortKey } from '../../../catalog/queries.ts';
import { CanopyError } from '../../../core/errors.ts';
import { comparable, sortColumn, typedValue } from './conditions.ts';
import { keyRow } from './key-conditions.ts';
import type { Column, Row, StoredKind } from './stored-kind.ts';

type Direction = Order['direction'];

interface SortTerm {
  readonly column: Column;
  readonly direction: Direction;
  readonly expression: RawBuilder<unknown>;
}

/** Nulls sort before every value; these constants stand for them so that keys can be compared. */
const BEFORE_ALL = { bigint: '-1', uuid: '00000000-0000-0000-0000-000000000000' } as const;

/**
 * A total order of a kind's rows: the fields asked for, then the key, in the direction of the last
 * field, so that one index can serve both.
 */
export class Keyset {
  private readonly stored: StoredKind;
  private readonly terms: readonly SortTerm[];
  private readonly orderBy: readonly Order[];

  constructor(stored: StoredKind, orderBy: readonly Order[]) {
    this.stored = stored;
    this.orderBy = orderBy;
    const keyDirection = orderBy.at(-1)?.direction ?? 'ASC';
    this.terms = [
      ...orderBy.map(({ field, direction }) => term(sortColumn(stored, field), direction)),
      ...stored.keyColumns.map((column) => term(column, keyDirection)),
    ];
  }

  orderClause(backward: boolean): RawBuilder<unknown> {
    const parts = this.terms.map(({ expression, direction }) =>
      (direction === 'ASC') === backward ? sql`${expression} desc` : sql`${expression} asc`,
    );
    return sql`order by ${sql.join(parts)}`;
  }

  /** Rows strictly after (or before) `position`. Throws `CURSOR_INVALID` when it does not fit. */
  beyond(position: SortKey, side: 'AFTER' | 'BEFORE'): RawBuilder<unknown> {
    const values = this.values(position);
    const isMore = (direction: Direction): boolean => (direction === 'ASC') === (side === 'AFTER');
    const operator = (direction: Direction): RawBuilder<unknown> =>
      isMore(direction) ? sql`>` : sql`<`;
    const first = this.terms[0]!.direction;
    if (this.terms.every(({ direction }) => direction === first)) {
      const left = sql.join(this.terms.map(({ expression }) => expression));
      return sql`(${left}) ${operator(first)} (${sql.join(values)})`;
    }
    const alternatives = this.terms.map(({ expression, direction }, index) => {
      const equal = this.terms
        .slice(0, index)
        .map((earlier, place) => sql`${earlier.expression} = ${values[place]}`);
      const differs = sql`${expression} ${operator(direction)} ${values[index]}`;
      return sql`(${sql.join([...equal, differs], sql` and `)})`;
    });
    return sql`(${sql.join(alternatives, sql` or `)})`;
  }

  keyOf(row: Row): SortKey {
    const item = this.stored.toItem(row) as unknown as Row;
    const values = this.orderBy.map(({ field }) => (item[field] ?? null) as SortKey[number]);
    return [...values, this.stored.rowKey(row)];
  }

  private values(position: SortKey): RawBuilder<unknown>[] {
    const key = keyRow(this.stored, String(position.at(-1)));
    if (!key || position.length !== this.orderBy.length + 1) throw badCursor();
    return this.terms.map(({ column }, index) => {
      const value = index < this.orderBy.length ? position[index]! : (key[column.column] as string);
      if (value === null && !column.nullable) throw badCursor();
      if (!fits(column, value)) throw badCursor();
      return typedValue(column, value ?? beforeAll(column));
    });
  }
}

function term(column: Column, direction: Direction): SortTerm {
  const plain = comparable(column);
  if (!column.nullable) return { column, direction, expression: plain };
  const expression = sql`coalesce(${plain}, ${sql.lit(beforeAll(column))})`;
  return { column, direction, expression };
}

function beforeAll({ field, type }: Column): string {
  if (type === 'bigint' || type === 'uuid') return BEFORE_ALL[type];
  throw new Error(`a nullable ${type} has no place in an order: ${field}`);
}

function fits({ type, isKey }: Column, value: SortKey[number]): boolean {
  if (value === null || isKey) return true;
  if (type === 'bigint') return Number.isSafeInteger(value);
  if (type === 'boolean') return typeof value === 'boolean';
  return typeof value === 'string';
}

function badCursor(): CanopyError {
  return new CanopyError('CURSOR_INVALID', 'the cursor does not belong to this list and order');
}
