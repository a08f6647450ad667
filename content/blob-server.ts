import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DICTIONARY_CODING, encodeAgainst, offeredDictionary } from './dictionary-coding.ts';
import { FileServer, type FileServerOptions, type ServedFile } from './file-server.ts';

/** Larger blobs are sent as they are: both sides would have to hold them. */
const ENCODED_BYTES_MAX = 8 * 1024 * 1024;
/** So many are compressed or still held for their readers at a time; others are sent as they are. */
const ENCODED_MAX = 4;

/**
 * Serves manifests and chunk indexes as {@link FileServer} does, and compressed against an older
 * one that the client has (RFC 9842): those of two versions of a package are nearly the same.
 */
export class BlobServer {
  private readonly options: FileServerOptions;
  private readonly files: FileServer;
  private encoded = 0;

  /** `objectPath` says where a blob lies. */
  constructor(options: FileServerOptions) {
    this.options = options;
    this.files = new FileServer(options);
  }

  /** `mayRead`: whether the client could ask for that blob too. */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    target: { readonly blob: ServedFile; mayRead(sha256: string): boolean },
  ): Promise<void> {
    const { blob } = target;
    response.setHeader('Vary', 'Accept-Encoding, Available-Dictionary');
    const offered =
      request.method === 'GET' && !request.headers.range && offeredDictionary(request);
    const known = offered && target.mayRead(offered) ? offered : undefined;
    if (known === undefined || !(await this.sendEncoded(response, blob, known))) {
      await this.files.serve(request, response, blob);
    }
  }

  /** False: nothing was sent. */
  private async sendEncoded(
    response: ServerResponse,
    blob: ServedFile,
    dictionary: string,
  ): Promise<boolean> {
    if (this.encoded >= ENCODED_MAX || blob.sizeBytes > ENCODED_BYTES_MAX) return false;
    if (response.destroyed) return true;
    this.encoded += 1;
    response.once('close', () => void (this.encoded -= 1));
    const path = this.options.objectPath(dictionary);
    const found = await stat(path).catch(() => undefined);
    if (!found || found.size > ENCODED_BYTES_MAX) return false;
    try {
      const bytes = await readFile(this.options.objectPath(blob.sha256));
      const body = await encodeAgainst(bytes, await readFile(path));
      if (response.destroyed) return true;
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        'Content-Encoding': DICTIONARY_CODING,
        'Content-Length': body.length,
        'Cache-Control': 'no-store',
      });
      response.end(body);
      return true;
    } catch (error) {
      this.options.logger.warn({ error, sha256: blob.sha256 }, 'A blob could not be compressed.');
      return response.headersSent;
    }
  }
}
