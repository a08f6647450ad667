import type { z } from 'zod';
import { configSchema, type ConfigKey } from './config-schema.ts';

/** How a key is written where only text is possible. */
export type TextForm = 'text' | 'number' | 'list' | 'map';

/** One key of the configuration under all its names. */
export interface KeyDefinition {
  readonly key: ConfigKey;
  /** `dataDir` → `CANOPY_DATA_DIR`. */
  readonly environment: string;
  /** `dataDir` → `--data-dir`; a secret has none of its own, only the one that names a file. */
  readonly flag: string;
  readonly form: TextForm;
  readonly secret: boolean;
  readonly description: string;
  /** JSON of the fixed default; `undefined` when there is none. */
  readonly fixedDefault: string | undefined;
  /** The words an enumeration allows. */
  readonly allowed: readonly string[] | undefined;
}

export const ENVIRONMENT_PREFIX = 'CANOPY_';
/** Appended to a secret's name it means: the value is in this file. */
export const FILE_SUFFIX = { environment: '_FILE', flag: '-file', property: 'File' } as const;

/** Every key, in the order of the schema. */
export const CONFIG_KEYS: readonly KeyDefinition[] = (
  Object.keys(configSchema.shape) as ConfigKey[]
).map(defineKey);

function defineKey(key: ConfigKey): KeyDefinition {
  const schema = configSchema.shape[key];
  const meta = schema.meta() as { description: string; writeOnly?: boolean };
  const inner = unwrap(schema);
  const secret = meta.writeOnly === true;
  const kebab = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    key,
    environment: ENVIRONMENT_PREFIX + kebab.replaceAll('-', '_').toUpperCase(),
    flag: `--${kebab}${secret ? FILE_SUFFIX.flag : ''}`,
    form: formOf(inner),
    secret,
    description: meta.description,
    fixedDefault: fixedDefaultOf(schema),
    allowed: inner.def.type === 'enum' ? (inner as z.ZodEnum).options.map(String) : undefined,
  };
}

/** The schema below `default` and `optional`. */
function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType } = schema.def as unknown as { readonly innerType?: z.ZodType };
  return innerType ? unwrap(innerType) : schema;
}

function formOf(schema: z.ZodType): TextForm {
  switch (schema.def.type) {
    case 'number':
      return 'number';
    case 'array':
      return 'list';
    case 'record':
      return 'map';
    default:
      return 'text';
  }
}

function fixedDefaultOf(schema: z.ZodType): string | undefined {
  const parsed = schema.safeParse(undefined);
  return parsed.success && parsed.data !== undefined ? JSON.stringify(parsed.data) : undefined;
}
