import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
} from 'graphql';

/** What a selection needs beside itself. */
interface Used {
  readonly fragments: readonly FragmentDefinitionNode[];
  readonly variables: ReadonlySet<string>;
}

/** Fragments of the document and variables that a selection uses, directly or through fragments. */
function usedBy(document: DocumentNode, selection: SelectionSetNode): Used {
  const known = new Map(
    document.definitions
      .filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const fragments = new Set<FragmentDefinitionNode>();
  const variables = new Set<string>();
  const look = (part: SelectionSetNode | FragmentDefinitionNode): void => {
    visit(part, {
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread: ({ name }) => {
        const fragment = known.get(name.value);
        if (fragment) fragments.add(fragment);
      },
    });
  };
  look(selection);
  // A set that grows while it is walked: each fragment is met once.
  for (const fragment of fragments) look(fragment);
  return { fragments: [...fragments], variables };
}

/** A document of one query: the selection with the fragments and variables that it uses. */
export function queryOf(
  document: DocumentNode,
  {
    selectionSet,
    variableDefinitions,
  }: {
    readonly selectionSet: SelectionSetNode;
    readonly variableDefinitions: readonly VariableDefinitionNode[];
  },
): DocumentNode & {
  readonly definitions: readonly [OperationDefinitionNode, ...FragmentDefinitionNode[]];
} {
  const { fragments, variables } = usedBy(document, selectionSet);
  const operation: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: 'query' as OperationDefinitionNode['operation'],
    variableDefinitions: variableDefinitions.filter(({ variable }) =>
      variables.has(variable.name.value),
    ),
    directives: [],
    selectionSet,
  };
  return { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
}

/** Those of the values that the query has variables for. */
export function valuesFor(
  { variableDefinitions }: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const names = (variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(values, name)).map((name) => [name, values[name]]),
  );
}
