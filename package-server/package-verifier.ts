import type { Guid } from '../core/guid.ts';
import type { Manifest } from '../content/index.ts';
import { isCanopyError } from '../core/errors.ts';
import { damageText, isWhole, takeOutDamaged } from './tree-check.ts';
import type { HeldVersion, PackageRecord } from './package-record.ts';
import type { PackageKeeper } from './package-keeper.ts';
import { readSignedManifest } from './verify-assignment.ts';
import { WorkQueue } from './work-queue.ts';
import type { WorkContext } from './work-context.ts';

export interface PackageVerifierOptions {
  readonly context: WorkContext;
  readonly keeper: PackageKeeper;
  /** How often every published folder is compared by what `lstat` says; default one minute. */
  readonly patrolIntervalMs?: number | undefined;
  /** How often every byte is read; default one day. */
  readonly scrubIntervalMs?: number | undefined;
}

const DEFAULTS = { patrolIntervalMs: 60_000, scrubIntervalMs: 24 * 60 * 60_000 };
/** A patrol may take this share of one thread's time, however many files there are. */
const PATROL_SHARE = 0.05;

/**
 * Keeps "ready" true. A version found damaged is not served from that moment on, is reported as
 * withdrawn, and comes back when the keeper has fetched what is damaged and verified it anew.
 */
export class PackageVerifier {
  private readonly context: WorkContext;
  private readonly keeper: PackageKeeper;
  private readonly options: Required<Pick<PackageVerifierOptions, keyof typeof DEFAULTS>>;
  private readonly queue: WorkQueue<Guid>;

  constructor(options: PackageVerifierOptions) {
    this.context = options.context;
    this.keeper = options.keeper;
    this.options = {
      patrolIntervalMs: options.patrolIntervalMs ?? DEFAULTS.patrolIntervalMs,
      scrubIntervalMs: options.scrubIntervalMs ?? DEFAULTS.scrubIntervalMs,
    };
    this.queue = new WorkQueue({
      lanes: 1,
      clock: options.context.clock,
      priorityOf: (packageId) => options.context.book.get(packageId)?.assignment.priority ?? 0,
      work: (packageId, signal) => this.work(packageId, signal),
    });
  }

  /** Reads every byte of all versions of the package, as soon as there is a turn. */
  verify(packageId: Guid): void {
    this.queue.add(packageId);
  }

  /** These, or all that are here when none is named; answers which. */
  verifyThese(packages: readonly Guid[]): Guid[] {
    const here = this.context.book.all().filter(({ held }) => held.length > 0);
    const wanted = here.flatMap(({ packageId }) =>
      packages.length === 0 || packages.includes(packageId) ? [packageId] : [],
    );
    for (const packageId of wanted) this.verify(packageId);
    return wanted;
  }

  /** Patrols and scrubs until the signal is aborted; resolves then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.context;
    let scrubbedAtMs = clock.monotonicMs();
    while (!signal.aborted) {
      const startedAtMs = clock.monotonicMs();
      await this.patrol(signal);
      const tookMs = clock.monotonicMs() - startedAtMs;
      const pauseMs = Math.max(this.options.patrolIntervalMs, tookMs / PATROL_SHARE);
      const isOver = clock.sleep(pauseMs, signal).then(
        () => false,
        () => true,
      );
      if (await isOver) return;
      if (clock.monotonicMs() - scrubbedAtMs < this.options.scrubIntervalMs) continue;
      scrubbedAtMs = clock.monotonicMs();
      this.verifyThese([]);
    }
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  /** Looks at every published folder without reading contents; what changed is verified. */
  private async patrol(signal: AbortSignal): Promise<void> {
    const { book, fingerprints } = this.context;
    for (const { packageId, held } of book.all()) {
      for (const version of held) {
        if (signal.aborted) return;
        if (version.attestation === undefined) continue;
        const tree = { packageId, internalVersion: version.internalVersion };
        if (await fingerprints.changed(tree, version.fingerprint)) this.verify(packageId);
      }
    }
  }

  private async work(packageId: Guid, signal: AbortSignal): Promise<void> {
    const record = this.context.book.get(packageId);
    for (const version of record?.held ?? []) {
      try {
        await this.check(record!, version, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.context.logger.error({ packageId, error }, 'A package could not be verified.');
      }
    }
  }

  private async check(
    { packageId }: PackageRecord,
    version: HeldVersion,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, serverClock, fingerprints } = this.context;
    const { internalVersion } = version;
    const tree = { packageId, internalVersion };
    const manifest = await this.manifestOf(version);
    if (!manifest) {
      this.withdraw(packageId, version, 'The manifest is damaged.');
      return await this.heal(packageId, version);
    }
    const before = await fingerprints.take(tree);
    const damage = await store.verifyTree(packageId, internalVersion, manifest, { signal });
    if (isWhole(damage)) {
      const fingerprint = fingerprints.set(tree, before);
      const verifiedAtMs = serverClock.nowMs();
      const record = this.context.book.get(packageId);
      const change = { fingerprint, verifiedAtMs };
      const held = record && withChange(record.held, internalVersion, change);
      return held && this.context.book.update(packageId, { held });
    }
    // Out of service first, then out of the store: nothing damaged is ever served.
    this.withdraw(packageId, version, damageText(damage));
    await takeOutDamaged(this.context, { packageId, manifest }, damage);
    await this.heal(packageId, version);
  }

  /** The assigned version is had anew; an older one only helped to bridge an update, and goes. */
  private async heal(packageId: Guid, { internalVersion }: HeldVersion): Promise<void> {
    const { book, store } = this.context;
    const record = book.get(packageId);
    if (!record) return;
    if (record.assignment.internalVersion === internalVersion) {
      return this.keeper.attend(packageId);
    }
    await store.unpublishTree(packageId, internalVersion);
    const held = book.get(packageId)?.held.filter((one) => one.internalVersion !== internalVersion);
    if (held) book.update(packageId, { held });
  }

  private withdraw(packageId: Guid, version: HeldVersion, reason: string): void {
    const { book, logger, serverClock, fingerprints } = this.context;
    const { internalVersion } = version;
    logger.error({ packageId, internalVersion }, reason);
    fingerprints.forget({ packageId, internalVersion });
    const record = book.get(packageId);
    if (!record) return;
    const held = withChange(record.held, internalVersion, { attestation: undefined });
    const isAssigned = record.assignment.internalVersion === internalVersion;
    const sinceMs = serverClock.nowMs();
    // In one step: nobody sees a version that is ready and not attested.
    book.update(packageId, { held, ...(isAssigned ? { status: 'INVALID', reason, sinceMs } : {}) });
  }

  private async manifestOf(version: HeldVersion): Promise<Manifest | undefined> {
    try {
      return await readSignedManifest(this.context.store, version);
    } catch (error) {
      if (isCanopyError(error)) return undefined;
      throw error;
    }
  }
}

function withChange(
  held: readonly HeldVersion[],
  internalVersion: number,
  change: Partial<HeldVersion>,
): HeldVersion[] {
  return held.map((one) => (one.internalVersion === internalVersion ? { ...one, ...change } : one));
}
