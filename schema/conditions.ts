import type { Comparison, Condition } from '../catalog/queries.ts';
import { guidOfReference, type NodeKind } from './node-id.ts';

/** How a field of a `where` input maps to a stored field. */
interface FilterField {
  readonly field: string;
  /** For references: the kind that ids must be of. */
  readonly reference?: NodeKind;
}
export type FilterMap = { readonly [name: string]: FilterField };

type Value = Condition['value'];
type Filters = { readonly [name: string]: object | null | undefined } | null | undefined;

export const PACKAGE_FIELDS: FilterMap = {
  guid: { field: 'id' },
  name: { field: 'name' },
  version: { field: 'version' },
  internalVersion: { field: 'internalVersion' },
  sourceState: { field: 'sourceState' },
  assignmentMode: { field: 'assignmentMode' },
  enabled: { field: 'enabled' },
  origin: { field: 'origin' },
  updatedAt: { field: 'updatedAtMs' },
};
export const SITE_FIELDS: FilterMap = { guid: { field: 'id' }, name: { field: 'name' } };
export const SUBNET_FIELDS: FilterMap = {
  ...SITE_FIELDS,
  site: { field: 'siteId', reference: 'site' },
};
export const PACKAGE_SERVER_FIELDS: FilterMap = {
  ...SITE_FIELDS,
  kind: { field: 'kind' },
  constrained: { field: 'constrained' },
  enabled: { field: 'enabled' },
};
export const COMPUTER_FIELDS: FilterMap = { ...SITE_FIELDS, domain: { field: 'domain' } };
export const PACKAGE_STATUS_FIELDS: FilterMap = {
  package: { field: 'packageId', reference: 'package' },
  packageServer: { field: 'packageServerId', reference: 'packageServer' },
  state: { field: 'status' },
  since: { field: 'sinceMs' },
};

/** The conditions of a `where` input. Absent and null filters say nothing. */
export function conditionsOf(where: object | null | undefined, map: FilterMap): Condition[] {
  return Object.entries((where as Filters) ?? {}).flatMap(([name, filter]) => {
    const target = map[name]!;
    return Object.entries(filter ?? {})
      .filter(([, value]) => value != null)
      .map(([comparison, value]) => ({
        field: target.field,
        comparison: comparison as Comparison,
        value: storedValue(value, target, ['where', name, comparison]),
      }));
  });
}

function storedValue(value: unknown, target: FilterField, path: readonly string[]): Value {
  if (Array.isArray(value)) {
    return value.map((one, index) => storedValue(one, target, [...path, String(index)])) as (
      string | number
    )[];
  }
  if (value instanceof Date) return value.getTime();
  if (target.reference) return guidOfReference(target.reference, String(value), path);
  return value as string | number | boolean;
}
