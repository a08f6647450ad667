import type { DecisionEffect } from './codebase.ts';
import type { CatalogContext } from './context.ts';
import { sortedGuids } from './validation.ts';

const SETTLE_MS = 100;

/**
 * Applies what answers cause, after they were sent and many at a time. A floor holds in memory at
 * once; its row follows. An effect that is lost with the process comes back with the next question.
 */
export class EffectApplier {
  private readonly context: CatalogContext;
  private readonly pending = new Map<string, DecisionEffect>();
  private running: Promise<void> | undefined;

  constructor(context: CatalogContext) {
    this.context = context;
  }

  add(effects: readonly DecisionEffect[]): void {
    for (const effect of effects) {
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

  private async store(batch: readonly DecisionEffect[]): Promise<void> {
    try {
      await this.context.write((tx) => applyAll(tx, batch));
    } catch (error) {
      this.context.logger.error({ err: error }, 'effects of agent requests could not be stored');
    }
  }
}

async function applyAll(
  tx: Parameters<Parameters<CatalogContext['write']>[0]>[0],
  effects: readonly DecisionEffect[],
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
