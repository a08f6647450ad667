import type { Clock } from '../../../core/clock.ts';

/** A machine's clock as one process has it: once the process is dead, nothing that slept wakes up. */
export class ProcessClock implements Clock {
  private readonly machine: Clock;
  private isStopped = false;

  constructor(machine: Clock) {
    this.machine = machine;
  }

  stop(): void {
    this.isStopped = true;
  }

  nowMs(): number {
    return this.machine.nowMs();
  }

  monotonicMs(): number {
    return this.machine.monotonicMs();
  }

  after(delayMs: number, run: () => void): () => void {
    return this.machine.after(delayMs, () => {
      if (!this.isStopped) run();
    });
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.machine.sleep(delayMs, signal).then(
        () => {
          if (!this.isStopped) resolve();
        },
        (error: unknown) => {
          if (!this.isStopped) reject(error as Error);
        },
      );
    });
  }
}
