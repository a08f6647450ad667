import { createHash } from 'node:crypto';

const KEPT_LINES = 400;

/** What happened in a run, line by line: the end of it to read, and a hash of all to compare. */
export class Trace {
  private readonly hash = createHash('sha256');
  private readonly lines: string[] = [];
  private readonly onLine: ((line: string) => void) | undefined;
  private count = 0;

  /** `onLine` is told of each line as it comes. */
  constructor(onLine?: (line: string) => void) {
    this.onLine = onLine;
  }

  /** Lines so far. */
  get steps(): number {
    return this.count;
  }

  note(atMs: number, text: string): void {
    const line = `${(atMs / 1000).toFixed(3).padStart(10)} ${text}`;
    this.count += 1;
    this.hash.update(`${line}\n`);
    this.lines.push(line);
    if (this.lines.length > 2 * KEPT_LINES) this.lines.splice(0, KEPT_LINES);
    this.onLine?.(line);
  }

  tail(count: number): readonly string[] {
    return this.lines.slice(-count);
  }

  /** SHA-256 of every line so far, hex. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }
}
