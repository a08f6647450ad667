import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import type { PackageProgress, PackageRecord } from './package-record.ts';
import {
  writeState,
  type Enrollment,
  type PackageServerState,
  type StateJournal,
} from './state-file.ts';

/** Told which package changed; `PROGRESS` changes are not stored. */
export type BookListener = (packageId: Guid, what: 'RECORD' | 'PROGRESS') => void;

export interface PackageBookOptions {
  readonly path: string;
  readonly state: PackageServerState;
  /** Of this state as it is on disk, if it is. */
  readonly journal?: StateJournal;
  readonly clock: Clock;
}

const WRITE_INTERVAL_MS = 500;

/**
 * What this package server knows of its packages. Changes are written together, at most every half
 * second: a crash in between costs a verification, never a wrong claim, since whatever is not in
 * the file is looked at again.
 */
export class PackageBook {
  readonly enrollment: Enrollment;
  private readonly bootCounter: number;
  private readonly options: PackageBookOptions;
  private readonly records = new Map<Guid, PackageRecord>();
  private readonly progressOf = new Map<Guid, PackageProgress>();
  private readonly listeners = new Set<BookListener>();
  /** Changed and not yet on disk. */
  private readonly unwritten = new Set<Guid>();
  /** `undefined`: the next write is of everything. */
  private journal: StateJournal | undefined;
  private writing: Promise<void> | undefined;
  private lastWrite: Promise<void> = Promise.resolve();
  private failure: unknown;
  private readonly closed = new AbortController();

  constructor(options: PackageBookOptions) {
    this.options = options;
    this.journal = options.journal;
    this.enrollment = options.state.enrollment;
    this.bootCounter = options.state.bootCounter;
    for (const record of options.state.packages) this.records.set(record.packageId, record);
  }

  get(packageId: Guid): PackageRecord | undefined {
    return this.records.get(packageId);
  }

  all(): PackageRecord[] {
    return [...this.records.values()];
  }

  put(record: PackageRecord): void {
    this.records.set(record.packageId, record);
    this.changed(record.packageId);
  }

  /** Changes a record that is there; nothing happens when it is gone. */
  update(packageId: Guid, change: Partial<PackageRecord>): void {
    const record = this.records.get(packageId);
    if (record) this.put({ ...record, ...change });
  }

  remove(packageId: Guid): void {
    this.progressOf.delete(packageId);
    if (this.records.delete(packageId)) this.changed(packageId);
  }

  progress(packageId: Guid): PackageProgress | undefined {
    return this.progressOf.get(packageId);
  }

  setProgress(packageId: Guid, progress: PackageProgress | undefined): void {
    if (progress) this.progressOf.set(packageId, progress);
    else this.progressOf.delete(packageId);
    for (const listener of this.listeners) listener(packageId, 'PROGRESS');
  }

  onChange(listener: BookListener): void {
    this.listeners.add(listener);
  }

  /** Why the state could not be written last time; `undefined` when it could. */
  get writeFailure(): unknown {
    return this.failure;
  }

  /** Ends the writing; everything is on disk when it resolves. Throws when it cannot be written. */
  async close(): Promise<void> {
    this.closed.abort();
    await this.writing;
    await this.write();
  }

  private changed(packageId: Guid): void {
    this.unwritten.add(packageId);
    for (const listener of this.listeners) listener(packageId, 'RECORD');
    this.writing ??= this.writeSoon().finally(() => (this.writing = undefined));
  }

  private async writeSoon(): Promise<void> {
    while (this.unwritten.size > 0 && !this.closed.signal.aborted) {
      const wait = this.options.clock.sleep(WRITE_INTERVAL_MS, this.closed.signal);
      if (
        await wait.then(
          () => false,
          () => true,
        )
      )
        return;
      try {
        await this.write();
      } catch (error) {
        // A full disk clears by itself; health tells it meanwhile.
        this.failure = error;
      }
    }
  }

  /** One after another, or an older state could replace a newer one. */
  private write(): Promise<void> {
    const mine = this.lastWrite.catch(() => undefined).then(() => this.writeNow());
    this.lastWrite = mine;
    return mine;
  }

  private async writeNow(): Promise<void> {
    const { enrollment, bootCounter, unwritten } = this;
    const journal = this.journal?.isLong ? undefined : this.journal;
    const packageIds = [...unwritten];
    unwritten.clear();
    try {
      if (journal) {
        await journal.append(
          packageIds.map((packageId) => ({ packageId, record: this.records.get(packageId) })),
        );
      } else {
        const state = { format: 1, enrollment, bootCounter, packages: this.all() } as const;
        this.journal = await writeState(this.options.path, state);
      }
      this.failure = undefined;
    } catch (error) {
      // Half a line may be there.
      this.journal = undefined;
      for (const packageId of packageIds) unwritten.add(packageId);
      throw error;
    }
  }
}
