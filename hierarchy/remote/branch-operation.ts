import {
  Kind,
  parseType,
  print,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { DelegatedOperation, OperationAnswer } from '../link/link-protocol.ts';
import type { AnswerError } from './remote-ports.ts';
import { BRANCH, type BranchSelection } from './take-branches.ts';
import { queryOf, valuesFor } from './used-definitions.ts';

/** Nodes of its branch, which a child is to ask: it may be among them. */
export interface Relay {
  readonly nodeIds: readonly string[];
  readonly timeoutMs: number;
}

/** A query whose text is the same for every child and every time. */
export interface BranchQuery {
  readonly query: string;
  /** `values` as the caller sent them. */
  variables(
    values: Readonly<Record<string, unknown>>,
    relay?: Relay,
  ): DelegatedOperation['variables'];
}

/** What one response key got: the object as it goes into the result, and its errors. */
export interface BranchPart {
  readonly value: unknown;
  /** Paths begin below the key. */
  readonly errors: readonly AnswerError[];
}

/** What a child says of a node that it was to relay a question to. */
export interface RelayedState {
  readonly nodeId: string;
  readonly status: string;
  readonly error: string | null;
  /** Absent when the child's software does not know it. */
  readonly prunedFields?: readonly string[];
}

/** Where in an answer a node is. */
export type AnswerPath = readonly (string | number)[];

const RELAYED = ['nodeId', 'status', 'error', 'prunedFields'] as const;
const RELAY_PATH = ['tree', 'nodes'] as const;

/**
 * The query that asks a child for the selection: of itself alone, or of those that it is to relay it
 * to. There an error of one, the child included, leaves the others as they are.
 */
export function branchQuery({ document, parts }: BranchSelection, isRelayed: boolean): BranchQuery {
  const fields = [...parts].map(([key, selectionSet]): FieldNode => {
    const wire = wireKey(key);
    const alias = wire === BRANCH.field ? {} : { alias: nameOf(wire) };
    return { ...fieldNode(BRANCH.field), ...alias, selectionSet };
  });
  const given = definitionsOf(document);
  const relay = relayVariables(new Set(given.keys()));
  const query = queryOf(document, {
    selectionSet: setOf(isRelayed ? [relayField(relay, fields)] : fields),
    variableDefinitions: [...given.values(), ...Object.values(relay).map(definitionOf)],
  });
  return {
    query: print(query as DocumentNode),
    variables: (values, asked) => ({
      ...valuesFor(operationOf(query), values),
      ...(asked && {
        [relay.nodeIds.name]: asked.nodeIds,
        [relay.count.name]: asked.nodeIds.length,
        [relay.timeoutMs.name]: Math.floor(asked.timeoutMs),
      }),
    }),
  };
}

/**
 * The parts of an answer under their response keys. Errors that name none of them go to the first one
 * of a child that was asked for itself alone, whose path is empty.
 */
export function branchParts(
  { parts }: BranchSelection,
  { data, errors }: Pick<OperationAnswer, 'data' | 'errors'>,
  path: AnswerPath = [],
): Map<string, BranchPart> {
  const holder = valueAt(data, path);
  const keys = [...parts.keys()];
  const isOfNothing = (error: AnswerError): boolean =>
    path.length === 0 && !keys.some((key) => below(error.path, [wireKey(key)]));
  return new Map(
    keys.map((key, index) => {
      const wire = wireKey(key);
      const own = errors.flatMap((error) => {
        const rest = below(error.path, [...path, wire]);
        if (rest) return [{ ...error, path: rest }];
        return index === 0 && isOfNothing(error) ? [{ ...error, path: [] }] : [];
      });
      return [key, { value: holder?.[wire] ?? null, errors: own }];
    }),
  );
}

/** What the child says of each node that it was to ask, and where: by node id. */
export function relayedStates(
  data: OperationAnswer['data'],
): ReadonlyMap<string, { readonly state: RelayedState; readonly path: AnswerPath }> {
  const found = valueAt(data, RELAY_PATH) as unknown;
  const states = Array.isArray(found) ? (found as RelayedState[]) : [];
  return new Map(
    states.map((state, index) => [state.nodeId, { state, path: [...RELAY_PATH, index] }]),
  );
}

/** Distinct for each key, and never that of another field that is read beside the parts. */
function wireKey(key: string): string {
  return key === BRANCH.field ? key : `${BRANCH.field}_${key}`;
}

interface RelayVariable {
  readonly name: string;
  readonly type: string;
}
type RelayVariables = Readonly<Record<keyof Relay | 'count', RelayVariable>>;

/** Under names that the caller has not taken. */
function relayVariables(taken: ReadonlySet<string>): RelayVariables {
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  return {
    nodeIds: { name: free('relayNodeIds'), type: '[ID!]' },
    count: { name: free('relayCount'), type: 'Int!' },
    timeoutMs: { name: free('relayTimeoutMs'), type: 'Int!' },
  };
}

function relayField(
  { nodeIds, count, timeoutMs }: RelayVariables,
  parts: readonly FieldNode[],
): FieldNode {
  return {
    ...fieldNode('tree'),
    arguments: [
      argument('nodeIds', variable(nodeIds)),
      argument('first', variable(count)),
      argument('timeoutMs', variable(timeoutMs)),
    ],
    selectionSet: setOf([
      { ...fieldNode('nodes'), selectionSet: setOf([...RELAYED.map(fieldNode), ...parts]) },
    ]),
  };
}

function definitionsOf({ definitions }: DocumentNode): Map<string, VariableDefinitionNode> {
  const all = definitions.flatMap((one) =>
    one.kind === Kind.OPERATION_DEFINITION ? (one.variableDefinitions ?? []) : [],
  );
  return new Map(all.map((one) => [one.variable.name.value, one]));
}

function definitionOf({ name, type }: RelayVariable): VariableDefinitionNode {
  return {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: nameOf(name) },
    type: parseType(type, { noLocation: true }),
  };
}

function argument(name: string, value: ValueNode) {
  return { kind: Kind.ARGUMENT as const, name: nameOf(name), value };
}

function variable({ name }: RelayVariable): ValueNode {
  return { kind: Kind.VARIABLE, name: nameOf(name) };
}

function valueAt(data: unknown, path: AnswerPath): Readonly<Record<string, unknown>> | undefined {
  let value = data;
  for (const step of path) value = (value as Record<string | number, unknown> | null)?.[step];
  return (value ?? undefined) as Readonly<Record<string, unknown>> | undefined;
}

/** What follows `prefix` in a path that begins with it. */
function below(
  path: AnswerError['path'],
  prefix: readonly (string | number)[],
): (string | number)[] | undefined {
  if (!path || prefix.some((step, index) => path[index] !== step)) return undefined;
  return path.slice(prefix.length);
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions[0] as OperationDefinitionNode;
}

function fieldNode(name: string): FieldNode {
  return { kind: Kind.FIELD, name: nameOf(name) };
}

function nameOf(value: string) {
  return { kind: Kind.NAME as const, value };
}

function setOf(selections: readonly FieldNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}
