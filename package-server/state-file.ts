import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../content/index.ts';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { PackageRecord } from './package-record.ts';

/** Who this package server is, to whom. */
export interface Enrollment {
  readonly packageServerId: Guid;
  /** Our own key, SPKI DER, base64. */
  readonly publicKey: string;
  readonly smp: {
    readonly url: string;
    readonly guid: Guid;
    readonly name: string;
    readonly nodeId: string;
    readonly publicKey: string;
  };
}

/** `state.json`. */
export interface PackageServerState {
  readonly format: 1;
  readonly enrollment: Enrollment;
  /** Raised at each start; tells the SMP which of two processes is the younger. */
  readonly bootCounter: number;
  readonly packages: readonly PackageRecord[];
}

/**
 * Reads the state. `undefined` when there is none: not registered yet. Throws
 * `CONFIGURATION_INVALID` for a file that is not one of ours.
 */
export async function readState(path: string): Promise<PackageServerState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const state = parse(text);
  if (state?.format === 1 && state.enrollment && Array.isArray(state.packages)) return state;
  throw new CanopyError('CONFIGURATION_INVALID', `${path} is not the state of a package server.`, {
    hint:
      'Put a copy of it back, or remove it and register again; ' +
      'files that are here already are not fetched again.',
  });
}

/** Replaces the state in one step; durable when it returns. */
export async function writeState(path: string, state: PackageServerState): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(state, undefined, 1)}\n`, { mode: 0o600 });
}

function parse(text: string): PackageServerState | undefined {
  try {
    return JSON.parse(text) as PackageServerState;
  } catch {
    return undefined;
  }
}
