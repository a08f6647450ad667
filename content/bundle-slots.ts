import type { EventEmitter } from 'node:events';
import { CanopyError } from '../core/errors.ts';

export interface BundleSlotLimits {
  /** Answers that are being made or still leave the machine, for all clients. */
  readonly answers: number;
  readonly answersPerClient: number;
  /** Of these, how many are compressed at the same time. */
  readonly compressions: number;
  /** What a client that is refused is told to wait. */
  readonly retryAfterMs: number;
}

/** Bounds the work and the memory that bundles take, for everybody and for each client. */
export class BundleSlots {
  private readonly limits: BundleSlotLimits;
  private readonly answersOf = new Map<string, number>();
  private readonly waiting: (() => void)[] = [];
  private answers = 0;
  private compressions = 0;

  constructor(limits: BundleSlotLimits) {
    this.limits = limits;
  }

  /**
   * Takes a place for `client` until `response` closes. Throws `RATE_LIMITED` when the client has
   * all that one may have, `BUSY` when all places are taken.
   */
  enter(client: string, response: EventEmitter): void {
    const { retryAfterMs } = this.limits;
    const own = this.answersOf.get(client) ?? 0;
    if (own >= this.limits.answersPerClient) {
      throw new CanopyError(
        'RATE_LIMITED',
        `${own} range bundles are on their way to this address, which is as many as one may have.`,
        {
          retryAfterMs,
          hint: 'Wait for the time that Retry-After says, or ask for single ranges.',
        },
      );
    }
    if (this.answers >= this.limits.answers) {
      throw new CanopyError(
        'BUSY',
        `${this.answers} range bundles are on their way, which is as many as there may be.`,
        {
          retryAfterMs,
          hint: 'Wait for the time that Retry-After says, or ask for single ranges.',
        },
      );
    }
    this.answers += 1;
    this.answersOf.set(client, own + 1);
    response.once('close', () => this.leave(client));
  }

  /** Runs `work` in its turn. */
  async compress<T>(work: () => Promise<T>): Promise<T> {
    if (this.compressions >= this.limits.compressions) {
      // Whoever leaves hands the place over, so nobody can come in between.
      await new Promise<void>((enter) => this.waiting.push(enter));
    } else this.compressions += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.compressions -= 1;
    }
  }

  private leave(client: string): void {
    this.answers -= 1;
    const left = this.answersOf.get(client)! - 1;
    if (left > 0) this.answersOf.set(client, left);
    else this.answersOf.delete(client);
  }
}
