// Splitting a query over nodes and grafting the answers gives what one merged schema answers.
import fc from 'fast-check';
import { buildSchema, execute, parse, validate, type GraphQLResolveInfo } from 'graphql';
import {
  branchQuery,
  branchParts,
  type BranchPart,
} from '../../../../hierarchy/remote/branch-operation.ts';
import { Branches } from '../../../../hierarchy/remote/branches.ts';
import { selectedBranches, takeBranches } from '../../../../hierarchy/remote/take-branches.ts';

const SDL = `
  type Query { smp: Smp! again: Smp! }
  type Smp {
    name: String! label(text: String): String packages(first: Int): [Package!]! broken: String
    children: [ChildLink!]!
  }
  type Package { name: String! twin: Package }
  type ChildLink { name: String! remote(timeoutMs: Int): RemoteSmp! }
  type RemoteSmp { nodeId: ID! smp: Smp }
`;

interface Node {
  readonly name: string;
  readonly children: readonly Node[];
}

const TREE: Node = {
  name: 'root',
  children: [
    {
      name: 'a',
      children: [
        { name: 'aa', children: [] },
        { name: 'ab', children: [] },
      ],
    },
    { name: 'b', children: [] },
  ],
};

interface Asked {
  readonly branches: Branches;
}

/** The values of a node; `remote` decides how a child is reached. */
function smpOf(node: Node, remote: (child: Node, info: GraphQLResolveInfo, at: Asked) => object) {
  return {
    name: node.name,
    label: ({ text }: { text?: string }) => `${node.name} ${text}`,
    packages: ({ first = 2 }: { first?: number }) =>
      [1, 2, 3].slice(0, first).map((n) => ({
        name: `${node.name} ${n}`,
        twin: n === 2 ? null : { name: `twin of ${node.name}`, twin: null },
      })),
    broken: () => {
      throw new Error(`broken at ${node.name}`);
    },
    children: node.children.map((child) => ({
      name: child.name,
      remote: (_args: object, at: Asked, info: GraphQLResolveInfo) => remote(child, info, at),
    })),
  };
}

type Smp = ReturnType<typeof smpOf>;

const merged = buildSchema(SDL);
const mergedRemote = (child: Node): object => ({ nodeId: child.name, smp: () => mergedSmp(child) });
const mergedSmp = (node: Node): Smp => smpOf(node, mergedRemote);

const split = buildSchema(SDL);
let hops = 0;

/** As a node does it: takes out what others answer, asks them, grafts. */
async function answer(node: Node, query: string, variables: Record<string, unknown>) {
  const branches = new Branches();
  const remote = (child: Node, info: GraphQLResolveInfo): object => {
    const selection = selectedBranches(info);
    const asked = selection && ask(child, selection, variables);
    return {
      nodeId: child.name,
      smp: async (_args: object, _at: Asked, at: GraphQLResolveInfo) => {
        const path = pathOf(at.path);
        const part = (await asked)!.get(String(path.at(-1)))!;
        branches.add(path, part);
        return part.value === null ? null : {};
      },
    };
  };
  const smp = smpOf(node, remote);
  const result = await execute({
    schema: split,
    document: takeBranches(split, parse(query)),
    rootValue: { smp, again: smp },
    variableValues: variables,
  });
  return branches.graft({ data: result.data, errors: result.errors?.map((e) => e.toJSON()) });
}

async function ask(
  child: Node,
  selection: NonNullable<ReturnType<typeof selectedBranches>>,
  variables: Record<string, unknown>,
): Promise<Map<string, BranchPart>> {
  hops += 1;
  const asked = branchQuery(selection, false);
  expect(validate(split, parse(asked.query))).toEqual([]);
  const values = { ...asked.variables(variables) };
  const { data, errors = [] } = await answer(child, asked.query, values);
  const sent = JSON.parse(JSON.stringify({ data, errors }));
  return branchParts(selection, sent);
}

function pathOf(path: GraphQLResolveInfo['path'] | undefined): (string | number)[] {
  return path ? [...pathOf(path.prev), path.key] : [];
}

const FIELDS: { readonly [type: string]: readonly (readonly [string, string?])[] } = {
  Query: [
    ['smp', 'Smp'],
    ['again', 'Smp'],
    ['other: smp', 'Smp'],
  ],
  Smp: [
    ['name'],
    ['called: name'],
    ['label(text: $text)'],
    ['fixed: label(text: "x")'],
    ['broken'],
    ['packages', 'Package'],
    ['some: packages(first: $first)', 'Package'],
    ['children', 'ChildLink'],
    ['below: children', 'ChildLink'],
    ['children', 'ChildLink'],
    ['children', 'ChildLink'],
  ],
  Package: [['name'], ['twin', 'Package'], ['__typename']],
  ChildLink: [['name'], ['remote', 'RemoteSmp'], ['far: remote(timeoutMs: $first)', 'RemoteSmp']],
  RemoteSmp: [
    ['nodeId'],
    ['smp', 'Smp'],
    ['status: smp', 'Smp'],
    ['nodeId2: nodeId'],
    ['smp_smp: smp', 'Smp'],
  ],
};
const DIRECTIVES = ['', '', '', ' @include(if: $yes)', ' @skip(if: $yes)', ' @skip(if: $no)'];
const VARIABLES = { text: 'told', first: 1, yes: true };

/** Writes a valid query from a list of numbers; when they run out, it ends. */
class Writer {
  private readonly numbers: number[];
  private readonly fragments: { readonly type: string; readonly text: string }[] = [];
  constructor(numbers: readonly number[]) {
    this.numbers = [...numbers];
  }

  query(): string {
    const below = this.selection('RemoteSmp', 3);
    const body = `{ smp { children { remote ${below} } } again ${this.selection('Smp', 1)} }`;
    const fragments = this.fragments.map(({ text }) => text).join('\n');
    return `query Q($text: String, $first: Int = 2, $yes: Boolean!, $no: Boolean = false) ${body}\n${fragments}`;
  }

  private next(below: number): number {
    return (this.numbers.shift() ?? 0) % below;
  }

  private selection(type: string, depth: number): string {
    const count = 1 + this.next(4);
    const parts = Array.from({ length: count }, () => this.part(type, depth));
    return `{ __typename ${parts.join(' ')} }`;
  }

  private part(type: string, depth: number): string {
    if (this.numbers.length === 0 || depth > 16) return '__typename';
    const kind = this.next(8);
    const directive = DIRECTIVES[this.next(DIRECTIVES.length)]!;
    if (kind === 0) return `... on ${type}${directive} ${this.selection(type, depth + 1)}`;
    if (kind === 1) return `...${this.fragment(type, depth)}${directive}`;
    const fields = FIELDS[type]!;
    const [field, inner] = fields[this.next(fields.length)]!;
    return `${field}${directive}${inner ? ` ${this.selection(inner, depth + 1)}` : ''}`;
  }

  private fragment(type: string, depth: number): string {
    const known = this.fragments.findIndex((one) => one.type === type);
    if (known >= 0 && this.next(2) === 0) return `F${known}`;
    const text = this.selection(type, depth + 1);
    const name = `F${this.fragments.length}`;
    this.fragments.push({ type, text: `fragment ${name} on ${type} ${text}` });
    return name;
  }
}

const byPath = (errors: readonly { path?: unknown; message: string }[] = []): string[] =>
  errors.map(({ path, message }) => `${JSON.stringify(path)} ${message}`).sort();

test('any query: same data in the same order, same errors at the same paths', async () => {
  hops = 0;
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(999), { minLength: 60, maxLength: 400 }), async (numbers) => {
      const query = new Writer(numbers).query();
      const faults = validate(merged, parse(query)).filter(
        ({ message }) => !/is never used|never used in operation/.test(message),
      );
      expect(faults).toEqual([]);
      const root = mergedSmp(TREE);
      const expected = await execute({
        schema: merged,
        document: parse(query),
        rootValue: { smp: root, again: root },
        variableValues: VARIABLES,
      });
      const got = await answer(TREE, query, VARIABLES);
      expect(JSON.stringify(got.data)).toBe(JSON.stringify(expected.data));
      expect(byPath(got.errors as never)).toEqual(byPath(expected.errors));
      compared += 1;
    }),
    { numRuns: 200 },
  );
  expect(compared).toBeGreaterThanOrEqual(200);
  // On average each query crosses a link more than once.
  expect(hops).toBeGreaterThan(200);
});

test('a query without branches is executed as it was written', () => {
  const document = parse('{ smp { name children { name remote { nodeId } } } }');
  expect(takeBranches(split, document)).toBe(document);
});
