import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { DelegatedOperation, OperationAnswer } from './link-protocol.ts';
import type { ParentDoor } from './parent-door.ts';
import type { ParentPorts } from './parent-ports.ts';

export interface ParentOperationsOptions {
  readonly door: Pick<ParentDoor, 'answer'>;
  readonly execute: ParentPorts['execute'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** An answer could not be given because the link broke. */
  onFailure(error: unknown): void;
}

/** Operations of the nodes above that are being answered over one link. */
export class ParentOperations {
  private readonly options: ParentOperationsOptions;
  private readonly running = new Map<string, AbortController>();

  constructor(options: ParentOperationsOptions) {
    this.options = options;
  }

  start(operation: DelegatedOperation, signal: AbortSignal): void {
    const controller = new AbortController();
    const stop = (): void => controller.abort(signal.reason);
    const cancel = this.options.clock.after(operation.timeoutMs, () => controller.abort());
    signal.addEventListener('abort', stop);
    this.running.set(operation.id, controller);
    this.answer(operation, controller.signal)
      .catch((error: unknown) => {
        // Who asked has gone, or the time is over: nobody waits for an answer.
        if (!controller.signal.aborted) this.options.onFailure(error);
      })
      .finally(() => {
        cancel();
        signal.removeEventListener('abort', stop);
        this.running.delete(operation.id);
      });
  }

  cancel(operationId: string): void {
    this.running.get(operationId)?.abort();
  }

  private async answer(operation: DelegatedOperation, signal: AbortSignal): Promise<void> {
    const answer = await this.execute(operation, signal);
    if (!signal.aborted) await this.options.door.answer(answer);
  }

  private async execute(
    operation: DelegatedOperation,
    signal: AbortSignal,
  ): Promise<OperationAnswer> {
    const { execute, logger } = this.options;
    try {
      return await execute(operation, signal);
    } catch (error) {
      if (!signal.aborted) logger.error({ error }, 'An operation of a node above failed.');
      const errors = [{ message: 'The operation could not be executed here.' }];
      return { id: operation.id, status: 'OK', data: undefined, errors, prunedFields: [] };
    }
  }
}
