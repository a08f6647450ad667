import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../content/atomic-file.ts';
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
 * Reads the state, with what its journal has added. `undefined` when there is none: not registered
 * yet. Throws `CONFIGURATION_INVALID` for a file that is not one of ours.
 */
export async function readState(path: string): Promise<PackageServerState | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const state = parse<PackageServerState>(text);
  if (state?.format === 1 && state.enrollment && Array.isArray(state.packages)) {
    return withJournal(state, text, (await readIfPresent(journalOf(path))) ?? '');
  }
  throw new CanopyError('CONFIGURATION_INVALID', `${path} is not the state of a package server.`, {
    hint:
      'Put a copy of it back, or remove it and register again; ' +
      'files that are here already are not fetched again.',
  });
}

/** Replaces the state in one step; durable when it returns. Its journal begins empty. */
export async function writeState(path: string, state: PackageServerState): Promise<StateJournal> {
  const text = `${JSON.stringify(state, undefined, 1)}\n`;
  await writeFileAtomic(path, text, { mode: 0o600 });
  return new StateJournal(path, text);
}

/** One package, after a change; without a record it was forgotten. */
interface JournalLine {
  readonly packageId: Guid;
  readonly record?: PackageRecord | undefined;
}

/**
 * What changed since the state was written, one JSON document a line: a change of one package costs
 * one line, however many there are. It begins with the hash of the state that it belongs to, so one
 * that a newer state has outlived says nothing. After an `append` that failed it must not be used.
 */
export class StateJournal {
  private readonly path: string;
  private readonly head: string;
  private readonly stateBytes: number;
  private writtenBytes = 0;

  constructor(statePath: string, stateText: string) {
    this.path = journalOf(statePath);
    this.head = headOf(stateText);
    this.stateBytes = stateText.length;
  }

  /** It is longer than the state itself: writing that anew is cheaper from now on. */
  get isLong(): boolean {
    return this.writtenBytes > Math.max(this.stateBytes, SHORT_BYTES);
  }

  /** Durable when it returns. */
  async append(lines: readonly JournalLine[]): Promise<void> {
    const isNew = this.writtenBytes === 0;
    const text = [
      ...(isNew ? [this.head] : []),
      ...lines.map((line) => JSON.stringify(line)),
      '',
    ].join('\n');
    const file = await open(this.path, isNew ? 'w' : 'a', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (isNew) syncFolder(dirname(this.path));
    this.writtenBytes += text.length;
  }
}

const SHORT_BYTES = 64 * 1024;

const journalOf = (statePath: string): string => `${statePath}.journal`;

const headOf = (stateText: string): string =>
  JSON.stringify({ stateSha256: createHash('sha256').update(stateText).digest('hex') });

function withJournal(
  state: PackageServerState,
  stateText: string,
  journal: string,
): PackageServerState {
  // What follows the last line end was cut off by a crash.
  const [head, ...lines] = journal.split('\n').slice(0, -1);
  if (head !== headOf(stateText)) return state;
  const records = new Map(state.packages.map((record) => [record.packageId, record]));
  for (const line of lines) {
    const change = parse<JournalLine>(line);
    if (change?.record) records.set(change.packageId, change.record);
    else if (change) records.delete(change.packageId);
  }
  return { ...state, packages: [...records.values()] };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
