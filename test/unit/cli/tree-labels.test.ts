// The drawn tree: lines, order, and parents that are not in the list.
import { formatSpan } from '../../../cli/output/format-value.ts';
import { treeLabels } from '../../../cli/output/tree-labels.ts';

const node = (id: string, parentId: string | null) => ({ id, parentId, text: id });

test('each node is followed by what is below it', () => {
  const labels = treeLabels([
    node('root', 'elsewhere'),
    node('a', 'root'),
    node('b', 'root'),
    node('aa', 'a'),
    node('ab', 'a'),
    node('ba', 'b'),
    node('aaa', 'aa'),
  ]);
  expect([...labels.values()].join('\n')).toBe(
    ['root', '├─ a', '│  ├─ aa', '│  │  └─ aaa', '│  └─ ab', '└─ b', '   └─ ba'].join('\n'),
  );
});

test('nodes without a listed parent stand at the edge', () => {
  expect([...treeLabels([node('x', 'p'), node('y', 'q')]).values()]).toEqual(['x', 'y']);
});

test.each([
  [0, 'now'],
  [40_000, '40 s'],
  [119_999, '119 s'],
  [120_000, '2 min'],
  [7_200_000, '2 h'],
  [172_800_000, '2 d'],
])('%i ms is %s', (spanMs, text) => expect(formatSpan(spanMs)).toBe(text));
