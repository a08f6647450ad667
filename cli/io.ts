import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';

/** A place to write text to, and what is known of it. */
export interface TextSink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Characters in a line; of a terminal only. */
  readonly columns: number | undefined;
}

/** Everything outside that a command touches, so that a test can be its outside. */
export interface Io {
  /** Data, and nothing else. */
  readonly stdout: TextSink;
  /** Everything for the person who looks on. */
  readonly stderr: TextSink;
  readonly environment: { readonly [name: string]: string | undefined };
  /** Questions can be asked: a terminal on both sides. */
  readonly isInteractive: boolean;
  /** One line of the person's answer; without `echo` for secrets. */
  ask(question: string, options?: { readonly echo?: boolean }): Promise<string>;
  /** Everything that is piped in. */
  readStdin(): Promise<string>;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly homeFolder: string;
  readonly workingFolder: string;
  readonly platform: NodeJS.Platform;
}
