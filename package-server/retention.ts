import { forgetPrestaged, readPrestaged, type KeptVersion } from '../content/index.ts';
import type { Guid } from '../core/guid.ts';
import type { HeldVersion, PackageRecord } from './package-record.ts';
import type { LinkSettings } from './link-event.ts';
import type { WorkContext } from './work-context.ts';

export interface RetentionOptions {
  readonly context: WorkContext;
  /** `undefined` until the SMP has told them in this process: then nothing is removed. */
  readonly settings: () => LinkSettings | undefined;
}

const INTERVAL_MS = 30_000;
const MINUTE_MS = 60_000;

/**
 * Removes what has outlived its use: versions past their grace time, and packages that have been
 * unassigned for the configured delay. Removes only what this package server published: folders
 * that somebody else made beside them stay.
 */
export class Retention {
  private readonly context: WorkContext;
  private readonly settings: () => LinkSettings | undefined;
  private needsSweep = false;

  constructor({ context, settings }: RetentionOptions) {
    this.context = context;
    this.settings = settings;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.context;
    while (!signal.aborted) {
      const isOver = clock.sleep(INTERVAL_MS, signal).then(
        () => false,
        () => true,
      );
      if (await isOver) return;
      await this.removeExpired().catch((error: unknown) =>
        logger.error({ error }, 'What is not needed any more could not be removed.'),
      );
    }
  }

  /** One round; repeats what an interrupted one did not finish. */
  async removeExpired(): Promise<void> {
    const settings = this.settings();
    if (!settings || !this.context.serverClock.isKnown) return;
    const nowMs = this.context.serverClock.nowMs();
    let removed = 0;
    for (const record of this.context.book.all()) {
      const goesAtMs =
        (record.unassignedAtMs ?? Infinity) + settings.deletePackageFilesAfterMinutes * MINUTE_MS;
      if (goesAtMs <= nowMs) removed += await this.deletePackage(record);
      else removed += await this.removeSuperseded(record, nowMs, settings);
    }
    this.needsSweep ||= removed > 0;
    if (!this.needsSweep) return;
    await this.sweep();
    this.needsSweep = false;
  }

  /** The SMP knows by now that these are gone. */
  forgetDeleted(reported: readonly Guid[]): void {
    for (const packageId of reported) {
      const record = this.context.book.get(packageId);
      const isGone = record?.status === 'DELETED' && record.unassignedAtMs !== undefined;
      if (isGone && record.held.length === 0) this.context.book.remove(packageId);
    }
  }

  private async deletePackage(record: PackageRecord): Promise<number> {
    if (record.status === 'DELETED') return 0;
    const { book, serverClock, logger } = this.context;
    const { packageId } = record;
    // Out of service and of the reports first, then off the disk.
    book.update(packageId, {
      held: [],
      status: 'DELETED',
      reason: 'It is not assigned any more and the delay has passed.',
      sinceMs: serverClock.nowMs(),
      nextTryAtMs: undefined,
    });
    for (const version of record.held) await this.unpublish(packageId, version);
    logger.info({ packageId }, 'An unassigned package was deleted.');
    return 1;
  }

  private async removeSuperseded(
    record: PackageRecord,
    nowMs: number,
    settings: LinkSettings,
  ): Promise<number> {
    const graceMs = settings.versionGraceMinutes * MINUTE_MS;
    const isExpired = ({ supersededAtMs }: HeldVersion): boolean =>
      supersededAtMs !== undefined && supersededAtMs + graceMs <= nowMs;
    const expired = record.held.filter(isExpired);
    if (expired.length === 0) return 0;
    const { packageId } = record;
    const now = this.context.book.get(packageId);
    this.context.book.update(packageId, {
      held: (now ?? record).held.filter((version) => !isExpired(version)),
    });
    for (const version of expired) await this.unpublish(packageId, version);
    return expired.length;
  }

  private async unpublish(packageId: Guid, version: HeldVersion): Promise<void> {
    const { store, fingerprints } = this.context;
    const { internalVersion } = version;
    await store.unpublishTree(packageId, internalVersion);
    fingerprints.forget({ packageId, internalVersion });
  }

  /** Contents that no version needs any more. What is on its way lies outside the store. */
  private async sweep(): Promise<void> {
    const keep = this.context.book
      .all()
      .flatMap(({ packageId, held }) => held.map((version) => ({ packageId, ...version })));
    const wanted = this.context.book
      .all()
      .flatMap(({ assignment }) => [assignment.manifestHash, assignment.chunkIndexHash]);
    const prestaged = await this.waitingPrestaged();
    const result = await this.context.store.sweep({
      keep: [...keep, ...prestaged],
      keepBlobs: wanted,
    });
    this.context.logger.info({ ...result }, 'Contents without use were removed.');
  }

  /** What was imported from media and waits for its assignment. */
  private async waitingPrestaged(): Promise<KeptVersion[]> {
    const { book, store } = this.context;
    await forgetPrestaged(store, ({ packageId, internalVersion }) => {
      const newest = book.get(packageId)?.held[0]?.internalVersion ?? 0;
      return newest >= internalVersion;
    });
    return readPrestaged(store);
  }
}
