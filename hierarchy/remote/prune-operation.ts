import {
  getNamedType,
  isCompositeType,
  isInputType,
  Kind,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
} from 'graphql';
import { queryOf } from './used-definitions.ts';

export interface PrunedOperation {
  /** `undefined` when nothing is left to ask. */
  readonly document: DocumentNode | undefined;
  /** `Type.field`, `Type.field(argument:)` and `Type` of fragments, sorted. */
  readonly prunedFields: readonly string[];
}

/**
 * A query without the fields, arguments, types and directives that this schema does not have, so
 * that an older node answers what it can to a newer one. What is left may still be invalid.
 */
export function pruneOperation(schema: GraphQLSchema, document: DocumentNode): PrunedOperation {
  const pruned = new Set<string>();
  let rest = withoutUnknown(schema, document, pruned);
  if (pruned.size === 0) return { document, prunedFields: [] };
  for (let before; rest !== before;) {
    before = rest;
    rest = withoutEmpty(rest);
  }
  const operation = rest.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  const prunedFields = [...pruned].sort();
  if (!operation || operation.selectionSet.selections.length === 0) {
    return { document: undefined, prunedFields };
  }
  const { selectionSet, variableDefinitions = [] } = operation;
  return { document: queryOf(rest, { selectionSet, variableDefinitions }), prunedFields };
}

function withoutUnknown(
  schema: GraphQLSchema,
  document: DocumentNode,
  pruned: Set<string>,
): DocumentNode {
  const types = new TypeInfo(schema);
  const variables = unknownVariables(schema, document);
  const isLost = (condition: string | undefined): boolean => {
    if (condition === undefined || isCompositeType(schema.getType(condition))) return false;
    pruned.add(condition);
    return true;
  };
  return visit(
    document,
    visitWithTypeInfo(types, {
      VariableDefinition: ({ variable }) => (variables.has(variable.name.value) ? null : undefined),
      Field({ name }) {
        if (types.getFieldDef()) return undefined;
        pruned.add(`${types.getParentType()?.name}.${name.value}`);
        return null;
      },
      Argument({ name, value }) {
        if (types.getDirective()) return undefined;
        const isKnown = types.getArgument() !== null && types.getArgument() !== undefined;
        const isUsable = value.kind !== Kind.VARIABLE || !variables.has(value.name.value);
        if (isKnown && isUsable) return undefined;
        pruned.add(`${types.getParentType()?.name}.${types.getFieldDef()?.name}(${name.value}:)`);
        return null;
      },
      Directive({ name }) {
        if (schema.getDirective(name.value)) return undefined;
        pruned.add(`@${name.value}`);
        return null;
      },
      InlineFragment: ({ typeCondition }) => (isLost(typeCondition?.name.value) ? null : undefined),
      FragmentDefinition: ({ typeCondition }) =>
        isLost(typeCondition.name.value) ? null : undefined,
    }),
  );
}

function unknownVariables(schema: GraphQLSchema, { definitions }: DocumentNode): Set<string> {
  const operation = definitions.find(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  const unknown = (operation?.variableDefinitions ?? []).filter(
    ({ type }) => !isKnownInput(schema, type),
  );
  return new Set(unknown.map(({ variable }) => variable.name.value));
}

function isKnownInput(schema: GraphQLSchema, node: TypeNode): boolean {
  const type = typeFromAST(schema, node as never) as Parameters<typeof getNamedType>[0];
  return isInputType(getNamedType(type));
}

/** One round: spreads of fragments that are gone, and whatever has an empty selection. */
function withoutEmpty(document: DocumentNode): DocumentNode {
  const fragments = new Set(
    document.definitions
      .filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
      .filter(({ selectionSet }) => selectionSet.selections.length > 0)
      .map(({ name }) => name.value),
  );
  const unlessEmpty = (node: ASTNode): null | undefined =>
    'selectionSet' in node && node.selectionSet?.selections.length === 0 ? null : undefined;
  return visit(document, {
    FragmentSpread: ({ name }) => (fragments.has(name.value) ? undefined : null),
    Field: { leave: unlessEmpty },
    InlineFragment: { leave: unlessEmpty },
    FragmentDefinition: { leave: unlessEmpty },
  });
}
