import type { ParentDoor } from '../link/parent-door.ts';
import type { DigestAnswer } from '../link/link-protocol.ts';
import type { DigestEntry, DigestTree } from './digest-tree.ts';

/** Where the two sides differ. */
export interface Differences {
  /** Keys whose items the parent has and this node has not, or in another state. */
  readonly toFetch: readonly string[];
  /** Keys of items that the parent has not, or in an older state. */
  readonly toOffer: readonly string[];
  /** Where to read on once the differences are gone: a position from before they were looked for. */
  readonly cursor: string;
}

/** Prefixes in one question. */
const PREFIXES_MAX = 64;

/**
 * Walks down the parent's digests where they differ from `local`, level by level. What it asks is
 * proportional to the number of differences, whatever the number of items.
 */
export async function findDifferences(
  door: Pick<ParentDoor, 'digests'>,
  local: DigestTree,
): Promise<Differences> {
  const toFetch: string[] = [];
  const toOffer: string[] = [];
  let cursor: string | undefined;
  let level = [''];
  while (level.length > 0) {
    const deeper: string[] = [];
    for (let start = 0; start < level.length; start += PREFIXES_MAX) {
      const prefixes = level.slice(start, start + PREFIXES_MAX);
      const asked = await door.digests({ prefixes });
      cursor ??= asked.cursor;
      for (const answer of asked.answers) {
        if (answer.digest === local.digest(answer.prefix)) continue;
        if (answer.children.length > 0) deeper.push(...differing(answer, local, toOffer));
        else compareItems(answer.items, local.entries(answer.prefix), { toFetch, toOffer });
      }
    }
    level = deeper;
  }
  return { toFetch, toOffer, cursor: cursor! };
}

/** Longer prefixes to ask for; items below one that the parent has nothing in are only here. */
function differing(answer: DigestAnswer, local: DigestTree, toOffer: string[]): string[] {
  const told = new Map(answer.children.map(({ prefix, digest }) => [prefix, digest]));
  for (const { prefix } of local.answer(answer.prefix).children) {
    if (!told.has(prefix)) toOffer.push(...local.entries(prefix).map(({ key }) => key));
  }
  if (local.answer(answer.prefix).children.length === 0) {
    // A few items here, many there: those that lie outside every told prefix are only here.
    const covered = new Set([...told.keys()].flatMap((prefix) => keysOf(local.entries(prefix))));
    toOffer.push(...keysOf(local.entries(answer.prefix)).filter((key) => !covered.has(key)));
  }
  return [...told].flatMap(([prefix, digest]) => (digest === local.digest(prefix) ? [] : [prefix]));
}

function keysOf(entries: readonly DigestEntry[]): string[] {
  return entries.map(({ key }) => key);
}

function compareItems(
  theirs: readonly DigestEntry[],
  ours: readonly DigestEntry[],
  found: { readonly toFetch: string[]; readonly toOffer: string[] },
): void {
  const own = new Map(ours.map((entry) => [entry.key, entry]));
  for (const entry of theirs) {
    const mine = own.get(entry.key);
    own.delete(entry.key);
    const isSame =
      mine?.ownerNodeId === entry.ownerNodeId && mine.ownerRevision === entry.ownerRevision;
    if (isSame) continue;
    const isNewerHere =
      mine?.ownerNodeId === entry.ownerNodeId && mine.ownerRevision > entry.ownerRevision;
    if (isNewerHere) found.toOffer.push(entry.key);
    else found.toFetch.push(entry.key);
  }
  found.toOffer.push(...own.keys());
}
