import { clientError } from './smp-error.ts';

/** A reader that is further behind is cut off; a resumed one then reads from the server's log. */
const BUFFERED_MESSAGES = 64;

/** What arrived and was not read yet, and how it ended. The first end counts. */
export class Inbox<R> {
  private readonly messages: R[] = [];
  private ended = false;
  private failure: unknown;
  private wake: () => void = () => undefined;
  private readonly onEnd: () => void;

  /** `onEnd` is called once, at the end and not when the reader has caught up. */
  constructor(onEnd: () => void) {
    this.onEnd = onEnd;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  put(message: R): void {
    if (this.ended) return;
    this.messages.push(message);
    if (this.messages.length >= BUFFERED_MESSAGES) {
      this.end(clientError('INTERRUPTED', 'The reader was too slow for the subscription.'));
    }
    this.wake();
  }

  end(failure: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.wake();
    this.onEnd();
  }

  async *drain(): AsyncGenerator<R, void, undefined> {
    for (;;) {
      const message = this.messages.shift();
      if (message !== undefined) yield message;
      else if (!this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
      else if (this.failure === undefined) return;
      else throw this.failure;
    }
  }
}
