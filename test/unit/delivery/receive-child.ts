/**
 * A process that receives one package and may be killed. Arguments: folder, codebase URL, manifest
 * file, internalVersion, and for chunks a file with their index. Prints one JSON line for each progress report, then one `{ "state": … }`.
 */
import { readFileSync } from 'node:fs';
import { parseChunkIndex } from '../../../content/chunk-index.ts';
import { systemClock } from '../../../core/clock.ts';
import type { Manifest } from '../../../content/manifest.ts';
import { receivePackage } from '../../../delivery/receive-package.ts';
import { createFileThreads } from '../../../delivery/file-threads.ts';
import { createHttpTransport } from '../../../delivery/http-transport.ts';
import { SourceBook } from '../../../delivery/source-book.ts';
import { parseCodebase } from '../../../delivery/source.ts';

const [folder, url, manifestPath, internalVersion] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const indexPath = process.argv[6];
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest;
const print = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
let reports = 0;
const reception = await receivePackage({
  folder,
  wanted: {
    internalVersion: Number(internalVersion),
    manifest,
  },
  ...(indexPath ? { chunkIndex: parseChunkIndex(readFileSync(indexPath), manifest) } : {}),
  codebases: [parseCodebase(url)],
  book: new SourceBook(systemClock),
  // Each look at the clock is 300 ms later, so that every change of the figures is reported.
  clock: { ...systemClock, monotonicMs: () => (reports += 300) },
  transport: createHttpTransport(),
  threads: createFileThreads(),
  uncMounts: [],
  signal: new AbortController().signal,
  onProgress: print,
});
print({ state: reception.state });
