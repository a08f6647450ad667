import { Bell } from '../../catalog/bell.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Change } from '../../catalog/items.ts';
import type { Guid } from '../../core/guid.ts';
import { goneProgress, progressOf } from './progress-of.ts';

/** Changes that come within so long of each other are one look. */
const SETTLE_MS = 250;
/** Packages in one transaction. */
const BATCH = 200;
const RETRY_MS = 2_000;

/**
 * Keeps the progress of every package on this node as items that go up the tree, for as long as
 * the node has a parent. What it writes follows from the read model, so a batch that was lost with
 * the process is written by the next one; a batch that is as before writes nothing.
 */
export class ProgressKeeper {
  private readonly context: CatalogContext;
  private readonly bell = new Bell();
  private readonly touched = new Set<Guid>();
  private everything = true;

  constructor(context: CatalogContext) {
    this.context = context;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { model, clock, logger } = this.context;
    const unwatch = model.watch((change) => {
      if (this.note(change)) this.bell.ring();
    });
    try {
      this.bell.ring();
      while (!signal.aborted) {
        await this.bell.wait(signal);
        await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
        if (signal.aborted) return;
        try {
          await this.writeTouched();
        } catch (error) {
          logger.error({ err: error }, 'progress could not be stored; trying again');
          this.everything = true;
          this.bell.ring();
          await clock.sleep(RETRY_MS, signal).catch(() => undefined);
        }
      }
    } finally {
      unwatch();
    }
  }

  /** True when there may be something to write. */
  private note(change: Change | undefined): boolean {
    switch (change?.kind) {
      case 'package':
        this.touched.add(change.key as Guid);
        return true;
      case 'holding':
      case 'rejection':
        this.touched.add(change.key.split('/')[1] as Guid);
        return true;
      case undefined:
      case 'site':
      case 'subnet':
      case 'packageServer':
      case 'parent':
        this.everything = true;
        return true;
      default:
        return false;
    }
  }

  private async writeTouched(): Promise<void> {
    const { model } = this.context;
    if (model.tree.parent?.state !== 'JOINED') return;
    const wanted = new Set(this.touched);
    this.touched.clear();
    if (this.everything) {
      this.everything = false;
      for (const { id } of model.packages()) wanted.add(id);
      for (const { id } of model.tree.rejections()) wanted.add(id);
      for (const id of await this.stored()) wanted.add(id);
    }
    const ids = [...wanted];
    for (let start = 0; start < ids.length; start += BATCH) {
      await this.write(ids.slice(start, start + BATCH));
    }
  }

  /** Packages that this node has told about; those that it has no more are told to be gone. */
  private async stored(): Promise<Guid[]> {
    const { store, identity } = this.context;
    const { value } = await store.transact((tx) => tx.list('progress', `${identity.nodeId}/`));
    return value.map(({ packageId }) => packageId);
  }

  private async write(packageIds: readonly Guid[]): Promise<void> {
    const { model, identity, store } = this.context;
    const { nodeId } = identity;
    await store.transact(async (tx) => {
      // Asked for together, so that a store reads them in one statement.
      const [items] = await Promise.all([
        Promise.all(packageIds.map((id) => tx.get('treeItem', `PACKAGE/${id}`))),
        Promise.all(packageIds.map((id) => tx.get('progress', `${nodeId}/${id}`))),
      ]);
      for (const [index, packageId] of packageIds.entries()) {
        const progress = progressOf(model, nodeId, { packageId, item: items[index] });
        if (progress) tx.put('progress', progress);
        else if (await tx.get('progress', `${nodeId}/${packageId}`)) {
          tx.put('progress', goneProgress(nodeId, packageId));
        }
      }
    });
  }
}
