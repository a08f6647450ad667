import { dirname, isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Problem } from '../../core/errors.ts';
import {
  CONFIG_KEYS,
  ENVIRONMENT_PREFIX,
  FILE_SUFFIX,
  type KeyDefinition,
  type TextForm,
} from './config-keys.ts';
import type { ConfigKey } from './config-schema.ts';
import { suggestion } from './suggestion.ts';

/** Where a value came from: the name of the file, variable or flag. */
export interface Origin {
  readonly source: 'default' | 'file' | 'environment' | 'flag';
  readonly name: string;
}

export type ReadFile = (path: string) => string | undefined;
export type Environment = Readonly<Record<string, string | undefined>>;
/** Flags by key, as a command-line parser names them: `dataDir`, `databaseUrlFile`. */
export type Flags = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The raw values of one source. Nothing is validated yet but the names. */
export interface Layer {
  readonly values: ReadonlyMap<ConfigKey, { readonly value: unknown; readonly origin: Origin }>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

type Values = Map<ConfigKey, { readonly value: unknown; readonly origin: Origin }>;

const KEYS = new Map<string, KeyDefinition>(
  CONFIG_KEYS.map((definition) => [definition.key, definition]),
);

/** A configuration file, YAML 1.2 (of which JSON is a part). */
export function fileLayer(path: string, text: string): Layer {
  const values: Values = new Map();
  const document = parseDocument(text, { uniqueKeys: true });
  const fault = document.errors[0];
  if (fault) return refusal(problem([], `${path}: ${fault.message.split('\n')[0]}`));
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return { values, problems: [], warnings: [] };
  if (typeof content !== 'object' || Array.isArray(content)) {
    return refusal(problem([], `${path}: must be a mapping of keys to values.`));
  }
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(content)) {
    const definition = KEYS.get(name);
    if (!definition) problems.push(unknownName(path, name, [...KEYS.keys()]));
    else {
      const origin = { source: 'file', name: path } as const;
      values.set(definition.key, { value: beside(path, definition.key, value), origin });
    }
  }
  return { values, problems, warnings: [] };
}

/** `CANOPY_*`, `CANOPY_*_FILE` for secrets, and `DATABASE_URL`. Empty values count as absent. */
export function environmentLayer(environment: Environment, readFile: ReadFile): Layer {
  const values: Values = new Map();
  const problems: Problem[] = [];
  const known = new Set<string>();
  for (const definition of CONFIG_KEYS) {
    for (const name of variablesOf(definition)) {
      known.add(name);
      const written = environment[name];
      if (written === undefined || written === '') continue;
      const taken = values.get(definition.key);
      const value = name.endsWith(FILE_SUFFIX.environment)
        ? readSecret(written, readFile)
        : written;
      if (value === undefined) problems.push(missingSecret(definition.key, name, written));
      else if (taken && taken.value !== value) {
        problems.push(problem([definition.key], `${taken.origin.name} and ${name} disagree.`));
      } else if (!taken) {
        const origin = { source: 'environment', name } as const;
        values.set(definition.key, { value: fromText(definition.form, value), origin });
      }
    }
  }
  const strangers = judgeStrangers(Object.keys(environment), known);
  return { values, problems: [...problems, ...strangers.problems], warnings: strangers.warnings };
}

/** Flags of the command line. A secret has none of its own, only one that names a file. */
export function flagLayer(flags: Flags, readFile: ReadFile): Layer {
  const values: Values = new Map();
  const problems: Problem[] = [];
  const names = new Map<string, KeyDefinition>(
    CONFIG_KEYS.map((key) => [key.key + (key.secret ? FILE_SUFFIX.property : ''), key]),
  );
  for (const [name, written] of Object.entries(flags)) {
    if (written === undefined) continue;
    const definition = names.get(name);
    if (!definition) {
      problems.push(unknownName('command line', name, [...names.keys()]));
      continue;
    }
    const origin = { source: 'flag', name: definition.flag } as const;
    const value = definition.secret ? readSecret(String(written), readFile) : written;
    if (value === undefined) {
      problems.push(missingSecret(definition.key, definition.flag, String(written)));
    } else values.set(definition.key, { value: fromText(definition.form, value), origin });
  }
  return { values, problems, warnings: [] };
}

/** `DATABASE_URL` is what hosting platforms set. */
function variablesOf(definition: KeyDefinition): string[] {
  const names = [definition.environment];
  if (definition.key === 'databaseUrl') names.push('DATABASE_URL');
  return definition.secret
    ? names.flatMap((name) => [name, name + FILE_SUFFIX.environment])
    : names;
}

/**
 * A variable that nearly has the name of a key is a slip and refused. Others with our prefix are
 * only reported: orchestrators and the command line's own settings use it too.
 */
function judgeStrangers(names: readonly string[], known: ReadonlySet<string>) {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const name of names) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || known.has(name)) continue;
    if (OTHER_VARIABLES.has(name) || SERVICE_LINK.test(name)) continue;
    const bare = (text: string): string => text.replace(ENVIRONMENT_PREFIX, '');
    const meant = suggestion(bare(name), [...known].map(bare));
    if (meant) {
      const cure = [...known].find((candidate) => bare(candidate) === meant);
      problems.push(
        problem([name], `environment: unknown variable ${name}.`, `Did you mean ${cure}?`),
      );
    } else warnings.push(`The variable ${name} is not one of Canopy's and is ignored.`);
  }
  return { problems, warnings };
}

/** Read elsewhere: the configuration file's name, and what clients use. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  'CANOPY_CONFIG',
  'CANOPY_URL',
  'CANOPY_TOKEN',
  'CANOPY_TOKEN_FILE',
  'CANOPY_CONTEXT',
  'CANOPY_AGENT_DIR',
]);

/** What Kubernetes adds to every container for a service that is called `canopy…`. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT(?:_\d+_(?:TCP|UDP)(?:_.*)?)?)$/;

/** `a, b` and `name=value, …`. What does not fit the form is left to the schema to refuse. */
function fromText(form: TextForm, written: unknown): unknown {
  if (typeof written === 'number') return written;
  const texts = Array.isArray(written) ? written.map(String) : [String(written)];
  const parts = texts.flatMap((text) => text.split(',')).map((part) => part.trim());
  switch (form) {
    case 'number':
      return /^\d+$/.test(texts[0]!.trim()) ? Number(texts[0]) : texts[0];
    case 'list':
      return parts.filter(Boolean);
    case 'map':
      return Object.fromEntries(parts.filter(Boolean).map(pair));
    case 'text':
      return texts.at(-1);
  }
}

function pair(part: string): [string, string] {
  const equals = part.indexOf('=');
  return equals < 0 ? [part, ''] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
}

/** Folders in a file are meant relative to the file, whatever the working directory is. */
function beside(path: string, key: ConfigKey, value: unknown): unknown {
  const relative = key === 'dataDir' && typeof value === 'string' && value && !isAbsolute(value);
  return relative ? join(dirname(path), value) : value;
}

const readSecret = (path: string, readFile: ReadFile): string | undefined =>
  readFile(path)?.replace(/\r?\n$/, '');

const missingSecret = (key: ConfigKey, name: string, path: string): Problem =>
  problem([key], `${name}: the file ${path} does not exist.`, 'Write the secret into that file.');

function unknownName(where: string, name: string, names: readonly string[]): Problem {
  const meant = suggestion(name, names);
  const hint = meant ? `Did you mean ${meant}?` : 'See docs/configuration.md for all keys.';
  return problem([name], `${where}: unknown key ${name}.`, hint);
}

function problem(path: readonly string[], message: string, hint?: string): Problem {
  const code = 'CONFIGURATION_INVALID';
  return hint === undefined ? { code, message, path } : { code, message, path, hint };
}

const refusal = (fault: Problem): Layer => ({
  values: new Map(),
  problems: [fault],
  warnings: [],
});
