import type { HttpConnection } from './http-connection.ts';
import type { AnswerHead } from './http-head.ts';

const MAX_LINE_BYTES = 8 * 1024;

/**
 * The blocks of a body, as they come. `over` is told once, when nothing of it is read any more:
 * whether all of it was, so that the connection is good for another request.
 */
export class HttpBody implements AsyncIterableIterator<Uint8Array> {
  private readonly connection: HttpConnection;
  private readonly over: (isComplete: boolean) => void;
  private readonly end: AnswerHead['body'];
  /** Of the body, or of its current chunk. */
  private leftBytes: number;
  private isInChunk = false;
  private isOver = false;

  constructor(
    connection: HttpConnection,
    end: AnswerHead['body'],
    over: (isComplete: boolean) => void,
  ) {
    this.connection = connection;
    this.over = over;
    this.end = end;
    this.leftBytes = typeof end === 'number' ? end : end === 'CHUNKED' ? 0 : Infinity;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.isOver) return { done: true, value: undefined };
    try {
      if (this.leftBytes === 0 && this.end === 'CHUNKED') await this.beginChunk();
      if (this.leftBytes === 0) return this.finish(true);
      const bytes = await this.connection.read(this.leftBytes);
      if (bytes) {
        this.leftBytes -= bytes.length;
        return { done: false, value: bytes };
      }
      if (this.end === 'UNTIL_CLOSE') return this.finish(false);
      throw new Error('the connection ended within the body');
    } catch (error) {
      this.finish(false);
      throw error;
    }
  }

  /** Ends the connection unless the body has all been read. */
  return(): Promise<IteratorResult<Uint8Array>> {
    return Promise.resolve(this.finish(this.leftBytes === 0 && this.end !== 'CHUNKED'));
  }

  private finish(isComplete: boolean): IteratorResult<Uint8Array> {
    if (!this.isOver) {
      this.isOver = true;
      this.over(isComplete);
    }
    return { done: true, value: undefined };
  }

  /** RFC 9112 §7.1; leaves no byte to read after the last one. */
  private async beginChunk(): Promise<void> {
    if (this.isInChunk && (await this.line()) !== '') throw new Error('sends a chunk too long');
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(await this.line())?.[1];
    if (size === undefined) throw new Error('sends a malformed chunk');
    this.isInChunk = true;
    this.leftBytes = Number.parseInt(size, 16);
    // Trailers say nothing that anybody asks for.
    if (this.leftBytes === 0) while ((await this.line()) !== '');
  }

  private line(): Promise<string> {
    return this.connection.readThrough('\r\n', MAX_LINE_BYTES);
  }
}
