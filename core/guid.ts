/**
 * A GUID in the one form Canopy stores and compares: lower case, with hyphens, without braces.
 * Anything from outside becomes a `Guid` through {@link parseGuid} or {@link toGuid}.
 */
export type Guid = string & { readonly __brand: 'Guid' };

const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/** Accepts any letter case, with or without braces; `undefined` when `text` is not a GUID. */
export function parseGuid(text: string): Guid | undefined {
  const match = GUID.exec(text.trim());
  if (!match) return undefined;
  const open = text.includes('{');
  return open === text.includes('}') ? (match[1]!.toLowerCase() as Guid) : undefined;
}

/** As {@link parseGuid}, for text that the caller knows to be a GUID; throws `TypeError` otherwise. */
export function toGuid(text: string): Guid {
  const guid = parseGuid(text);
  if (!guid) throw new TypeError(`not a GUID: ${JSON.stringify(text)}`);
  return guid;
}

/** The form that agents and administrators see: `{46D50E6E-183C-4D15-9767-EE14EBEA5ED4}`. */
export function bracedGuid(guid: Guid): string {
  return `{${guid.toUpperCase()}}`;
}
