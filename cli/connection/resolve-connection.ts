import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError, EXIT } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { readContexts, type Context, type ContextFile } from './context-file.ts';
import { findLocalServer } from './local-server.ts';

export interface ConnectionOptions {
  /** `--server` */
  readonly server?: string | undefined;
  /** `--token-file` */
  readonly tokenFile?: string | undefined;
  /** `--context` */
  readonly context?: string | undefined;
}

/** Which server is asked, as whom, and who said so. */
export interface Connection {
  readonly url: string;
  readonly token: string | undefined;
  /** For `canopy status` and error texts: `--server`, `CANOPY_URL`, `context "hq"` … */
  readonly urlOrigin: string;
  readonly tokenOrigin: string;
}

interface Found {
  readonly value: string;
  readonly origin: string;
}

/**
 * Address: flag, `--context`, environment, current context, data directory of this host.
 * Token: flag, environment, then whoever gave the address, and no one else: a stored token is
 * never sent to another server. Throws when there is no address.
 */
export async function resolveConnection(io: Io, options: ConnectionOptions): Promise<Connection> {
  const explicit = options.server ? found(options.server, '--server') : undefined;
  const { CANOPY_URL: environment, CANOPY_CONTEXT: namedContext } = io.environment;
  const given =
    explicit ?? (environment && !options.context ? found(environment, 'CANOPY_URL') : undefined);
  const token = await explicitToken(io, options);
  if (given) {
    const own = token ?? (await storedTokenFor(io, given.value));
    return connection(given, own);
  }
  const stored = storedContext(
    await readContexts(io),
    options.context ?? (namedContext || undefined),
  );
  if (stored) {
    const origin = `context "${stored.name}"`;
    const own = token ?? (stored.context.token ? found(stored.context.token, origin) : undefined);
    return connection(found(stored.context.url, origin), own);
  }
  const local = await findLocalServer(io);
  if (local) {
    const url = found(local.url, local.dataDirectory);
    return connection(
      url,
      token ?? found(local.token, path.join(local.dataDirectory, 'admin.token')),
    );
  }
  throw new CliError(
    EXIT.USAGE,
    'No server is known.',
    'Name one: canopy login --server http://smp1.example:8080 (or set CANOPY_URL, or use --server)',
  );
}

function connection(url: Found, token: Found | undefined): Connection {
  return {
    url: normalUrl(url),
    urlOrigin: url.origin,
    token: token?.value,
    tokenOrigin: token?.origin ?? 'none',
  };
}

/** The address in the one form that is compared and stored. Throws a usage error. */
export function normalUrl(url: Found): string {
  const parsed = URL.canParse(url.value) ? new URL(url.value) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol) && !parsed.username && !parsed.password) {
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  }
  throw new CliError(
    EXIT.USAGE,
    `The address from ${url.origin} is not one of a server.`,
    'Write it as http://smp1.example:8080, without a user name.',
  );
}

async function explicitToken(io: Io, options: ConnectionOptions): Promise<Found | undefined> {
  if (options.tokenFile) return found(await tokenFrom(io, options.tokenFile), '--token-file');
  const { CANOPY_TOKEN: token, CANOPY_TOKEN_FILE: file } = io.environment;
  if (token) return found(token, 'CANOPY_TOKEN');
  return file ? found(await tokenFrom(io, file), 'CANOPY_TOKEN_FILE') : undefined;
}

async function tokenFrom(io: Io, file: string): Promise<string> {
  const full = path.resolve(io.workingFolder, file);
  try {
    const token = (await readFile(full, 'utf8')).trim();
    if (token) return token;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(EXIT.USAGE, `The token file ${full} cannot be read (${code}).`);
  }
  throw new CliError(EXIT.USAGE, `The token file ${full} is empty.`);
}

/** The token of the context, or of the local server, that has exactly this address. */
async function storedTokenFor(io: Io, url: string): Promise<Found | undefined> {
  const wanted = normalUrl(found(url, 'the command'));
  const { contexts } = await readContexts(io);
  const same = Object.entries(contexts).find(([, context]) => context.url === wanted);
  if (same?.[1].token) return found(same[1].token, `context "${same[0]}"`);
  const local = await findLocalServer(io);
  const isLocal = local && normalUrl(found(local.url, local.dataDirectory)) === wanted;
  return isLocal ? found(local.token, path.join(local.dataDirectory, 'admin.token')) : undefined;
}

function storedContext(
  file: ContextFile,
  asked: string | undefined,
): { readonly name: string; readonly context: Context } | undefined {
  const name = asked ?? file.current;
  if (name === undefined) return undefined;
  const context = file.contexts[name];
  if (context) return { name, context };
  throw new CliError(
    EXIT.NOT_FOUND,
    `There is no context "${name}".`,
    'See those that exist: canopy context list',
  );
}

function found(value: string, origin: string): Found {
  return { value, origin };
}
