import { p } from '@mikro-orm/core';
import type { Guid } from '../../../core/guid.ts';

/** A GUID as `uuid`: compared by value whatever its spelling in SQL. */
export const guid = () => p.uuid().$type<Guid>();
/** Free or enumerated text; what is allowed is the catalogue's rule and, for states, a check. */
export const text = <T extends string = string>() => p.text().$type<T>();
/** A whole number below 2^53: versions, counts, sizes and milliseconds since 1970. */
export const whole = () => p.bigint('number');
/** A value without a column of its own. */
export const json = <T>() => p.json<T>().columnType('jsonb');

/** Every field of an item has a property; a forgotten one does not compile. */
export type Fields<T> = Record<keyof T, unknown>;
