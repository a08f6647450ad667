import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError, EXIT } from '../exit-code.ts';
import type { Io } from '../io.ts';

/** An SMP of this host that this user may read the first token of. */
export interface LocalServer {
  readonly dataDirectory: string;
  readonly url: string;
  readonly token: string;
}

const ADDRESS_FILE = 'server.url';
const DEFAULT_URL = 'http://127.0.0.1:8080';

/** Where a data directory is looked for, first match wins. */
function localDataDirectories(io: Io): string[] {
  const named = io.environment['CANOPY_DATA_DIR'];
  if (named) return [path.resolve(io.workingFolder, named)];
  const installed = io.platform === 'win32' ? [] : ['/var/lib/canopy'];
  return [path.join(io.workingFolder, 'canopy-data'), ...installed];
}

/** The first data directory with an `admin.token`; `undefined` when there is none. */
export async function findLocalServer(io: Io): Promise<LocalServer | undefined> {
  for (const dataDirectory of localDataDirectories(io)) {
    const local = await localServerOf(dataDirectory);
    if (local) return local;
  }
  return undefined;
}

/** The server of this data directory; `undefined` when none ever started there. */
export async function localServerOf(dataDirectory: string): Promise<LocalServer | undefined> {
  const token = await readToken(path.join(dataDirectory, 'admin.token'));
  if (token === undefined) return undefined;
  const url = await readIfPresent(path.join(dataDirectory, ADDRESS_FILE));
  return { dataDirectory, url: url?.trim() || DEFAULT_URL, token };
}

/** Tells the command line of this host where the running server is; undone by the answer. */
export async function announceAddress(
  dataDirectory: string,
  url: string,
): Promise<() => Promise<void>> {
  const file = path.join(dataDirectory, ADDRESS_FILE);
  await writeFile(file, `${url}\n`);
  return () => rm(file, { force: true });
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    return (await readIfPresent(file))?.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    throw new CliError(
      EXIT.SIGN_IN_NEEDED,
      `${file} belongs to another user.`,
      'Sign in with a token of your own: canopy login --server <url>',
    );
  }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
