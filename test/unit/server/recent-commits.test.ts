// Of this process's commits an answer is whole or there is none, and the memory for them has an end.
import type { Change } from '../../../catalog/items.ts';
import {
  RecentCommits,
  type RecentCommit,
} from '../../../server/persistence/catalog/recent-commits.ts';
import { aSite } from '../../support/database-items.ts';
import { aProgress, aTreeItem } from '../../support/tree-items.ts';

const EPOCH = 'epoch';
const RUN = 'run';

/** Of one site for each revision. */
function commit(after: number, upTo: number, epoch = EPOCH): RecentCommit {
  const changes = Array.from({ length: upTo - after }, (_, index): Change => {
    const item = aSite();
    const revision = after + 1 + index;
    return { revision, scope: 'NODE', kind: 'site', key: item.id, item, atMs: 1 };
  });
  return { epoch, after, upTo, changes, states: [] };
}

function noted(...commits: readonly RecentCommit[]): RecentCommits {
  const recent = new RecentCommits(RUN);
  for (const one of commits) recent.note(one);
  return recent;
}

test('commits that follow on each other are one answer, however they came', () => {
  const [first, second] = [commit(3, 5), commit(5, 6)];
  const recent = noted(second, first);
  const changes = [...first.changes, ...second.changes];
  expect(recent.changesAfter(3, 10)).toEqual({ changes, upTo: 6, more: false });
  expect(recent.changesAfter(5, 10)).toEqual({ changes: second.changes, upTo: 6, more: false });
});

test.each([
  ['before the first one', 2],
  ['inside a commit', 4],
  ['at the newest one, after which another process may have gone on', 5],
  ['before what another process committed', 7],
])('there is no answer %s', (_, after) => {
  const recent = noted(commit(3, 5), commit(8, 9));
  expect(recent.changesAfter(after, 10)).toBeUndefined();
  expect(recent.statesAfter('DOWN', after, 10)).toBeUndefined();
});

test('an answer ends where another process went on', () => {
  const recent = noted(commit(3, 5), commit(8, 9));
  expect(recent.changesAfter(3, 10)).toMatchObject({ upTo: 5 });
});

test('what is more than asked for is left to the database', () => {
  const recent = noted(commit(0, 3));
  expect(recent.changesAfter(0, 2)).toBeUndefined();
  expect(recent.changesAfter(0, 3)).toBeDefined();
});

test('states are given once, as they are now, and none that was removed', () => {
  const [one, other, gone] = [aTreeItem(), aTreeItem(), aTreeItem()];
  const edited = { ...one, ownerRevision: 2 };
  const kind = 'treeItem';
  const recent = noted(
    {
      ...commit(0, 0),
      upTo: 3,
      states: [
        { revision: 1, kind, key: 'one', item: one },
        { revision: 2, kind, key: 'other', item: other },
        { revision: 3, kind, key: 'gone', item: gone },
      ],
    },
    {
      ...commit(3, 3),
      upTo: 6,
      states: [
        { revision: 4, kind, key: 'one', item: edited },
        { revision: 5, kind, key: 'gone', item: undefined },
        { revision: 6, kind: 'progress', key: 'one', item: aProgress() },
      ],
    },
  );
  expect(recent.statesAfter('DOWN', { epoch: EPOCH, run: RUN, revision: 0 }, 10)).toEqual({
    states: [
      { revision: 2, kind, item: other },
      { revision: 4, kind, item: edited },
    ],
    upTo: 6,
    more: false,
    isHeld: true,
  });
  expect(recent.statesAfter('DOWN', 0, 1)).toBeUndefined();
});

test('a position of another process or epoch is left to the database', () => {
  const recent = noted(commit(0, 1));
  const here = { epoch: EPOCH, run: RUN, revision: 0 };
  expect(recent.statesAfter('DOWN', here, 10)).toBeDefined();
  expect(recent.statesAfter('DOWN', { ...here, run: 'other' }, 10)).toBeUndefined();
  expect(recent.statesAfter('DOWN', { ...here, epoch: 'other' }, 10)).toBeUndefined();
});

test('a database that was put back makes everything before forgotten', () => {
  const again = commit(3, 4);
  const recent = noted(commit(3, 5), commit(5, 6), again);
  expect(recent.changesAfter(5, 10)).toBeUndefined();
  expect(recent.changesAfter(3, 10)).toMatchObject({ changes: again.changes, upTo: 4 });
  recent.note(commit(4, 5, 'another epoch'));
  expect(recent.changesAfter(3, 10)).toBeUndefined();
});

test('the oldest commits are forgotten, by their number and by what is in them', () => {
  const many = noted(...Array.from({ length: 300 }, (_, index) => commit(index, index + 1)));
  expect(many.changesAfter(0, 1_000)).toBeUndefined();
  expect(many.changesAfter(100, 1_000)).toMatchObject({ upTo: 300 });
  const large = noted(commit(0, 1_500), commit(1_500, 3_000));
  expect(large.changesAfter(0, 5_000)).toBeUndefined();
  expect(large.changesAfter(1_500, 5_000)).toMatchObject({ upTo: 3_000 });
  const tooLarge = noted(commit(0, 3_000));
  expect(tooLarge.changesAfter(0, 5_000)).toBeUndefined();
});
