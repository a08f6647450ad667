import { CanopyError } from '../core/errors.ts';
import { parseGuid, type Guid } from '../core/guid.ts';

/** What an opaque id can name. `key` is the item's key in the catalogue. */
export const NODE_KINDS = [
  'smp',
  'package',
  'snapshot',
  'site',
  'subnet',
  'computer',
  'packageServer',
  'holding',
  'child',
  'job',
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** The opaque id of the schema: base64url of `kind:key`. */
export function nodeId(kind: NodeKind, key: string): string {
  return Buffer.from(`${kind}:${key}`).toString('base64url');
}

/** `undefined` for text that is no id of ours. */
export function parseNodeId(id: string): { kind: NodeKind; key: string } | undefined {
  const text = Buffer.from(id, 'base64url').toString('utf8');
  const colon = text.indexOf(':');
  const kind = NODE_KINDS.find((known) => known === text.slice(0, colon));
  if (!kind || Buffer.from(text).toString('base64url') !== id) return undefined;
  return { kind, key: text.slice(colon + 1) };
}

/**
 * The GUID that an `ID` argument names: an opaque id of that kind, or the GUID itself.
 * Throws `INVALID_INPUT` with `path`.
 */
export function guidOfReference(kind: NodeKind, id: string, path: readonly string[]): Guid {
  const parsed = parseNodeId(id);
  const guid = parseGuid(parsed?.kind === kind ? parsed.key : id);
  if (guid) return guid;
  const found = parsed ? `is the id of a ${parsed.kind}` : 'is neither an id nor a GUID';
  throw new CanopyError('INVALID_INPUT', `${path.join('.')}: "${id.slice(0, 80)}" ${found}.`, {
    path,
    hint: `Give the id or the GUID of a ${kind}.`,
  });
}

export function guidsOfReferences(
  kind: NodeKind,
  ids: readonly string[],
  path: readonly string[],
): Guid[] {
  return ids.map((id, index) => guidOfReference(kind, id, [...path, String(index)]));
}

/** As {@link guidsOfReferences} for an optional list. */
export function references(
  kind: NodeKind,
  ids: readonly string[] | null | undefined,
  path: readonly string[],
): Guid[] | undefined {
  return ids == null ? undefined : guidsOfReferences(kind, ids, path);
}

/** The version that the id of a snapshot names. Throws `INVALID_INPUT` with `path`. */
export function snapshotOfReference(
  id: string,
  path: readonly string[],
): { readonly packageId: Guid; readonly internalVersion: number } {
  const parsed = parseNodeId(id);
  const [guid, version] = parsed?.kind === 'snapshot' ? parsed.key.split('/') : [];
  const packageId = parseGuid(guid ?? '');
  if (packageId) return { packageId, internalVersion: Number(version) };
  throw new CanopyError('INVALID_INPUT', `${path.join('.')}: not the id of a snapshot.`, {
    path,
    hint: 'Give the id of a snapshot, or name package and version.',
  });
}
