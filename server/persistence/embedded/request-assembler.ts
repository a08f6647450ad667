const EMPTY: Buffer = Buffer.alloc(0);
const HEADER_BYTES = 5;
const STARTUP_HEADER_BYTES = 4;
/** Statement text is looked at this far; the words searched for stand at the start. */
const SCANNED_CHARACTERS = 1_024;

/** Bytes of one connection that must reach the engine together, and the statements inside. */
export interface Batch {
  readonly bytes: Uint8Array;
  /** The beginnings of the statements of Query and Parse messages, in order. */
  readonly statements: readonly string[];
}

/**
 * Cuts a client's byte stream into batches: the start-up packet, a simple query, or everything up
 * to a Sync or Flush. Nothing of another connection may run inside a batch, because the engine has
 * one session. Terminate is dropped: it would end that session for all.
 */
export class RequestAssembler {
  private pending: Buffer = EMPTY;
  private scanned = 0;
  private started = false;
  private statements: string[] = [];

  push(chunk: Uint8Array): Batch[] {
    const incoming = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.pending = this.pending.length === 0 ? incoming : Buffer.concat([this.pending, incoming]);
    const batches: Batch[] = [];
    for (let end = this.nextBatchEnd(); end > 0; end = this.nextBatchEnd()) {
      batches.push({ bytes: this.pending.subarray(0, end), statements: this.statements });
      this.drop(end);
    }
    return batches;
  }

  /** Bytes of the next complete batch, or 0 when more must arrive. */
  private nextBatchEnd(): number {
    if (!this.started) return this.startupEnd();
    while (this.pending.length - this.scanned >= HEADER_BYTES) {
      const type = String.fromCharCode(this.pending[this.scanned]!);
      const end = this.scanned + 1 + this.pending.readUInt32BE(this.scanned + 1);
      if (this.pending.length < end) return 0;
      if (type === 'X') {
        this.drop(end);
        continue;
      }
      this.noteStatement(type, this.scanned + HEADER_BYTES, end);
      this.scanned = end;
      if (endsBatch(type)) return end;
    }
    return 0;
  }

  private startupEnd(): number {
    if (this.pending.length < STARTUP_HEADER_BYTES) return 0;
    const end = this.pending.readUInt32BE(0);
    if (this.pending.length < end) return 0;
    this.started = true;
    return end;
  }

  private noteStatement(type: string, start: number, end: number): void {
    if (type !== 'Q' && type !== 'P') return;
    const textStart = type === 'P' ? this.pending.indexOf(0, start) + 1 : start;
    const textEnd = Math.min(
      this.pending.indexOf(0, textStart),
      textStart + SCANNED_CHARACTERS,
      end,
    );
    this.statements.push(this.pending.toString('latin1', textStart, textEnd));
  }

  private drop(end: number): void {
    this.pending = this.pending.length === end ? EMPTY : this.pending.subarray(end);
    this.scanned = 0;
    this.statements = [];
  }
}

/** Query, Sync, Flush, CopyFail and CopyDone are the messages after which a client waits. */
function endsBatch(type: string): boolean {
  return 'QSHfc'.includes(type);
}
