// Walking down digests finds exactly what a comparison of every item would.
import fc from 'fast-check';
import { findDifferences } from '../../../hierarchy/replication/compare.ts';
import { DigestTree, type DigestEntry } from '../../../hierarchy/replication/digest-tree.ts';

const ENTRIES = fc.uniqueArray(
  fc.record({
    key: fc.nat({ max: 120 }).map((number) => `PACKAGE/${number}`),
    ownerNodeId: fc.constantFrom('a', 'b'),
    ownerRevision: fc.integer({ min: 1, max: 3 }),
  }),
  { selector: ({ key }) => key, maxLength: 120, size: 'max' },
);

function byEveryItem(theirs: readonly DigestEntry[], ours: readonly DigestEntry[]) {
  const mine = new Map(ours.map((entry) => [entry.key, entry]));
  const their = new Map(theirs.map((entry) => [entry.key, entry]));
  const isNewer = (one: DigestEntry, than: DigestEntry | undefined): boolean =>
    one.ownerNodeId === than?.ownerNodeId && one.ownerRevision > than.ownerRevision;
  const isSame = (one: DigestEntry, other: DigestEntry | undefined): boolean =>
    one.ownerNodeId === other?.ownerNodeId && one.ownerRevision === other.ownerRevision;
  const toFetch = theirs.filter((entry) => {
    const own = mine.get(entry.key);
    return !isSame(entry, own) && !(own && isNewer(own, entry));
  });
  const toOffer = ours.filter((entry) => {
    const other = their.get(entry.key);
    return !other || isNewer(entry, other);
  });
  return { toFetch: keysOf(toFetch), toOffer: keysOf(toOffer) };
}

const keysOf = (entries: readonly DigestEntry[]): string[] => entries.map(({ key }) => key).sort();

test('the differences are those of every item, each once', async () => {
  await fc.assert(
    fc.asyncProperty(ENTRIES, ENTRIES, fc.boolean(), async (theirs, others, isNear) => {
      const ours = isNear ? [...theirs.slice(3), ...others.slice(0, 2)].filter(isFirst) : others;
      const tree = new DigestTree(theirs);
      const door = {
        digests: async ({ prefixes }: { readonly prefixes: readonly string[] }) => ({
          answers: prefixes.map((prefix) => tree.answer(prefix)),
          cursor: 'before',
        }),
      };
      const found = await findDifferences(door, new DigestTree(ours));
      expect({
        toFetch: [...found.toFetch].sort(),
        toOffer: [...found.toOffer].sort(),
      }).toEqual(byEveryItem(theirs, ours));
    }),
    { numRuns: 300 },
  );
});

function isFirst({ key }: DigestEntry, index: number, all: readonly DigestEntry[]): boolean {
  return all.findIndex((one) => one.key === key) === index;
}
