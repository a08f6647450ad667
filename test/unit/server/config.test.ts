// The configuration has one value per key, from the highest source that names it, or none at all.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  configJsonSchema,
  configMarkdown,
  describeConfig,
  viewConfig,
} from '../../../server/config/describe-config.ts';
import { loadConfig, type LoadConfigOptions } from '../../../server/config/load-config.ts';
import { suggestion } from '../../../server/config/suggestion.ts';
import type { CanopyError } from '../../../core/errors.ts';

const host = { name: 'smp01', siteAddresses: ['10.1.0.5'], hashWorkers: 3 };

const load = (options: LoadConfigOptions & { files?: Record<string, string> } = {}) => {
  const { files = {}, ...rest } = options;
  return loadConfig({ environment: {}, host, readFile: (path) => files[path], ...rest });
};

function refusal(options: Parameters<typeof load>[0]): CanopyError {
  try {
    load(options);
  } catch (error) {
    return error as CanopyError;
  }
  throw new TypeError('the configuration was accepted');
}

const inDataDir = (name: string): string => resolve('canopy-data', name);

test('defaults stand alone and ask the host for what only it knows', () => {
  const { config, origins } = load();
  expect(config).toMatchObject({
    ...host,
    dataDir: resolve('canopy-data'),
    listen: { host: '127.0.0.1', port: 8080 },
    durability: 'strict',
  });
  expect([config.publicUrl, config.databaseUrl]).toEqual([undefined, undefined]);
  expect(new Set(Object.values(origins).map(({ source }) => source))).toEqual(new Set(['default']));
});

test('a flag beats the environment, the environment a file, a file the default', () => {
  const files = {
    [inDataDir('canopy.yaml')]: 'name: from-file\nlogLevel: debug\nlogFormat: text\n',
  };
  const environment = { CANOPY_NAME: 'from-environment', CANOPY_LOG_LEVEL: 'warn' };
  const { config, origins } = load({ files, environment, flags: { name: 'from-flag' } });
  expect(config).toMatchObject({ name: 'from-flag', logLevel: 'warn', logFormat: 'text' });
  expect(origins).toMatchObject({
    name: { source: 'flag', name: '--name' },
    logLevel: { source: 'environment', name: 'CANOPY_LOG_LEVEL' },
    logFormat: { source: 'file', name: inDataDir('canopy.yaml') },
    durability: { source: 'default' },
  });
});

test('the file is the one of the flag, then of CANOPY_CONFIG, then of the data directory', () => {
  const files = {
    '/etc/a.yaml': 'name: a',
    '/etc/b.json': '{"name":"b","dataDir":"data"}',
    '/var/d/canopy.yaml': 'name: d',
  };
  const environment = { CANOPY_CONFIG: '/etc/b.json' };
  const flags = { dataDir: '/var/d' };
  expect(load({ files, environment, flags: { ...flags, config: '/etc/a.yaml' } }).config.name).toBe(
    'a',
  );
  expect(load({ files, environment }).config).toMatchObject({ name: 'b', dataDir: '/etc/data' });
  expect(load({ files, flags }).config.name).toBe('d');
  expect(refusal({ files, flags: { config: '/etc/none.yaml' } }).message).toContain(
    '/etc/none.yaml',
  );
});

test('a file in the data directory cannot move the data directory', () => {
  const error = refusal({ files: { [inDataDir('canopy.yaml')]: 'dataDir: /elsewhere' } });
  expect(error.problems[0]).toMatchObject({ code: 'CONFIGURATION_INVALID', path: ['dataDir'] });
});

test('lists, maps and numbers are written as text where only text is possible', () => {
  const { config } = load({
    environment: {
      CANOPY_SITE_ADDRESSES: '10.1.0.5, fd00::5',
      CANOPY_UNC_MOUNTS: String.raw`\\filer\pkgs=/srv/pkgs, \\old\share=/mnt/old`,
      CANOPY_MAX_CONNECTIONS: '12',
    },
    flags: { listen: '[::1]:0', trustedProxies: ['10.0.0.0/8', '192.0.2.1'] },
  });
  expect(config).toMatchObject({
    siteAddresses: ['10.1.0.5', 'fd00::5'],
    uncMounts: { [String.raw`\\filer\pkgs`]: '/srv/pkgs', [String.raw`\\old\share`]: '/mnt/old' },
    maxConnections: 12,
    listen: { host: '::1', port: 0 },
    trustedProxies: ['10.0.0.0/8', '192.0.2.1'],
  });
});

test.each([
  [{ flags: { listen: '8080' } }, 'listen', '--listen'],
  [{ flags: { listen: '0.0.0.0:70000' } }, 'listen', 'HOST:PORT'],
  [{ environment: { CANOPY_PUBLIC_URL: 'http://smp/x' } }, 'publicUrl', 'CANOPY_PUBLIC_URL'],
  [{ environment: { CANOPY_MAX_CONNECTIONS: '-1' } }, 'maxConnections', 'CANOPY_MAX_CONNECTIONS'],
  [{ environment: { CANOPY_DURABILITY: 'fast' } }, 'durability', 'strict'],
  [{ flags: { uncMounts: 'filer=/srv' } }, 'uncMounts', 'must be a share'],
  [{ flags: { siteAddresses: 'here' } }, 'siteAddresses', 'IP address'],
])('%j is refused with the key, the source and the cure', (options, key, words) => {
  const error = refusal(options);
  expect(error.problems[0]!.path[0]).toBe(key);
  expect(error.problems[0]!.hint).toBeTruthy();
  expect(error.message).toContain(words);
});

test('every fault of every source is listed at once', () => {
  const error = refusal({
    files: { [inDataDir('canopy.yaml')]: 'nmae: x\n' },
    environment: { CANOPY_LOGLEVEL: 'info' },
    flags: { durabilty: 'strict' },
  });
  expect(error.problems.map(({ hint }) => hint)).toEqual([
    'Did you mean name?',
    'Did you mean CANOPY_LOG_LEVEL?',
    'Did you mean durability?',
  ]);
});

test('a broken file names itself', () => {
  const files = { [inDataDir('canopy.yaml')]: 'name: a\nname: b\n' };
  expect(refusal({ files }).message).toContain('canopy.yaml');
  expect(refusal({ files: { [inDataDir('canopy.yaml')]: '- a' } }).message).toContain('mapping');
});

test('variables of others are reported or passed over, not refused', () => {
  const environment = {
    CANOPY_TOKEN: 'x',
    CANOPY_PORT_8080_TCP_ADDR: '10.0.0.1',
    CANOPY_SERVICE_HOST: '10.0.0.1',
    CANOPY_SOMETHING_ELSE: 'x',
  };
  expect(load({ environment }).warnings).toEqual([expect.stringContaining('SOMETHING_ELSE')]);
});

describe('secrets', () => {
  const url = 'postgres://canopy:hunter2@db/canopy';

  test.each([
    [{ environment: { DATABASE_URL: url } }],
    [{ environment: { CANOPY_DATABASE_URL: url } }],
    [{ environment: { DATABASE_URL_FILE: '/run/url' } }],
    [{ environment: { CANOPY_DATABASE_URL_FILE: '/run/url', DATABASE_URL: url } }],
    [{ flags: { databaseUrlFile: '/run/url' } }],
  ])('%j gives the value, and no view shows it', (options) => {
    const loaded = load({ ...options, files: { '/run/url': `${url}\n` } });
    expect(loaded.config.databaseUrl).toBe(url);
    expect(JSON.stringify(viewConfig(loaded))).not.toContain('hunter2');
  });

  test('there is no flag for the value itself', () => {
    expect(refusal({ flags: { databaseUrl: url } }).message).not.toContain('hunter2');
  });

  test('two variables that disagree are refused without showing either', () => {
    const error = refusal({ environment: { DATABASE_URL: url, CANOPY_DATABASE_URL: `${url}2` } });
    expect(error.problems[0]!.path).toEqual(['databaseUrl']);
    expect(JSON.stringify(error.problems)).not.toContain('hunter2');
  });

  test('a file that is not there is named', () => {
    expect(refusal({ environment: { DATABASE_URL_FILE: '/run/none' } }).message).toContain(
      '/run/none',
    );
  });
});

test('every key has one name per source, a description and a default', () => {
  const rows = describeConfig();
  expect(rows.find(({ key }) => key === 'dataDir')).toMatchObject({
    environment: '`CANOPY_DATA_DIR`',
    flag: '--data-dir',
  });
  for (const row of rows) {
    expect(row.description).toMatch(/\.$/);
    expect(row.default).not.toContain('undefined');
  }
  const schema = configJsonSchema() as { properties: object; additionalProperties: boolean };
  expect(Object.keys(schema.properties)).toEqual(rows.map(({ key }) => key));
  expect(schema.additionalProperties).toBe(false);
});

test('docs/configuration.md is the text that the schema gives', () => {
  const path = resolve(import.meta.dirname, '../../../docs/configuration.md');
  expect(readFileSync(path, 'utf8')).toBe(configMarkdown());
});

test('suggestions need most letters to be right', () => {
  expect(suggestion('datadir', ['dataDir', 'listen'])).toBe('dataDir');
  expect(suggestion('port', ['dataDir', 'listen'])).toBeUndefined();
});
