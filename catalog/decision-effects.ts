import type { Guid } from '../core/guid.ts';
import type { DecisionEffect } from './codebase.ts';
import type { CatalogContext } from './context.ts';
import { sortedGuids } from './validation.ts';

const SETTLE_MS = 100;

type StoredEffect = Exclude<DecisionEffect, { readonly kind: 'BLOCK_REDIRECT' }>;

/**
 * Applies what answers cause, after they were sent and many at a time. A floor holds in memory at
 * once; its row follows. An effect that is lost with the process comes back with the next question.
 */
export class EffectApplier {
  private readonly context: CatalogContext;
  private readonly pending = new Map<string, StoredEffect>();
  private readonly closed = new AbortController();
  private running: Promise<void> | undefined;

  constructor(context: CatalogContext) {
    this.context = context;
  }

  add(effects: readonly DecisionEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'BLOCK_REDIRECT') {
        this.blockRedirect(effect.packageId);
        continue;
      }
      const raises = effect.kind === 'RAISE_SITE_OFFER';
      if (raises) this.context.model.raiseSiteOffer(effect);
      this.pending.set(`${effect.kind}/${effect.packageId}/${effect.siteId}`, effect);
    }
    if (this.pending.size > 0) this.running ??= this.run();
  }

  /** Resolves when everything added so far is stored or was reported as failed. */
  async settled(): Promise<void> {
    while (this.running) await this.running;
  }

  /** As {@link settled}; blocks of redirects end too. */
  async close(): Promise<void> {
    this.closed.abort();
    await this.settled();
  }

  /** `PackageRequestBlockoutSeconds`: others wait so long for the one that was sent to the parent. */
  private blockRedirect(packageId: Guid): void {
    const { model, clock } = this.context;
    const { packageRequestBlockoutSeconds: seconds } = model.settings;
    if (seconds === 0) return;
    model.crossings.blockRedirect(packageId);
    const over = (): void => model.crossings.unblockRedirect(packageId);
    clock.sleep(seconds * 1_000, this.closed.signal).then(over, over);
  }

  private async run(): Promise<void> {
    try {
      while (this.pending.size > 0) {
        await this.context.clock.sleep(SETTLE_MS);
        const batch = [...this.pending.values()];
        this.pending.clear();
        await this.store(batch);
      }
    } finally {
      this.running = undefined;
    }
  }

  private async store(batch: readonly StoredEffect[]): Promise<void> {
    try {
      await this.context.write((tx) => applyAll(tx, batch));
    } catch (error) {
      this.context.logger.error({ err: error }, 'effects of agent requests could not be stored');
    }
  }
}

async function applyAll(
  tx: Parameters<Parameters<CatalogContext['write']>[0]>[0],
  effects: readonly StoredEffect[],
): Promise<void> {
  for (const effect of effects) {
    const one = await tx.get('package', effect.packageId);
    if (!one || !(await tx.get('site', effect.siteId))) continue;
    if (effect.kind === 'ASSIGN_SITE') {
      if (one.assignmentMode !== 'AUTOMATIC') continue;
      tx.put('package', { ...one, siteIds: sortedGuids([...one.siteIds, effect.siteId]) });
      continue;
    }
    const { siteId, packageId, internalVersion } = effect;
    const stored = await tx.get('siteOffer', `${siteId}/${packageId}`);
    if ((stored?.internalVersion ?? 0) < internalVersion) {
      tx.put('siteOffer', { siteId, packageId, internalVersion });
    }
  }
}
