import { Bell } from '../../catalog/bell.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import { isCanopyError } from '../../core/errors.ts';
import { sayGone } from '../convergence/take-up-page.ts';
import { askForAdmission, endJoin } from './join.ts';
import { deliverLeave, forgetLeft } from './leave.ts';
import type { MembershipInputs } from './relations.ts';

const RETRY = { firstMs: 1_000, maximumMs: 60_000 };
/** How late a deadline may be seen. */
const TICK_MS = 5_000;

interface Attempts {
  count: number;
  nextAtMs: number;
}

/**
 * Ends what a join, a leave or a removal left half done, whatever died when: repeats an admission
 * that was not answered, gives up joins past their deadline on either side, and tells parents that
 * this node has left them.
 */
export class MembershipKeeper {
  private readonly inputs: MembershipInputs;
  private readonly attempts = new Map<string, Attempts>();

  constructor(inputs: MembershipInputs) {
    this.inputs = inputs;
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { model, clock, logger } = this.inputs.context;
    const bell = new Bell();
    const unwatch = model.watch((change) => {
      if (!change || change.kind === 'parent' || change.kind === 'child') bell.ring();
    });
    while (!signal.aborted) {
      try {
        await this.step();
      } catch (error) {
        logger.error({ err: error }, 'the upkeep of the hierarchy failed and is repeated');
      }
      await bell.waitAtMost(clock, TICK_MS, signal);
    }
    unwatch();
  }

  /** Does once what is due now. */
  async step(): Promise<void> {
    await this.endOverdueChildren();
    const { tree } = this.inputs.context.model;
    const { parent } = tree;
    if (parent?.state === 'JOINING') await this.goOnJoining(parent);
    for (const left of tree.leftParents) {
      const isInReserve = tree.parent?.replaces === left.nodeId;
      if (!isInReserve) await this.tell(left);
    }
  }

  private async goOnJoining(parent: Parent): Promise<void> {
    if (parent.deadlineAtMs <= this.nowMs()) {
      const reason = 'The join was not completed in the life of its token.';
      await endJoin(this.inputs, parent, reason, 'OVERDUE');
    } else if (parent.membership === '') {
      await this.attempt(`join ${parent.nodeId}`, async () => {
        await askForAdmission(this.inputs, parent);
      });
    }
  }

  private async tell(left: Parent): Promise<void> {
    if (left.deadlineAtMs <= this.nowMs()) return forgetLeft(this.inputs, left);
    await this.attempt(`leave ${left.nodeId}`, () => deliverLeave(this.inputs, left));
  }

  /** Children whose join was never completed, and removals that nobody will ask about. */
  private async endOverdueChildren(): Promise<void> {
    const { context, tokens, relations } = this.inputs;
    for (const child of context.model.tree.children()) {
      if (child.state === 'JOINED' || child.deadlineAtMs > this.nowMs()) continue;
      await relations.run(async () => {
        await tokens.remove(child.tokenId);
        await context.write(async (tx) => {
          const stored = await tx.get('child', child.id);
          const isSame = stored?.state === child.state && stored.tokenId === child.tokenId;
          if (!isSame) return;
          await sayGone(tx, context, stored.nodeId);
          tx.remove('child', child.id);
        });
      });
      context.logger.info({ child: child.name, state: child.state }, 'a child was forgotten');
    }
  }

  /** Runs `work` unless it failed a moment ago; then later and later. */
  private async attempt(key: string, work: () => Promise<void>): Promise<void> {
    const { clock, random, logger } = this.inputs.context;
    const known = this.attempts.get(key) ?? { count: 0, nextAtMs: 0 };
    if (known.nextAtMs > clock.monotonicMs()) return;
    try {
      await work();
      this.attempts.delete(key);
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      const delayMs = Math.min(RETRY.maximumMs, RETRY.firstMs * 2 ** Math.min(known.count, 10));
      const nextAtMs = clock.monotonicMs() + delayMs * (0.5 + random.fraction() / 2);
      this.attempts.set(key, { count: known.count + 1, nextAtMs });
      logger.info({ err: error, what: key }, 'the other side was not reached; it is tried again');
    }
  }

  private nowMs(): number {
    return this.inputs.context.clock.nowMs();
  }
}
