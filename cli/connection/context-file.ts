import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError, EXIT } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { writePrivateFile } from '../write-private-file.ts';

/** A server that this user works with. */
export interface Context {
  readonly url: string;
  /** Absent: asked for by `canopy login`, or given by the environment. */
  readonly token?: string;
}

export interface ContextFile {
  readonly current?: string;
  readonly contexts: { readonly [name: string]: Context };
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** `canopy/contexts.json` in `XDG_CONFIG_HOME`, `~/.config`, or `%APPDATA%` on Windows. */
export function contextFilePath(io: Io): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: appData } = io.environment;
  const windows = io.platform === 'win32' && appData;
  const folder = xdg || (windows ? appData : path.join(io.homeFolder, '.config'));
  return path.join(folder, 'canopy', 'contexts.json');
}

/** Nothing stored yet is an empty file. Throws when the file is not one of ours. */
export async function readContexts(io: Io): Promise<ContextFile> {
  const file = contextFilePath(io);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: {} };
    throw error;
  }
  await refuseIfOthersMayRead(io, file);
  const parsed = parse(text);
  if (parsed) return parsed;
  throw new CliError(
    EXIT.FAILED,
    `${file} is damaged: it is not a list of contexts.`,
    'Remove the file and sign in again: canopy login --server <url>',
  );
}

/** Replaces the file in one step, readable by this user alone. */
export async function writeContexts(io: Io, contexts: ContextFile): Promise<void> {
  const text = `${JSON.stringify(contexts, null, 2)}\n`;
  await writePrivateFile(contextFilePath(io), text, io.random);
}

/** Throws a usage error for a name that would be hard to type or to complete. */
export function checkContextName(name: string): string {
  if (NAME.test(name)) return name;
  throw new CliError(
    EXIT.USAGE,
    `${JSON.stringify(name)} cannot be the name of a context.`,
    'Use letters, digits, dots, hyphens and underscores, at most 63.',
  );
}

async function refuseIfOthersMayRead(io: Io, file: string): Promise<void> {
  if (io.platform === 'win32') return;
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  throw new CliError(
    EXIT.FAILED,
    `${file} holds tokens, and other users may read it.`,
    `Run: chmod 600 ${file}`,
  );
}

function parse(text: string): ContextFile | undefined {
  try {
    const value = JSON.parse(text) as Partial<ContextFile> | null;
    if (!value || typeof value.contexts !== 'object' || value.contexts === null) return undefined;
    const sound = Object.values(value.contexts).every((entry) => typeof entry?.url === 'string');
    return sound ? (value as ContextFile) : undefined;
  } catch {
    return undefined;
  }
}
