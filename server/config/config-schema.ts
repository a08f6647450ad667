import { isAbsolute } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';

/** Where the server listens. `host` without brackets, `port` 0 for any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const LISTEN = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i;

function parseListen(text: string): ListenAddress | undefined {
  const match = LISTEN.exec(text);
  const port = Number(match?.[3]);
  return match && port <= 65_535 ? { host: match[1] ?? match[2]!, port } : undefined;
}

function isBareHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const bare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  return bare && (url.protocol === 'http:' || url.protocol === 'https:');
}

const isPostgresUrl = (text: string): boolean =>
  URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol);

const isNetwork = (text: string): boolean => ipaddr.isValidCIDR(text) || ipaddr.isValid(text);

const UNC_SHARE = /^\\\\[^\\/]+\\[^\\/]+/;

/**
 * The whole configuration of a server, as written in a file. Descriptions are the documentation
 * (`docs/configuration.md`, `canopy config schema`); units are in the names.
 */
export const configSchema = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('canopy-data')
    .describe(
      'Folder of everything this server keeps: database, package copies, identity, admin token. ' +
        'Relative to the working directory.',
    ),
  listen: z
    .string()
    .refine((text) => parseListen(text) !== undefined, {
      error: 'must be HOST:PORT, for example 0.0.0.0:8080 or [::]:8080',
    })
    .default('127.0.0.1:8080')
    .describe(
      'HOST:PORT to listen on. The default is reached from this host only; 0.0.0.0:8080 or ' +
        '[::]:8080 serves the network. Port 0 takes any free one.',
    ),
  publicUrl: z
    .string()
    .refine(isBareHttpUrl, {
      error: 'must be http://HOST[:PORT] or https://HOST[:PORT], without a path',
    })
    .optional()
    .describe(
      'The address that agents, package servers and people use for this server. Without it each ' +
        'answer uses the Host that its request named.',
    ),
  name: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .optional()
    .describe('Name of this SMP in the hierarchy and as the source name of its own codebases.'),
  databaseUrl: z
    .string()
    .refine(isPostgresUrl, { error: 'must be postgres://USER:PASSWORD@HOST:PORT/DATABASE' })
    .optional()
    .meta({ writeOnly: true })
    .describe(
      'PostgreSQL to use. Without it the embedded database in the data directory is used. ' +
        'DATABASE_URL is read too.',
    ),
  durability: z
    .enum(['strict', 'relaxed'])
    .default('strict')
    .describe(
      'strict: a commit is on disk before it is acknowledged. relaxed: the embedded database ' +
        'survives a killed process but may lose the last commits in a power failure.',
    ),
  siteAddresses: z
    .array(z.string().refine((text) => ipaddr.isValid(text), { error: 'must be an IP address' }))
    .optional()
    .describe("Addresses that decide which sites this SMP is in (the hierarchy's site address)."),
  uncRoot: z
    .string()
    .regex(UNC_SHARE, { error: String.raw`must be a share such as \\smp01\PkgShare` })
    .optional()
    .describe(
      'Share under which the package store of this SMP is exported. With it UNC codebases of ' +
        'this SMP are offered.',
    ),
  uncMounts: z
    .record(
      z.string().regex(UNC_SHARE, { error: String.raw`the key must be a share: \\filer\pkgs` }),
      z.string().refine(isAbsolute, { error: 'must be an absolute folder of this host' }),
    )
    .default({})
    .describe('Shares that package sources name, and the local folder where each is mounted.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Least severity that is logged. debug also logs every request that succeeded.'),
  logFormat: z
    .enum(['json', 'text'])
    .default('json')
    .describe('One JSON object a line, for machines, or one readable line, for people.'),
  trustedProxies: z
    .array(z.string().refine(isNetwork, { error: 'must be an address or a network (CIDR)' }))
    .default([])
    .describe(
      'Proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host are believed. ' +
        'Those of everybody else are ignored.',
    ),
  maxConnections: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(LIMITS.http.maxConnections)
    .describe('Connections held at once; more are dropped.'),
  requestsPerSecondPerAddress: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(LIMITS.agents.requestsPerSecondPerAddress)
    .describe(
      "Requests to the agents' addresses from one client address; twice as many in a burst. " +
        '0 is no limit, for agents behind one translating router.',
    ),
  maxPackageBytes: z
    .int()
    .min(1)
    .default(100 * 1024 ** 3)
    .describe('Largest package, in bytes, that a distribution point update accepts.'),
  hashWorkers: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Threads that walk and hash package sources.'),
});

export type ConfigKey = keyof typeof configSchema.shape;
type Written = z.output<typeof configSchema>;

/** One validated configuration: nothing in it is left to be looked up elsewhere. */
export interface Config extends Omit<
  Written,
  'listen' | 'name' | 'siteAddresses' | 'hashWorkers' | 'publicUrl'
> {
  readonly listen: ListenAddress;
  /** Without a slash at the end. */
  readonly publicUrl: string | undefined;
  readonly name: string;
  readonly siteAddresses: readonly string[];
  readonly hashWorkers: number;
}

/** What the host itself answers for keys that have no fixed default. */
export interface HostDefaults {
  readonly name: string;
  readonly siteAddresses: readonly string[];
  readonly hashWorkers: number;
}

/** Completes validated values: parses `listen`, fills in what the host knows. */
export function completeConfig(written: Written, host: HostDefaults): Config {
  return {
    ...written,
    listen: parseListen(written.listen)!,
    publicUrl: written.publicUrl && new URL(written.publicUrl).origin,
    name: written.name ?? host.name,
    siteAddresses: written.siteAddresses ?? host.siteAddresses,
    hashWorkers: written.hashWorkers ?? host.hashWorkers,
  };
}
