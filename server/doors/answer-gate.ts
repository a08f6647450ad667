import type { ServerResponse } from 'node:http';
import { CanopyError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';

const RETRY_MIN_MS = 5_000;
const RETRY_SPREAD_MS = 25_000;

/**
 * Counts answers that are being made or still leave the machine. Requests whose body is only
 * arriving do not count, or slow senders could shut everybody else out.
 */
export class AnswerGate {
  private readonly random: Random;
  private underWay = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /**
   * Takes a place until `response` closes. Throws `BUSY` when `limit` places are taken, in the words
   * of KB 176788, with a different wait for each asker so that they do not all return at once.
   */
  enter(response: ServerResponse, limit: number): void {
    if (this.underWay >= limit) {
      throw new CanopyError(
        'BUSY',
        'Server is busy. Package sources request is backing off. ' +
          `MaxConcurrentPackageInfoRequests is ${limit}.`,
        { retryAfterMs: RETRY_MIN_MS + Math.floor(this.random.fraction() * RETRY_SPREAD_MS) },
      );
    }
    this.underWay += 1;
    response.once('close', () => {
      this.underWay -= 1;
    });
  }
}
