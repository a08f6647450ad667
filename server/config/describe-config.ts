import { z } from 'zod';
import { CONFIG_KEYS, FILE_SUFFIX, type KeyDefinition } from './config-keys.ts';
import { configSchema, type ConfigKey } from './config-schema.ts';
import type { LoadedConfig } from './load-config.ts';

/** One key as documentation shows it. */
export interface ConfigDescription {
  readonly key: ConfigKey;
  readonly type: string;
  readonly default: string;
  readonly environment: string;
  readonly flag: string;
  readonly description: string;
}

/** One value in force. A secret's value is never shown. */
export interface ConfigValue {
  readonly key: ConfigKey;
  readonly value: string;
  /** `default`, or the file, variable or flag that set it. */
  readonly origin: string;
}

/** Defaults that depend on the host or mean "none". */
const DEFAULT_TEXT: { readonly [K in ConfigKey]?: string } = {
  publicUrl: 'none',
  name: "the host's name",
  databaseUrl: 'none: embedded database',
  siteAddresses: "the host's addresses but loopback and link-local",
  uncRoot: 'none',
  hashWorkers: 'processors less one, 1 to 4',
};

const FORM_TEXT = {
  text: 'text',
  number: 'integer',
  list: 'list; as text `a, b`',
  map: 'mapping; as text `name=value, …`',
} as const;

/** Every key, in the order of the schema. */
export function describeConfig(): ConfigDescription[] {
  return CONFIG_KEYS.map((definition) => ({
    key: definition.key,
    type: definition.allowed?.map((word) => `\`${word}\``).join(', ') ?? FORM_TEXT[definition.form],
    default: DEFAULT_TEXT[definition.key] ?? `\`${definition.fixedDefault}\``,
    environment: environmentNames(definition),
    flag: definition.flag,
    description: definition.description,
  }));
}

/** JSON Schema (2020-12) of the configuration file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    title: 'Canopy server configuration',
    ...z.toJSONSchema(configSchema, { io: 'input' }),
  };
}

/** What is in force and why, one row a key; for `canopy config view --show-origin`. */
export function viewConfig({ config, origins }: LoadedConfig): ConfigValue[] {
  return CONFIG_KEYS.map(({ key, secret }) => {
    const value = config[key];
    const shown = secret && value !== undefined ? '(secret)' : display(key, value);
    return { key, value: shown, origin: origins[key].name };
  });
}

/** The text of `docs/configuration.md`. */
export function configMarkdown(): string {
  const sections = describeConfig().map(
    (row) => `### \`${row.key}\`

${row.description}

- Value: ${row.type}
- Default: ${row.default}
- Environment: ${row.environment}
- Flag: \`${row.flag}\`
`,
  );
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const INTRODUCTION = `# Configuration of the server

This page is written by \`node dist/server/config/write-docs.js\`; a test compares the two.

A value comes from the last of these that names its key: the default, the configuration file, the
environment, the flag. The file is the one in \`--config\` or \`CANOPY_CONFIG\`, else
\`canopy.yaml\` in the data directory when it exists; it is YAML or JSON. A relative \`dataDir\` in a
file is relative to that file. Unknown keys are refused. A variable that starts with \`CANOPY_\` and
nearly has the name of a key is refused too; any other is reported in the log and ignored. Secrets
have no flag of their own: put them into a file and name it (\`…_FILE\`, \`--…-file\`).

\`\`\`yaml
# canopy.yaml
listen: 0.0.0.0:8080
publicUrl: http://smp01.example.com:8080
uncMounts:
  '\\\\filer\\pkgs': /srv/pkgs
\`\`\`

\`canopy config check\` tells every fault, \`canopy config view --show-origin\` what is in force and
why, \`canopy config schema\` prints the JSON Schema for editors. What administrators change while
the server runs (publication types, schedules, grace time) is in \`canopy settings\`.

## Keys
`;

function environmentNames({ key, environment, secret }: KeyDefinition): string {
  const names = key === 'databaseUrl' ? [environment, 'DATABASE_URL'] : [environment];
  const all = secret ? names.flatMap((name) => [name, name + FILE_SUFFIX.environment]) : names;
  return all.map((name) => `\`${name}\``).join(', ');
}

function display(key: ConfigKey, value: unknown): string {
  if (value === undefined) return '';
  if (key === 'listen') {
    const { host, port } = value as { host: string; port: number };
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
