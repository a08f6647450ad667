import { CanopyError, isCanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { obtainVersion } from './obtain-version.ts';
import {
  holdsAssigned,
  withHeld,
  type Assignment,
  type HeldVersion,
  type PackageRecord,
  type PackageStatus,
} from './package-record.ts';
import { WorkQueue } from './work-queue.ts';
import type { WorkContext } from './work-context.ts';

export interface PackageKeeperOptions {
  readonly context: WorkContext;
  /** Packages that are fetched side by side; default 3. */
  readonly parallelPackages?: number | undefined;
}

/** What was tried for a package since it was last here. */
interface Trial {
  readonly sinceMs: number;
  readonly failures: number;
}

const RETRY = { firstMs: 5_000, maximumMs: 30 * 60_000 };
/** A full disk is looked at this often: it clears without a word to us. */
const DISK_RETRY_MS = 15_000;
/** What only a new version or somebody's repair can change. */
const DISTRUST_RETRY_MS = 60 * 60_000;
const DISTRUST = ['SNAPSHOT_NOT_TRUSTED', 'PACKAGE_REFUSED', 'MALFORMED_REQUEST'];
const PASSING = ['BUSY', 'RATE_LIMITED', 'NOT_READY', 'TIMEOUT', 'CONFLICT', 'NOT_FOUND'];

/** Gets every assigned version here and tries again until it is. */
export class PackageKeeper {
  private readonly context: WorkContext;
  private readonly queue: WorkQueue<Guid>;
  private readonly trials = new Map<Guid, Trial>();

  constructor({ context, parallelPackages }: PackageKeeperOptions) {
    this.context = context;
    this.queue = new WorkQueue({
      lanes: parallelPackages ?? 3,
      clock: context.clock,
      priorityOf: (packageId) => context.book.get(packageId)?.assignment.priority ?? 0,
      work: (packageId, signal) => this.work(packageId, signal),
    });
  }

  /** Takes an assignment over; what is here already stays in use until the new version is. */
  assign(assignment: Assignment): void {
    const { packageId } = assignment;
    const { book, serverClock } = this.context;
    const before = book.get(packageId);
    const isOther =
      before?.assignment.rootHash !== assignment.rootHash ||
      before.assignment.internalVersion !== assignment.internalVersion;
    const record: PackageRecord = before
      ? { ...before, assignment, unassignedAtMs: undefined }
      : {
          packageId,
          assignment,
          unassignedAtMs: undefined,
          pinnedOwner: undefined,
          held: [],
          status: 'PENDING',
          reason: '',
          sinceMs: serverClock.nowMs(),
          nextTryAtMs: undefined,
        };
    book.put(record);
    if (holdsAssigned(record)) {
      if (record.status !== 'READY') this.setStatus(packageId, 'READY', '');
      return;
    }
    if (isOther || before.unassignedAtMs !== undefined) this.setStatus(packageId, 'PENDING', '');
    this.trials.delete(packageId);
    if (isOther) this.queue.restart(packageId, new DOMException('Superseded.', 'AbortError'));
    else if (!this.queue.isRunning(packageId)) this.queue.add(packageId);
  }

  /** What is under way for a package starts anew, from what has arrived. */
  interrupt(packageId: Guid): void {
    if (!this.queue.isRunning(packageId)) return;
    this.queue.restart(packageId, new DOMException('Interrupted.', 'AbortError'));
  }

  /** The package is not wanted any more: what is under way stops, what is here stays for now. */
  unassign(packageId: Guid): void {
    const { book, serverClock } = this.context;
    this.queue.cancel(packageId, new DOMException('Unassigned.', 'AbortError'));
    this.trials.delete(packageId);
    if (book.get(packageId)?.unassignedAtMs === undefined) {
      book.update(packageId, { unassignedAtMs: serverClock.nowMs(), nextTryAtMs: undefined });
    }
  }

  /** Has the assigned version looked after at once: it was damaged, or sources may be back. */
  attend(packageId: Guid): void {
    this.trials.delete(packageId);
    this.queue.add(packageId);
  }

  /** As {@link attend} for everything that waits for its next try. */
  attendAll(): void {
    for (const record of this.context.book.all()) {
      if (record.unassignedAtMs === undefined && !holdsAssigned(record)) {
        if (!this.queue.isRunning(record.packageId)) this.attend(record.packageId);
      }
    }
  }

  get activity(): { readonly running: number; readonly waiting: number } {
    return { running: this.queue.runningCount, waiting: this.queue.waitingCount };
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  private async work(packageId: Guid, signal: AbortSignal): Promise<void> {
    const { book, clock, logger } = this.context;
    const record = book.get(packageId);
    if (!record || record.unassignedAtMs !== undefined || holdsAssigned(record)) return;
    const { assignment } = record;
    const trial = this.trials.get(packageId) ?? { sinceMs: clock.monotonicMs(), failures: 0 };
    this.trials.set(packageId, trial);
    this.setStatus(packageId, 'DOWNLOADING', record.status === 'INVALID' ? record.reason : '');
    try {
      const held = await obtainVersion(this.context, assignment, {
        signal,
        tryingForMs: clock.monotonicMs() - trial.sinceMs,
        onProgress: (progress) => book.setProgress(packageId, progress),
      });
      this.trials.delete(packageId);
      this.accept(packageId, assignment, held);
      const { name, internalVersion } = assignment;
      logger.info({ packageId, name, internalVersion }, 'A package is verified and published.');
    } catch (error) {
      if (signal.aborted) {
        if (book.get(packageId)?.status === 'DOWNLOADING') {
          this.setStatus(packageId, 'PENDING', '');
        }
        return;
      }
      this.retry(packageId, trial, error);
    } finally {
      book.setProgress(packageId, undefined);
    }
  }

  private accept(packageId: Guid, assignment: Assignment, held: HeldVersion): void {
    const { book, serverClock } = this.context;
    const record = book.get(packageId);
    if (!record) return;
    const nowMs = serverClock.nowMs();
    const older = record.held.map((version) =>
      version.internalVersion < held.internalVersion
        ? { ...version, supersededAtMs: version.supersededAtMs ?? nowMs }
        : version,
    );
    const { ownerNodeId: nodeId, ownerPublicKey: publicKey } = assignment;
    book.update(packageId, {
      held: withHeld(older, held),
      pinnedOwner: { nodeId, publicKey },
    });
    if (holdsAssigned(book.get(packageId)!)) this.setStatus(packageId, 'READY', '');
  }

  private retry(packageId: Guid, trial: Trial, error: unknown): void {
    const { logger, book, serverClock } = this.context;
    const failures = trial.failures + 1;
    this.trials.set(packageId, { ...trial, failures });
    const known = knownError(error);
    if (!known) logger.error({ packageId, error }, 'A package could not be worked on.');
    const delayMs = this.delayAfter(known, failures);
    const isDistrusted = known !== undefined && DISTRUST.includes(known.code);
    const reason = known?.message ?? `Unexpected: ${(error as Error).message}`;
    logger.warn({ packageId, delayMs }, reason);
    this.setStatus(packageId, isDistrusted ? 'INVALID' : 'RETRYING', reason);
    book.update(packageId, { nextTryAtMs: serverClock.nowMs() + delayMs });
    this.queue.add(packageId, delayMs);
  }

  private delayAfter(error: CanopyError | undefined, failures: number): number {
    if (error && DISTRUST.includes(error.code)) return DISTRUST_RETRY_MS;
    if (error?.code === 'DISK_FULL') return DISK_RETRY_MS;
    if (error?.retryAfterMs !== undefined && PASSING.includes(error.code)) {
      // Spread, or all package servers that were sent away together would return together.
      return error.retryAfterMs * (1 + 0.25 * this.context.random.fraction());
    }
    const ceilingMs = Math.min(RETRY.maximumMs, RETRY.firstMs * 2 ** Math.min(failures - 1, 20));
    return ceilingMs * (0.5 + 0.5 * this.context.random.fraction());
  }

  private setStatus(packageId: Guid, status: PackageStatus, reason: string): void {
    const { book, serverClock } = this.context;
    const record = book.get(packageId);
    if (!record) return;
    const sinceMs = record.status === status ? record.sinceMs : serverClock.nowMs();
    book.update(packageId, { status, reason, sinceMs, nextTryAtMs: undefined });
  }
}

/** A full disk in the middle of a write comes as the system's own error. */
function knownError(error: unknown): CanopyError | undefined {
  if (isCanopyError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new CanopyError('DISK_FULL', 'There are no free bytes left for the package.', {
    hint: 'Free some space; it goes on by itself from what has arrived.',
    cause: error,
  });
}
