import { wrap } from '@mikro-orm/core';

/** An entity as a plain value, absent instead of null, free of its manager. */
export function plainRecord<T>(entity: object | null): T | undefined {
  if (entity === null) return undefined;
  const values = Object.entries(wrap(entity).toPOJO());
  return Object.fromEntries(values.map(([name, value]) => [name, value ?? undefined])) as T;
}
