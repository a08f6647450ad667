import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isListType,
  isObjectType,
  isInterfaceType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { BRANCH } from '../../hierarchy/remote/take-branches.ts';
import { LIMITS } from '../limits.ts';

/** Elements assumed in a list that is not paged. */
const LIST_FACTOR = 10;

interface OperationToMeasure {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Refuses an operation that asks for too much: depth, aliases, root fields, selections, cost. One
 * walk with fragments followed; the depth begins anew where another node answers. It ends at the first limit, so the walk itself is bounded.
 * `document` is valid. Introspection has no depth and no cost (every caller is signed in, and
 * graphql-js bounds its nesting), but its selections count.
 */
export function limitErrors(measured: OperationToMeasure): readonly GraphQLError[] {
  try {
    const cost = new Walk(measured).root();
    if (cost > LIMITS.graphql.cost) throw new TooMuch('cost', cost, LIMITS.graphql.cost);
    return [];
  } catch (error) {
    if (error instanceof TooMuch) return [tooComplex(error)];
    throw error;
  }
}

type Limit = 'depth' | 'aliases' | 'rootFields' | 'recursiveSelections' | 'cost';

class TooMuch extends Error {
  readonly limit: Limit;
  readonly requested: number;
  readonly allowed: number;
  constructor(limit: Limit, requested: number, allowed: number) {
    super(limit);
    this.limit = limit;
    this.requested = requested;
    this.allowed = allowed;
  }
}

const WORDS: { readonly [L in Limit]: string } = {
  depth: 'levels of fields',
  aliases: 'aliases',
  rootFields: 'root fields',
  recursiveSelections: 'selections with fragments expanded',
  cost: 'objects',
};

function tooComplex({ limit, requested, allowed }: TooMuch): GraphQLError {
  return new GraphQLError(
    `The operation asks for ${requested} ${WORDS[limit]} or more; at most ${allowed} are allowed.`,
    {
      extensions: {
        code: 'QUERY_TOO_COMPLEX',
        limit,
        requested,
        allowed,
        hint: 'Ask for less at a time: smaller pages, fewer nested lists, several requests.',
      },
    },
  );
}

class Walk {
  private readonly measured: OperationToMeasure;
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private readonly counts = { aliases: 0, rootFields: 0, recursiveSelections: 0 };

  constructor(measured: OperationToMeasure) {
    this.measured = measured;
    this.fragments = new Map(
      measured.document.definitions
        .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
        .map((fragment) => [fragment.name.value, fragment]),
    );
  }

  root(): number {
    const { schema, operation } = this.measured;
    const type = schema.getRootType(operation.operation);
    return type ? this.costOf(operation.selectionSet, type, 1, true) : 0;
  }

  /** Cost of a selection set on one object; counts everything else on the way. */
  private costOf(
    { selections }: SelectionSetNode,
    type: GraphQLCompositeType,
    depth: number,
    measureDepth: boolean,
  ): number {
    if (measureDepth && depth > LIMITS.graphql.depth) {
      throw new TooMuch('depth', depth, LIMITS.graphql.depth);
    }
    let cost = 0;
    for (const selection of selections) {
      this.count('recursiveSelections');
      if (selection.kind === Kind.FIELD) {
        cost += this.costOfField(selection, type, depth, measureDepth);
        continue;
      }
      const spread = selection.kind === Kind.FRAGMENT_SPREAD;
      const fragment = spread ? this.fragments.get(selection.name.value) : selection;
      if (!fragment) continue;
      const condition = fragment.typeCondition?.name.value;
      const onType = condition === undefined ? type : this.measured.schema.getType(condition);
      if (!isCompositeType(onType)) continue;
      cost += this.costOf(fragment.selectionSet, onType, depth, measureDepth);
    }
    return cost;
  }

  private costOfField(
    field: FieldNode,
    parent: GraphQLCompositeType,
    depth: number,
    measureDepth: boolean,
  ): number {
    if (field.alias) this.count('aliases');
    if (depth === 1 && measureDepth) this.count('rootFields');
    const name = field.name.value;
    if (name === '__schema' || name === '__type') {
      const type = this.measured.schema.getType(name === '__type' ? '__Type' : '__Schema');
      if (field.selectionSet) {
        this.costOf(field.selectionSet, type as GraphQLCompositeType, depth + 1, false);
      }
      return 0;
    }
    const definition = fieldOf(parent, name);
    const type = definition && getNamedType(definition.type);
    if (!definition || !field.selectionSet || !isCompositeType(type)) return 0;
    const isBranch = parent.name === BRANCH.type && name === BRANCH.field;
    const each = this.costOf(field.selectionSet, type, isBranch ? 2 : depth + 1, measureDepth);
    if (!measureDepth) return 0;
    return 1 + this.factorOf(field, definition, parent) * each;
  }

  /** How many objects a field may answer. The lists inside a connection were counted by its page. */
  private factorOf(
    field: FieldNode,
    definition: GraphQLField<unknown, unknown>,
    parent: GraphQLCompositeType,
  ): number {
    if (getNamedType(definition.type).name.endsWith('Connection')) return this.pageSize(field);
    if (parent.name.endsWith('Connection')) return 1;
    return isListType(getNullableType(definition.type)) ? LIST_FACTOR : 1;
  }

  private pageSize(field: FieldNode): number {
    const { pageSizeDefault, pageSizeMax } = LIMITS.graphql;
    const size = ['first', 'last']
      .map((name) => this.argument(field, name))
      .find((value) => typeof value === 'number');
    return Math.min(Math.max(size ?? pageSizeDefault, 1), pageSizeMax);
  }

  private argument(field: FieldNode, name: string): number | undefined {
    const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    if (value?.kind !== Kind.VARIABLE) return undefined;
    const given = this.measured.variables?.[value.name.value];
    return typeof given === 'number' ? given : this.defaultOf(value.name.value);
  }

  private defaultOf(variable: string): number | undefined {
    const definition = this.measured.operation.variableDefinitions?.find(
      (one) => one.variable.name.value === variable,
    );
    const value = definition?.defaultValue;
    return value?.kind === Kind.INT ? Number(value.value) : undefined;
  }

  private count(limit: 'aliases' | 'rootFields' | 'recursiveSelections'): void {
    this.counts[limit] += 1;
    const requested = this.counts[limit];
    if (requested > LIMITS.graphql[limit]) {
      throw new TooMuch(limit, requested, LIMITS.graphql[limit]);
    }
  }
}

function fieldOf(
  type: GraphQLCompositeType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}
