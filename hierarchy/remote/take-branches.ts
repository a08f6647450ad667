import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The field whose selection is answered by another node. */
export const BRANCH = { type: 'RemoteSmp', field: 'smp' } as const;

/** What stands in the place of a selection that was taken out. */
const HOLLOW: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }],
};

interface Taken {
  readonly selectionSet: SelectionSetNode;
  /** The document it was taken from, as it was: fragments are sent as they were written. */
  readonly document: DocumentNode;
}

const taken = new WeakMap<FieldNode, Taken>();
const rewritten = new WeakMap<DocumentNode, DocumentNode>();

/**
 * A valid document with the selections below `RemoteSmp.smp` taken out; the same document when
 * there are none. {@link selectedBranches} finds them again.
 */
export function takeBranches(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const known = rewritten.get(document);
  if (known) return known;
  const types = new TypeInfo(schema);
  const result = visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const isBranch =
          node.name.value === BRANCH.field && types.getParentType()?.name === BRANCH.type;
        if (!isBranch || !node.selectionSet || taken.has(node)) return undefined;
        const hollow: FieldNode = { ...node, selectionSet: HOLLOW };
        taken.set(hollow, { selectionSet: node.selectionSet, document });
        return hollow;
      },
    }),
  );
  rewritten.set(document, result);
  return result;
}

/** What is asked of one remote node: a selection on `Smp` for each response key. */
export interface BranchSelection {
  readonly document: DocumentNode;
  readonly parts: ReadonlyMap<string, SelectionSetNode>;
}

/**
 * The selections taken out below a field that answers a `RemoteSmp`, or a list of them, as
 * execution would collect them; `undefined` when `smp` is not selected.
 */
export function selectedBranches({
  fieldNodes,
  fragments,
  variableValues,
}: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues'>):
  BranchSelection | undefined {
  const parts = new Map<string, SelectionSetNode>();
  const spread = new Set<string>();
  let document: DocumentNode | undefined;
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (!isIncluded(selection, variableValues)) continue;
      if (selection.kind === Kind.FIELD) {
        const found = taken.get(selection);
        if (!found) continue;
        document = found.document;
        const key = (selection.alias ?? selection.name).value;
        parts.set(key, joined(parts.get(key), found.selectionSet));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet.selections);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        collect(fragments[selection.name.value]?.selectionSet.selections ?? []);
      }
    }
  };
  for (const { selectionSet } of fieldNodes) collect(selectionSet?.selections ?? []);
  return document && { document, parts };
}

function joined(first: SelectionSetNode | undefined, second: SelectionSetNode): SelectionSetNode {
  if (!first) return second;
  return { kind: Kind.SELECTION_SET, selections: [...first.selections, ...second.selections] };
}

function isIncluded(node: SelectionNode, variables: GraphQLResolveInfo['variableValues']): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variables);
  if (skip?.['if'] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false;
}
