import {
  Kind,
  print,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { DelegatedOperation, OperationAnswer } from '../link/link-protocol.ts';
import type { AnswerError } from './remote-ports.ts';
import { BRANCH, type BranchSelection } from './take-branches.ts';
import { queryOf, valuesFor } from './used-definitions.ts';

/** A node further down than the children, which a child asks in turn. */
export interface Relay {
  readonly nodeId: string;
  readonly timeoutMs: number;
}

/** What one response key got: the object as it goes into the result, and its errors. */
export interface BranchPart {
  readonly value: unknown;
  /** Paths begin below the key. */
  readonly errors: readonly AnswerError[];
}

/** Read with the parts when a child asks for us. */
const RELAYED = ['status', 'error', 'prunedFields'] as const;
const RELAY_PATH = ['tree', 'nodes', 0] as const;

/**
 * The query that asks a child for the selection: of itself, or of a node below it. `variables` are
 * the values as the caller sent them.
 */
export function branchOperation(
  { document, parts }: BranchSelection,
  variables: Readonly<Record<string, unknown>>,
  relay?: Relay,
): Pick<DelegatedOperation, 'query' | 'variables'> {
  const fields = [...parts].map(([key, selectionSet]): FieldNode => {
    const wire = wireKey(key);
    const alias = wire === BRANCH.field ? {} : { alias: nameOf(wire) };
    return { ...fieldNode(BRANCH.field), ...alias, selectionSet };
  });
  const selectionSet = setOf(relay ? [relayField(relay, fields)] : fields);
  const variableDefinitions = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
  );
  const query = queryOf(document, {
    selectionSet,
    variableDefinitions: [
      ...new Map(variableDefinitions.map((one) => [one.variable.name.value, one])).values(),
    ],
  });
  return {
    query: print(query as DocumentNode),
    variables: valuesFor(operationOf(query), variables),
  };
}

/** The parts of an answer under their response keys; errors that name none go to the first. */
export function branchParts(
  { parts }: BranchSelection,
  { data, errors }: Pick<OperationAnswer, 'data' | 'errors'>,
  isRelayed: boolean,
): Map<string, BranchPart> {
  const prefix: readonly (string | number)[] = isRelayed ? RELAY_PATH : [];
  const holder = valueAt(data, prefix);
  const keys = [...parts.keys()];
  return new Map(
    keys.map((key, index) => {
      const wire = wireKey(key);
      const own = errors.flatMap((error) => {
        const rest = below(error.path, [...prefix, wire]);
        if (rest) return [{ ...error, path: rest }];
        const isNobodys = !keys.some((other) => below(error.path, [...prefix, wireKey(other)]));
        return isNobodys && index === 0 ? [{ ...error, path: [] }] : [];
      });
      return [key, { value: holder?.[wire] ?? null, errors: own }];
    }),
  );
}

/** What the child says of the node that it asked for us; `undefined` when it says nothing. */
export function relayedState(
  data: OperationAnswer['data'],
): Readonly<Record<(typeof RELAYED)[number], unknown>> | undefined {
  return valueAt(data, RELAY_PATH) as ReturnType<typeof relayedState>;
}

/** Distinct for each key, and never that of another field that is read beside the parts. */
function wireKey(key: string): string {
  return key === BRANCH.field ? key : `${BRANCH.field}_${key}`;
}

function relayField({ nodeId, timeoutMs }: Relay, parts: readonly FieldNode[]): FieldNode {
  const whole = (name: string, value: number) => ({
    kind: Kind.ARGUMENT as const,
    name: nameOf(name),
    value: { kind: Kind.INT as const, value: String(Math.floor(value)) },
  });
  return {
    ...fieldNode('tree'),
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: nameOf('root'),
        value: { kind: Kind.STRING, value: nodeId },
      },
      whole('maxDepth', 0),
      whole('first', 1),
      whole('timeoutMs', timeoutMs),
    ],
    selectionSet: setOf([
      { ...fieldNode('nodes'), selectionSet: setOf([...RELAYED.map(fieldNode), ...parts]) },
    ]),
  };
}

function valueAt(
  data: unknown,
  path: readonly (string | number)[],
): Readonly<Record<string, unknown>> | undefined {
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
