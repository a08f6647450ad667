import { setImmediate } from 'node:timers/promises';

/**
 * Lets much work that is asked for at once go on a piece a turn of the event loop, in the order of
 * asking, so that whatever else comes in is dealt with between any two pieces.
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves in a turn of its own, after those that were asked for before. */
  next(): Promise<void> {
    this.last = this.last.then(() => setImmediate());
    return this.last;
  }
}
