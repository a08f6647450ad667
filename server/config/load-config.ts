import { readFileSync } from 'node:fs';
import { availableParallelism, hostname, networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { CanopyError, refuseProblems, type Problem } from '../../core/errors.ts';
import { CONFIG_KEYS } from './config-keys.ts';
import {
  environmentLayer,
  fileLayer,
  flagLayer,
  type Environment,
  type Flags,
  type Layer,
  type Origin,
  type ReadFile,
} from './config-layers.ts';
import {
  completeConfig,
  configSchema,
  type Config,
  type ConfigKey,
  type HostDefaults,
} from './config-schema.ts';

/** Looked for in the data directory when no file is named. */
export const CONFIG_FILE_NAME = 'canopy.yaml';

export interface LoadConfigOptions {
  /** By key (`dataDir`, `databaseUrlFile`), plus `config`: the file to read. */
  readonly flags?: Flags;
  readonly environment?: Environment;
  /** Answers `undefined` for a file that does not exist. */
  readonly readFile?: ReadFile;
  readonly host?: HostDefaults;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<ConfigKey, Origin>>;
  /** Sentences about what was ignored; for the log. */
  readonly warnings: readonly string[];
}

/**
 * The configuration from its sources: defaults, then the file (`--config`, `CANOPY_CONFIG` or
 * `canopy.yaml` in the data directory), then `CANOPY_*` variables, then flags; the last one that
 * names a key wins. Throws `CONFIGURATION_INVALID` that lists every fault of every source.
 */
export function loadConfig(options: LoadConfigOptions = {}): LoadedConfig {
  const { environment = process.env, readFile = readFileIfPresent } = options;
  const { config: namedFile, ...flagValues } = options.flags ?? {};
  const flags = flagLayer(flagValues, readFile);
  const variables = environmentLayer(environment, readFile);
  const file = readConfigFile(namedFile ?? environment.CANOPY_CONFIG, [flags, variables], readFile);
  const layers = [file, variables, flags];
  refuseProblems(layers.flatMap((layer) => layer.problems));

  const { values, origins } = merge(layers);
  const parsed = configSchema.safeParse(values);
  if (!parsed.success)
    refuseProblems(parsed.error.issues.map((issue) => toProblem(issue, origins)));
  const config = completeConfig(parsed.data!, options.host ?? hostDefaults());
  return {
    config: { ...config, dataDir: resolve(config.dataDir) },
    origins,
    warnings: layers.flatMap((layer) => layer.warnings),
  };
}

/** What this host answers for `name`, `siteAddresses` and `hashWorkers`. */
export function hostDefaults(): HostDefaults {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return {
    name: hostname(),
    siteAddresses: addresses
      .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
      .map(({ address }) => address),
    hashWorkers: Math.min(4, Math.max(1, availableParallelism() - 1)),
  };
}

const LINK_LOCAL = /^(?:fe[89ab]|169\.254\.)/i;

function readConfigFile(named: Flags[string], higher: readonly Layer[], readFile: ReadFile): Layer {
  if (named !== undefined && named !== '') {
    const path = resolve(String(named));
    const text = readFile(path);
    if (text !== undefined) return fileLayer(path, text);
    throw new CanopyError('CONFIGURATION_INVALID', `The file ${path} does not exist.`, {
      path: ['config'],
      hint: 'Name an existing file in --config or CANOPY_CONFIG, or none.',
    });
  }
  const dataDir = higher.flatMap((layer) => layer.values.get('dataDir')?.value ?? []).at(0);
  const path = resolve(
    String(dataDir ?? configSchema.shape.dataDir.parse(undefined)),
    CONFIG_FILE_NAME,
  );
  const layer = fileLayer(path, readFile(path) ?? '');
  return layer.values.has('dataDir') ? refuseItsOwnFolder(layer, path) : layer;
}

/** A file that was found through the data directory cannot move it. */
function refuseItsOwnFolder(layer: Layer, path: string): Layer {
  const problem: Problem = {
    code: 'CONFIGURATION_INVALID',
    message: `${path}: dataDir cannot be set by the file in the data directory itself.`,
    path: ['dataDir'],
    hint: 'Use --data-dir or CANOPY_DATA_DIR, or name the file with --config.',
  };
  return { ...layer, problems: [...layer.problems, problem] };
}

function merge(layers: readonly Layer[]) {
  const values: Partial<Record<ConfigKey, unknown>> = {};
  const origins = Object.fromEntries(
    CONFIG_KEYS.map(({ key }) => [key, { source: 'default', name: 'default' }]),
  ) as Record<ConfigKey, Origin>;
  for (const layer of layers) {
    for (const [key, { value, origin }] of layer.values) {
      values[key] = value;
      origins[key] = origin;
    }
  }
  return { values, origins };
}

function toProblem(issue: z.core.$ZodIssue, origins: Readonly<Record<ConfigKey, Origin>>): Problem {
  const path = issue.path.map(String);
  const origin = origins[path[0] as ConfigKey];
  const fault = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? '') : issue.message;
  return {
    code: 'CONFIGURATION_INVALID',
    message: `${origin.name}: ${path.join('.')}: ${fault}`,
    path,
    hint: 'See docs/configuration.md, or run canopy config schema.',
  };
}

function readFileIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CanopyError('CONFIGURATION_INVALID', `The file ${path} cannot be read: ${message}`, {
      hint: 'Make it readable for the user that runs Canopy.',
      cause: error,
    });
  }
}
