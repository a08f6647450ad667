import { CanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';

/**
 * Reads a value that came from another node. `path` names it in messages. Throws
 * `MALFORMED_REQUEST` with the first member that is wrong.
 */
export type Shape<T> = (value: unknown, path: string) => T;

const MAX_TEXT = 100_000;

export const text: Shape<string> = (value, path) => {
  if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
  throw wrong(path, `text of at most ${MAX_TEXT} characters`);
};
export const whole: Shape<number> = (value, path) => {
  if (Number.isSafeInteger(value)) return value as number;
  throw wrong(path, 'a whole number');
};
export const flag: Shape<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw wrong(path, 'true or false');
};
export const guid: Shape<Guid> = (value, path) => {
  const read = typeof value === 'string' ? parseGuid(value) : undefined;
  if (read) return read;
  throw wrong(path, 'a GUID');
};
export const anyObject: Shape<Readonly<Record<string, unknown>>> = (value, path) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw wrong(path, 'an object');
};

export function oneOf<V extends string>(...values: readonly V[]): Shape<V> {
  return (value, path) => {
    if (values.includes(value as V)) return value as V;
    throw wrong(path, `one of ${values.join(', ')}`);
  };
}

/** `null` and absent are the same. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path));
}

export function list<T>(shape: Shape<T>, max: number): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > max) throw wrong(path, `a list of at most ${max}`);
    return value.map((one, index) => shape(one, `${path}.${index}`));
  };
}

/** The members that are named; others, of a newer version of the other side, are left out. */
export function record<T extends object>(members: {
  readonly [K in keyof T]-?: Shape<T[K]>;
}): Shape<T> {
  const entries = Object.entries(members) as [string, Shape<unknown>][];
  return (value, path) => {
    const object = anyObject(value, path);
    return Object.fromEntries(
      entries.map(([name, shape]) => [name, shape(object[name], `${path}.${name}`)]),
    ) as T;
  };
}

/** As the shape says, but kept as it came: what is signed is told on with every member. */
export function unaltered<T>(shape: Shape<T>): Shape<T> {
  return (value, path) => {
    shape(value, path);
    return value as T;
  };
}

function wrong(path: string, wanted: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `${path}: ${wanted} is needed.`, {
    path: path.split('.'),
  });
}
