import type { EntityMetadata, EntityName, MetadataStorage } from '@mikro-orm/core';
import { sql, type RawBuilder } from 'kysely';
import { ITEM_KINDS, type ItemKind, type ItemTypes } from '../../../catalog/items.ts';
import { CATALOG_ENTITIES } from '../entities/catalog-entities.ts';

export type ColumnType = 'uuid' | 'text' | 'bigint' | 'boolean' | 'jsonb' | 'cidr';

export interface Column {
  /** The item's field. */
  readonly field: string;
  readonly column: string;
  readonly type: ColumnType;
  readonly isKey: boolean;
  readonly nullable: boolean;
}

export type Row = Record<string, unknown>;

/** One item kind as it is stored: everything that SQL needs, derived from its entity. */
export interface StoredKind<K extends ItemKind = ItemKind> {
  readonly kind: K;
  readonly table: string;
  readonly columns: readonly Column[];
  /** In the order of the item's key. */
  readonly keyColumns: readonly Column[];
  toRow(item: ItemTypes[K]): Row;
  /** Expects the columns under their own names, as {@link selectList} gives them. */
  toItem(row: Row): ItemTypes[K];
  rowKey(row: Row): string;
}

export type StoredKinds = { readonly [K in ItemKind]: StoredKind<K> };

export function storedKinds(metadata: MetadataStorage): StoredKinds {
  const entries = (Object.keys(ITEM_KINDS) as ItemKind[]).map((kind) => [
    kind,
    describe(kind, metadata.get(CATALOG_ENTITIES[kind] as EntityName)),
  ]);
  return Object.fromEntries(entries) as StoredKinds;
}

/** The columns of a kind, for `select` and `insert`. */
export function selectList(stored: StoredKind): RawBuilder<unknown> {
  return sql.join(stored.columns.map(({ column }) => sql.ref(column)));
}

function describe<K extends ItemKind>(kind: K, entity: EntityMetadata): StoredKind<K> {
  const columns = entity.props.map((property): Column => ({
    field: property.name,
    column: property.fieldNames[0]!,
    type: property.columnTypes[0] as ColumnType,
    isKey: property.primary === true,
    nullable: property.nullable === true,
  }));
  const keyColumns = columns.filter(({ isKey }) => isKey);
  // The settings row has a key that the item has not: there is one of it.
  const fields = kind === 'settings' ? columns.filter(({ isKey }) => !isKey) : columns;
  return {
    kind,
    table: entity.tableName,
    columns,
    keyColumns,
    toRow: (item) => {
      const row: Row = kind === 'settings' ? { id: ITEM_KINDS[kind].key(item) } : {};
      for (const { field, column } of fields) row[column] = (item as unknown as Row)[field] ?? null;
      return row;
    },
    toItem: (row) => {
      const item: Row = {};
      for (const { field, column, type } of fields) item[field] = fromColumn(type, row[column]);
      return item as unknown as ItemTypes[K];
    },
    rowKey: (row) => keyColumns.map(({ column }) => String(row[column])).join('/'),
  };
}

/** The driver gives `bigint` as text; all of ours are below 2^53. */
function fromColumn(type: ColumnType, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  return type === 'bigint' ? Number(value) : value;
}
