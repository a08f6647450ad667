import { createHash } from 'node:crypto';
import type { TreeItem } from '../../catalog/tree-model.ts';
import type { DigestAnswer } from '../link/link-protocol.ts';

/** An item as both sides name it when they compare. */
export interface DigestEntry {
  readonly key: string;
  readonly ownerNodeId: string;
  readonly ownerRevision: number;
}

/** A prefix with at most so many items is answered by the items themselves. */
const ITEMS_MAX = 16;
const DIGEST_LENGTH = 32;
const HEX = [...'0123456789abcdef'];

export function entryOf({
  kind,
  id,
  ownerNodeId,
  ownerRevision,
}: Omit<TreeItem, 'state'>): DigestEntry {
  return { key: `${kind}/${id}`, ownerNodeId, ownerRevision };
}

interface Leaf {
  readonly hash: string;
  readonly digest: string;
  readonly entry: DigestEntry;
}

/**
 * Digests of a set of items, by prefix of the SHA-256 of their keys: two sides that walk down where
 * they differ find each difference in as many steps as the set has hexadecimal digits in its size.
 */
export class DigestTree {
  private readonly leaves: readonly Leaf[];
  private readonly digests = new Map<string, string>();

  constructor(entries: Iterable<DigestEntry>) {
    this.leaves = [...entries]
      .map((entry) => ({ hash: hashOf(entry.key), digest: leafDigest(entry), entry }))
      .sort((left, right) => (left.hash < right.hash ? -1 : 1));
  }

  /** 32 hex digits; of no items at all the digest of nothing. */
  digest(prefix: string): string {
    let digest = this.digests.get(prefix);
    if (digest === undefined) {
      const hash = createHash('sha256');
      for (const leaf of this.below(prefix)) hash.update(leaf.digest);
      digest = hash.digest('hex').slice(0, DIGEST_LENGTH);
      this.digests.set(prefix, digest);
    }
    return digest;
  }

  /** The items below a prefix. */
  entries(prefix: string): DigestEntry[] {
    return this.below(prefix).map(({ entry }) => entry);
  }

  /** What one side tells the other of a prefix. */
  answer(prefix: string): DigestAnswer {
    const below = this.below(prefix);
    const isSmall = below.length <= ITEMS_MAX || prefix.length === 64;
    return {
      prefix,
      count: below.length,
      digest: this.digest(prefix),
      children: isSmall
        ? []
        : HEX.map((digit) => prefix + digit)
            .filter((longer) => this.below(longer).length > 0)
            .map((longer) => ({ prefix: longer, digest: this.digest(longer) })),
      items: isSmall ? below.map(({ entry }) => entry) : [],
    };
  }

  private below(prefix: string): readonly Leaf[] {
    if (prefix === '') return this.leaves;
    const start = this.firstFrom(prefix);
    // After every digit comes `g`, so this is where the prefix ends.
    return this.leaves.slice(start, this.firstFrom(`${prefix}g`));
  }

  /** Index of the first leaf whose hash is not below `hash`. */
  private firstFrom(hash: string): number {
    let low = 0;
    let high = this.leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.leaves[middle]!.hash < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function leafDigest({ key, ownerNodeId, ownerRevision }: DigestEntry): string {
  return hashOf(`${key}\n${ownerNodeId}\n${ownerRevision}`);
}
