import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseGuid, type Guid } from '../core/guid.ts';
import { CliError, EXIT } from './exit-code.ts';
import type { Session } from './session.ts';

/** The options of every command about the package server of this host. */
export interface PackageServerHostOptions {
  readonly dataDir?: string;
}

/** `--data-dir`, `CANOPY_PACKAGE_SERVER_DIR`, or `canopy-package-server` beside the user. */
export function packageServerFolder({ io, options }: Session<PackageServerHostOptions>): string {
  const named = options.dataDir ?? io.environment['CANOPY_PACKAGE_SERVER_DIR'];
  return path.resolve(io.workingFolder, named ?? 'canopy-package-server');
}

/** How the process of a data directory is asked. */
export function localControl(session: Session<PackageServerHostOptions>): {
  readonly dataDirectory: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
} {
  const dataDirectory = packageServerFolder(session);
  return { dataDirectory, fetch: globalThis.fetch, signal: session.io.signal };
}

/** A package that this package server knows, by GUID or by its exact name. */
export function packageAmong(
  packages: readonly { readonly packageId: Guid; readonly name: string }[],
  text: string,
): Guid {
  const guid = parseGuid(text);
  const found = packages.filter(({ packageId, name }) => packageId === guid || name === text);
  if (found.length === 1) return found[0]!.packageId;
  throw new CliError(
    EXIT.NOT_FOUND,
    found.length === 0
      ? `There is no package '${text}' on this package server.`
      : `${found.length} packages are called '${text}'; use the GUID.`,
    'See them: canopy package-server status',
  );
}

/** A file that the operator named. */
export async function readNamedFile(session: Session, file: string): Promise<Buffer> {
  const full = path.resolve(session.io.workingFolder, file);
  try {
    return await readFile(full);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(EXIT.USAGE, `${full} cannot be read (${code}).`);
  }
}
