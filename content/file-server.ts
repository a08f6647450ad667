import { close, read } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import type { Clock } from '../core/clock.ts';
import { ERRORS, isCanopyError, type ErrorCode } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { evaluatePreconditions, isRangeCurrent, type Validators } from './conditional.ts';
import type { FileIndex } from './file-index.ts';
import { formatHttpDate } from './http-date.ts';
import {
  BufferPool,
  damaged,
  openContent,
  SMALL_BYTES,
  SmallContentCache,
  type StoredContent,
} from './object-reader.ts';
import { readRange } from './range-header.ts';

export interface FileServerOptions {
  /** Where a content lies, for example `store.paths.object`. */
  readonly objectPath: (sha256: string) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Memory for contents up to 64 KiB; default 64 MiB. */
  readonly cacheBytes?: number;
}

/** A content and how the address it was asked under behaves. */
export interface ServedFile extends StoredContent {
  /**
   * Milliseconds. On an address with a version: the file's own time. On one whose content changes
   * with the version: when this version took the address over, so that equal dates mean equal
   * content and a resumed download never mixes two versions.
   */
  readonly lastModifiedMs: number;
  /** The address never serves anything else, so caches may keep it. */
  readonly immutable: boolean;
}

/** Where a request for a path of one version comes from and how its address behaves. */
export interface ServedTree {
  readonly index: FileIndex;
  /** For an address without a version: see {@link ServedFile}. `undefined`: a versioned address. */
  readonly currentSinceMs?: number | undefined;
}

const READ_BYTES = 256 * 1024;
const IDLE_BUFFERS = 32;
const METHODS = 'GET, HEAD';

/**
 * Answers GET and HEAD for contents of the store as RFC 9110 says: strong entity tags, all
 * preconditions, single ranges. A content is opened once per response, by hash, so a response is
 * one version from its first byte to its last.
 */
export class FileServer {
  private readonly options: FileServerOptions;
  private readonly small: SmallContentCache;
  private readonly buffers = new BufferPool(READ_BYTES, IDLE_BUFFERS);

  constructor(options: FileServerOptions) {
    this.options = options;
    this.small = new SmallContentCache(options.cacheBytes ?? 64 * 1024 * 1024);
  }

  /**
   * Serves the file at a percent-encoded path of a tree. Folders are not listed: 404, as for
   * every path that the tree does not have. Resolves when the response is over; never rejects for
   * what a client does.
   */
  async servePath(
    request: IncomingMessage,
    response: ServerResponse,
    target: { readonly tree: ServedTree; readonly encodedPath: string },
  ): Promise<void> {
    const file = target.tree.index.find(target.encodedPath);
    if (file === 'MALFORMED') return refuse(response, 'MALFORMED_REQUEST');
    if (!file) return refuse(response, 'NOT_FOUND');
    const { currentSinceMs } = target.tree;
    await this.serve(request, response, {
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      lastModifiedMs: currentSinceMs ?? file.modifiedAtMs,
      immutable: currentSinceMs === undefined,
    });
  }

  /** As {@link servePath}, for a content that the caller has found. */
  async serve(request: IncomingMessage, response: ServerResponse, file: ServedFile): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response, 'METHOD_NOT_ALLOWED', { Allow: METHODS });
    }
    try {
      await this.answer(request, response, file);
    } catch (error) {
      const { sha256 } = file;
      this.options.logger.error({ error, sha256 }, 'A stored file could not be served.');
      if (response.headersSent) response.destroy();
      else refuse(response, isCanopyError(error) ? error.code : 'INTERNAL');
    }
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    file: ServedFile,
  ): Promise<void> {
    const nowMs = this.options.clock.nowMs();
    const validators: Validators = {
      etag: `"${file.sha256}"`,
      lastModifiedMs: Math.floor(file.lastModifiedMs / 1000) * 1000,
    };
    const headers = validatorHeaders(validators, file, nowMs);
    const precondition = evaluatePreconditions(request.headers, validators, nowMs);
    if (precondition === 'FAILED')
      return void response.writeHead(412, { 'Content-Length': 0 }).end();
    if (precondition === 'NOT_MODIFIED') return void response.writeHead(304, headers).end();
    const isPartial =
      request.method === 'GET' &&
      isRangeCurrent(request.headers['if-range'] as string | undefined, validators, nowMs);
    const range = readRange(isPartial ? request.headers.range : undefined, file.sizeBytes);
    if (range.kind === 'UNSATISFIABLE') {
      const unsatisfied = { 'Content-Range': `bytes */${file.sizeBytes}`, 'Content-Length': 0 };
      return void response.writeHead(416, { ...headers, ...unsatisfied }).end();
    }
    const isPart = range.kind === 'PART';
    const start = isPart ? range.start : 0;
    const end = isPart ? range.endInclusive + 1 : file.sizeBytes;
    Object.assign(headers, contentHeaders(file), { 'Content-Length': end - start });
    if (isPart) headers['Content-Range'] = `bytes ${start}-${end - 1}/${file.sizeBytes}`;
    await this.send(response, { status: isPart ? 206 : 200, headers, file, start, end });
  }

  private async send(response: ServerResponse, answer: Answer): Promise<void> {
    const { status, headers, file, start, end } = answer;
    const path = this.options.objectPath(file.sha256);
    if (file.sizeBytes <= SMALL_BYTES) {
      // Also for HEAD: what is promised is there.
      const bytes = this.small.read(path, file);
      response.writeHead(status, headers).end(bytes.subarray(start, end));
      return;
    }
    const descriptor = openContent(path, file);
    try {
      response.writeHead(status, headers);
      if (response.req.method === 'HEAD') response.end();
      else await this.pump(descriptor, response, answer);
    } finally {
      await closeFile(descriptor);
    }
  }

  /** Copies a part of an open file to the response through one reused buffer. */
  private async pump(descriptor: number, response: ServerResponse, part: Answer): Promise<void> {
    const buffer = this.buffers.take();
    let position = part.start;
    while (position < part.end) {
      const wanted = Math.min(buffer.length, part.end - position);
      const { bytesRead } = await readFile(descriptor, buffer, 0, wanted, position);
      if (bytesRead === 0) throw damaged(part.file, 'became shorter while it was served');
      position += bytesRead;
      // A write that did not go through may still read the buffer, so that one is left to the
      // garbage collector.
      if (!(await writeChunk(response, buffer.subarray(0, bytesRead)))) return;
    }
    this.buffers.giveBack(buffer);
    response.end();
  }
}

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly file: ServedFile;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const closeFile = promisify(close);
const readFile = promisify(read) as (
  descriptor: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
) => Promise<{ bytesRead: number }>;

/** Resolves when the bytes were handed to the system (true) or the client is gone (false). */
function writeChunk(response: ServerResponse, chunk: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve(false);
    const onClose = (): void => resolve(false);
    response.once('close', onClose);
    response.write(chunk, (error) => {
      response.off('close', onClose);
      resolve(!error);
    });
  });
}

/** The headers that go with 200, 206, 304 and 416 alike. */
function validatorHeaders(
  validators: Validators,
  file: ServedFile,
  nowMs: number,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ETag: validators.etag,
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  // RFC 9110 §8.8.2.1 forbids a date later than that of the message.
  if (validators.lastModifiedMs <= nowMs) {
    headers['Last-Modified'] = formatHttpDate(validators.lastModifiedMs);
  }
  return headers;
}

function contentHeaders(file: ServedFile): OutgoingHttpHeaders {
  return {
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': 'attachment',
    'X-Content-Type-Options': 'nosniff',
    'Repr-Digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
  };
}

function refuse(
  response: ServerResponse,
  code: ErrorCode,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = `${code}: ${ERRORS[code].meaning}\n`;
  response
    .writeHead(ERRORS[code].status, {
      ...headers,
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'X-Content-Type-Options': 'nosniff',
    })
    .end(body);
}
