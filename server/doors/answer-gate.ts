import type { ServerResponse } from 'node:http';
import type { ReadModel } from '../../catalog/read-model.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import type { Random } from '../../core/random.ts';
import { LIMITS } from '../limits.ts';
import type { Exchange } from '../http/door.ts';

/** Who asks, in the order in which the bytes travel: what the first lack, all others lack. */
export type AskerTier = keyof typeof LIMITS.tiers;

/** What an asker says of itself decides its turn alone; nobody gets anything else by it. */
export function tierOf(model: ReadModel, resourceId: Guid | undefined): AskerTier {
  const packageServer = resourceId && model.packageServer(resourceId);
  if (!packageServer) return 'AGENT';
  return packageServer.constrained ? 'CONSTRAINED' : 'UNCONSTRAINED';
}

/** The GUID that agents and package servers send with their requests (`X-SMA-ID`). */
export function resourceIdOf({ request }: Exchange): Guid | undefined {
  const header = request.headers['x-sma-id'];
  return typeof header === 'string' ? parseGuid(header) : undefined;
}

/**
 * Counts answers that are being made or still leave the machine. Requests whose body is only
 * arriving do not count, or slow senders could shut everybody else out. The last places are kept
 * for package servers, the very last for unconstrained ones (`LIMITS.tiers`).
 */
export class AnswerGate {
  private readonly random: Random;
  private underWay = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /**
   * Takes a place until `response` closes. Throws `BUSY` with `reason` when those that the tier may
   * have of `limit` are taken, with a different wait for each asker so that they do not all return
   * at once, and a shorter one for those who go first.
   */
  enter(response: ServerResponse, ask: { tier: AskerTier; limit: number; reason: string }): void {
    const { share, retryMinMs, retrySpreadMs } = LIMITS.tiers[ask.tier];
    const places = Math.min(ask.limit, Math.max(1, Math.floor(ask.limit * share)));
    if (this.underWay >= places) {
      const retryAfterMs = retryMinMs + Math.floor(this.random.fraction() * retrySpreadMs);
      throw new CanopyError('BUSY', ask.reason, { retryAfterMs });
    }
    this.underWay += 1;
    response.once('close', () => {
      this.underWay -= 1;
    });
  }
}
