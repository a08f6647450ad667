import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import type { PackageProgress, PackageRecord } from './package-record.ts';
import { writeState, type Enrollment, type PackageServerState } from './state-file.ts';

/** Told which package changed; `PROGRESS` changes are not stored. */
export type BookListener = (packageId: Guid, what: 'RECORD' | 'PROGRESS') => void;

export interface PackageBookOptions {
  readonly path: string;
  readonly state: PackageServerState;
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
  private writing: Promise<void> | undefined;
  private lastWrite: Promise<void> = Promise.resolve();
  private isDirty = false;
  private failure: unknown;
  private readonly closed = new AbortController();

  constructor(options: PackageBookOptions) {
    this.options = options;
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
    this.isDirty = true;
    for (const listener of this.listeners) listener(packageId, 'RECORD');
    this.writing ??= this.writeSoon().finally(() => (this.writing = undefined));
  }

  private async writeSoon(): Promise<void> {
    while (this.isDirty && !this.closed.signal.aborted) {
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
    const { enrollment, bootCounter } = this;
    this.isDirty = false;
    try {
      const packages = this.all();
      await writeState(this.options.path, { format: 1, enrollment, bootCounter, packages });
      this.failure = undefined;
    } catch (error) {
      this.isDirty = true;
      throw error;
    }
  }
}
