import { Bell } from '../../catalog/bell.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Guid } from '../../core/guid.ts';
import type { ChildSessions } from '../link/child-sessions.ts';
import { restateChild } from './take-up-page.ts';

const RETRY_MS = 2_000;

/**
 * Keeps what the nodes above are told of each child: whether its link is open, and whether its rule
 * leaves anything out. What a child told itself last stays, with the time at which it was true.
 * After a start every child counts as away until it comes.
 */
export class PresenceKeeper {
  private readonly context: CatalogContext;
  private readonly sessions: Pick<ChildSessions, 'isOpen' | 'watch'>;
  private readonly bell = new Bell();
  /** What was stored of each child last, so that a link that opens costs nothing for the others. */
  private readonly told = new Map<Guid, string>();

  constructor(context: CatalogContext, sessions: Pick<ChildSessions, 'isOpen' | 'watch'>) {
    this.context = context;
    this.sessions = sessions;
  }

  /** The child may have been stored as connected after its link ended. */
  look(childId: Guid): void {
    this.told.delete(childId);
    this.bell.ring();
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { model, clock, logger } = this.context;
    const unwatch = [
      this.sessions.watch(() => this.bell.ring()),
      model.watch((change) => {
        if (!change || change.kind === 'child') this.bell.ring();
      }),
    ];
    try {
      this.bell.ring();
      while (!signal.aborted) {
        await this.bell.wait(signal);
        if (signal.aborted) return;
        try {
          await this.restate();
        } catch (error) {
          logger.error({ err: error }, 'who is connected could not be stored; trying again');
          this.told.clear();
          this.bell.ring();
          await clock.sleep(RETRY_MS, signal).catch(() => undefined);
        }
      }
    } finally {
      for (const end of unwatch) end();
    }
  }

  private async restate(): Promise<void> {
    const { model, store } = this.context;
    const changed = [...model.tree.children()].flatMap((child) => {
      const connected = this.sessions.isOpen(child.id);
      const facts = `${connected} ${child.rule.kind} ${child.tokenId}`;
      if (child.state === 'REMOVED' || this.told.get(child.id) === facts) return [];
      this.told.set(child.id, facts);
      return [{ child, connected }];
    });
    if (changed.length === 0) return;
    await store.transact(async (tx) => {
      for (const one of changed) await restateChild(tx, this.context, one);
    });
  }
}
