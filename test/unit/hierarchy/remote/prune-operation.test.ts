// Pruning for an older schema: what is left is valid there, and what was left out is named.
import { buildSchema, parse, print, validate } from 'graphql';
import { pruneOperation } from '../../../../hierarchy/remote/prune-operation.ts';

const OLD = buildSchema(`
  type Query { smp: Smp! }
  type Smp { name: String! packages(first: Int): [Package!]! site: Site }
  type Package { name: String! }
  type Site { name: String! }
`);

const prune = (query: string) => {
  const { document, prunedFields } = pruneOperation(OLD, parse(query));
  if (document) expect(validate(OLD, document).map(({ message }) => message)).toEqual([]);
  return { text: document && print(document).replace(/\s+/g, ' '), prunedFields };
};

test.each([
  ['{ smp { name } }', '{ smp { name } }', []],
  ['{ smp { name newField } }', '{ smp { name } }', ['Smp.newField']],
  [
    '{ smp { name new { x } site { name new { y } } } }',
    '{ smp { name site { name } } }',
    ['Site.new', 'Smp.new'],
  ],
  ['{ smp { name site { new } } }', '{ smp { name } }', ['Site.new']],
  [
    'query ($first: Int, $order: Order) { smp { packages(first: $first, order: $order) { name } } }',
    'query ($first: Int) { smp { packages(first: $first) { name } } }',
    ['Smp.packages(order:)'],
  ],
  ['query ($x: Int) { smp { name new(x: $x) } }', '{ smp { name } }', ['Smp.new']],
  ['{ smp { ...F name } } fragment F on Smp { new }', '{ smp { name } }', ['Smp.new']],
  ['{ smp { ...F name } } fragment F on Unknown { new }', '{ smp { name } }', ['Unknown']],
  ['{ smp { ... on Unknown { new } name @fresh } }', '{ smp { name } }', ['@fresh', 'Unknown']],
  ['{ smp { new } }', undefined, ['Smp.new']],
])('%s', (query, text, prunedFields) => {
  expect(prune(query)).toEqual({ text, prunedFields });
});
