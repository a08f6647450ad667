import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ManifestFile } from '../content/manifest.ts';
import { sleepOrWake, untilWoken } from './abortable.ts';
import { isBatchTaken } from './chunk-batch.ts';
import { bytesHere, ChunkedContent } from './chunked-content.ts';
import { ContentSharing } from './content-sharing.ts';
import type { BaseVersion } from './bundle-base.ts';
import { fetchBundles } from './fetch-bundles.ts';
import { fetchChunks } from './fetch-chunks.ts';
import { fetchFile, RESUME_FROM_BYTES } from './fetch-file.ts';
import { FileCommits } from './file-commits.ts';
import type { FileThreads } from './file-threads.ts';
import { hashFile } from './local-files.ts';
import { openSource, type SourceAccess } from './open-source.ts';
import type { SourceBook } from './source-book.ts';
import { isSourceError, type Codebase, type SourceError, type SourceFault } from './source.ts';
import { SpeedMeter } from './speed-meter.ts';
import { chunksPath } from './stage-chunks.ts';
import type { StallLimit } from './stall-guard.ts';
import { isHeldBack, type Throttle, type TransferBudget } from './transfer-budget.ts';
import type { TransferStep } from './transfer-plan.ts';
import { TransferQueue, type Assignment, type Fault, type Transfer } from './transfer-queue.ts';

/** The faults of the sources, as they are reported when a file could not be had. */
export interface FileFailure {
  readonly path: string;
  /** Empty when every source was invalid before it was asked. */
  readonly faults: readonly Fault[];
}

export interface FetchMissingOptions extends SourceAccess {
  readonly steps: readonly TransferStep[];
  /** Folder of verified contents by SHA-256. */
  readonly content: string;
  readonly threads: FileThreads;
  readonly codebases: readonly Codebase[];
  readonly book: SourceBook;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stallLimit: StallLimit;
  readonly throttle?: Throttle | undefined;
  readonly budget?: TransferBudget | undefined;
  readonly parallelFiles: number;
  /** Some of the package is here already. */
  readonly isUpdate: boolean;
  /** What bundles are compressed against. */
  readonly base?: BaseVersion | undefined;
  /** Bytes as they arrive; negative when bytes that were counted are thrown away. */
  onBytes(count: number): void;
  /** Bytes of content that passed the wire, compressed or not; heads of messages are left out. */
  onWireBytes(count: number): void;
  /** Bytes that are here and were not fetched for it. */
  onKept(count: number): void;
  onSource(url: string): void;
  onFile(file: ManifestFile): void;
}

/** Faults of the connection, not of the content: what arrived is good for a resume. */
const RESUMABLE: readonly SourceFault[] = ['UNREACHABLE', 'SHORT', 'STALLED'];
/** How often an idle lane looks whether it should take over from a slower source. */
const LOOK_MS = 500;

/**
 * Fetches everything the plan says, several requests at a time, spread over the sources that have
 * not failed. A content that no source delivers does not stop the others: what arrives now need
 * not be fetched at the next attempt. Answers what failed; empty when all is here.
 */
export async function fetchMissing(options: FetchMissingOptions): Promise<FileFailure[]> {
  const failures = await new FetchRun(options).run();
  for (const { way, file } of options.steps) {
    if (way !== 'EMPTY') continue;
    await writeFile(join(options.content, file.sha256), '');
    options.onFile(file);
  }
  return failures;
}

class FetchRun {
  private readonly options: FetchMissingOptions;
  private readonly queue: TransferQueue;
  private readonly sharing: ContentSharing;
  private readonly speeds: SpeedMeter;
  private readonly commits: FileCommits;
  private readonly stopped = new AbortController();
  private readonly signal: AbortSignal;
  private readonly contents = new Map<Transfer, Promise<ChunkedContent>>();
  private readonly failures: FileFailure[] = [];
  private changed = new AbortController();

  constructor(options: FetchMissingOptions) {
    this.options = options;
    this.signal = AbortSignal.any([options.signal, this.stopped.signal]);
    const { steps, parallelFiles: width } = options;
    this.queue = new TransferQueue(steps, { ...options, width });
    this.sharing = new ContentSharing(options.budget?.claims, options.content);
    this.speeds = new SpeedMeter(options.clock, options.book);
    this.commits = new FileCommits(options.threads.commits);
  }

  async run(): Promise<FileFailure[]> {
    // All of it was found here, or a kill came between the last chunk and its name.
    const complete = this.queue.left.filter(
      ({ pending }) => Array.isArray(pending) && pending.length === 0,
    );
    for (const transfer of complete) await this.verify(transfer);
    await this.runBundles().catch((error: unknown) => this.stopped.abort(error));
    const lanes = Array.from({ length: this.options.parallelFiles }, () =>
      // What this machine cannot do, a full disk for example, ends the other lanes too.
      this.runLane().catch((error: unknown) => this.stopped.abort(error)),
    );
    await Promise.all(lanes);
    await this.commits.settled();
    await this.sharing.close();
    const contents = await Promise.allSettled(this.contents.values());
    for (const content of contents) if ('value' in content) await content.value.close();
    this.signal.throwIfAborted();
    return this.failures;
  }

  private async runLane(): Promise<void> {
    while (!this.queue.isOver) {
      this.signal.throwIfAborted();
      await this.options.budget?.admit(this.signal);
      const assignment = this.queue.take((transfer) => this.mayStart(transfer));
      if (assignment) {
        await this.perform(assignment);
        this.tellLanes();
      } else if (this.queue.isBusy || this.sharing.isWaiting) {
        await this.waitForChange();
      } else {
        this.failRest();
      }
    }
  }

  private async runBundles(): Promise<void> {
    const { options } = this;
    await fetchBundles({
      ...options,
      signal: this.signal,
      throttle: options.budget ?? options.throttle,
      budget: options.budget,
      speeds: this.speeds,
      base: options.base,
      transfers: this.queue.left.filter((transfer) => this.mayStart(transfer)),
      contentOf: (transfer) => this.contentOf(transfer),
      verify: (transfer) => this.verify(transfer),
      keepWhole: (transfer, content) => this.keepWhole(transfer, content),
      onBytes: (transfer, count) => {
        transfer.countedBytes += count;
        options.onBytes(count);
      },
    });
  }

  private mayStart(transfer: Transfer): boolean {
    return this.sharing.mayStart(transfer, (isHere) => {
      if (isHere) {
        this.options.onKept(transfer.file.sizeBytes - transfer.countedBytes);
        this.finish(transfer);
      }
      this.tellLanes();
    });
  }

  private async waitForChange(): Promise<void> {
    const { signal } = this;
    const woken = this.changed.signal;
    if (!this.queue.canTakeOver) return await untilWoken(woken, signal);
    await sleepOrWake(this.options.clock, LOOK_MS, { signal, woken });
  }

  private tellLanes(): void {
    const { changed } = this;
    this.changed = new AbortController();
    changed.abort('changed');
  }

  /** One request, from its start to the verified content or to what it failed with. */
  private async perform(assignment: Assignment): Promise<void> {
    const { transfer, codebase, batch } = assignment;
    const { options } = this;
    const startedAtMs = options.clock.monotonicMs();
    options.onSource(codebase.url);
    const meter = this.speeds.start(codebase);
    let gainedBytes = 0;
    const request = {
      ...options,
      signal: this.signal,
      throttle: options.budget ?? options.throttle,
      file: transfer.file,
      source: openSource(codebase, options),
      onBytes: (count: number) => {
        if (count > 0) {
          meter.received(count);
          options.onWireBytes(count);
        }
        gainedBytes += count;
        transfer.countedBytes += count;
        options.onBytes(count);
      },
    };
    try {
      if (batch) {
        await fetchChunks({ ...request, batch, content: await this.contentOf(transfer) });
      } else {
        const salvage = transfer.chunks && this.chunksOf(transfer);
        const thread = options.threads.parts;
        const result = await fetchFile({
          ...request,
          thread,
          part: this.partOf(transfer),
          salvage,
        });
        await (result === 'VERIFIED' ? this.commit(transfer) : this.salvage(transfer));
      }
    } catch (error) {
      this.signal.throwIfAborted();
      if (!batch) transfer.pending = 'WHOLE';
      if (isSourceError(error)) await this.blame(assignment, error, { startedAtMs, gainedBytes });
      else if (!isHeldBack(error) && !isBatchTaken(error)) throw error;
    } finally {
      meter.end();
      this.queue.release(assignment);
    }
    if (transfer.active === 0 && (await this.isComplete(transfer))) await this.verify(transfer);
  }

  private async blame(
    { transfer, codebase, batch }: Assignment,
    error: SourceError,
    context: { readonly startedAtMs: number; readonly gainedBytes: number },
  ): Promise<void> {
    const { book, stallLimit } = this.options;
    book.recordError(codebase, context.startedAtMs, error.message);
    transfer.faults.push({ url: codebase.url, message: error.message });
    // A source whose connection broke after new bytes may go on, until its errors add up.
    const isLarge = transfer.file.sizeBytes > RESUME_FROM_BYTES;
    const isWorthIt = context.gainedBytes >= stallLimit.minBytes && isLarge;
    if (!isWorthIt || !RESUMABLE.includes(error.fault)) transfer.excluded.add(codebase.url);
    if (!batch && error.fault === 'WRONG_HASH' && transfer.chunks) await this.salvage(transfer);
  }

  /** A wrong file is mostly right: only the chunks that are not go to the next source. */
  private async salvage(transfer: Transfer): Promise<void> {
    const content = await this.contentOf(transfer);
    transfer.here = content.here;
    transfer.pending = [...content.here.keys()].filter((number) => !content.here[number]);
    this.options.onKept(bytesHere(content));
    transfer.countedBytes += bytesHere(content);
  }

  private contentOf(transfer: Transfer): Promise<ChunkedContent> {
    const open = this.contents.get(transfer);
    if (open) return open;
    const { chunks, here } = transfer;
    const opening = ChunkedContent.open(this.chunksOf(transfer), chunks!, here);
    this.contents.set(transfer, opening);
    return opening;
  }

  private async isComplete(transfer: Transfer): Promise<boolean> {
    const content = this.contents.get(transfer);
    return content !== undefined && (await content).isComplete;
  }

  /** Every chunk is here; the file's own hash has the last word. */
  private async verify(transfer: Transfer): Promise<void> {
    const { file } = transfer;
    if (transfer.active > 0 || !this.queue.left.includes(transfer)) return;
    transfer.active += 1;
    const content = await this.contentOf(transfer);
    await content.sync();
    await content.close();
    this.contents.delete(transfer);
    const path = this.chunksOf(transfer);
    if ((await hashFile(path)) === file.sha256) {
      await rename(path, this.targetOf(transfer));
      await this.arrived(transfer);
    } else {
      // The chunk index was wrong about the file, so it says nothing about any source.
      await rm(path);
      this.options.onBytes(-transfer.countedBytes);
      transfer.countedBytes = 0;
      transfer.chunks = undefined;
      transfer.pending = 'WHOLE';
      transfer.excluded.clear();
    }
    transfer.active -= 1;
  }

  private async keepWhole(transfer: Transfer, content: Uint8Array): Promise<void> {
    transfer.pending = 'NOTHING';
    await writeFile(this.partOf(transfer), content);
    await this.commit(transfer);
  }

  /** The lane goes on with the next file while this one is flushed and named. */
  private async commit(transfer: Transfer): Promise<void> {
    transfer.active += 1;
    const arrived = async (): Promise<void> => {
      await this.arrived(transfer);
      transfer.active -= 1;
      this.tellLanes();
    };
    const commit = { from: this.partOf(transfer), to: this.targetOf(transfer) };
    await this.commits.add(commit, arrived, (error) => this.stopped.abort(error));
  }

  private async arrived(transfer: Transfer): Promise<void> {
    await this.sharing.fulfil(transfer);
    this.finish(transfer);
  }

  private finish(transfer: Transfer): void {
    this.queue.remove(transfer);
    this.options.onFile(transfer.file);
  }

  private failRest(): void {
    for (const transfer of [...this.queue.left]) {
      this.queue.remove(transfer);
      this.failures.push({ path: transfer.file.path, faults: transfer.faults });
    }
    this.tellLanes();
  }

  private targetOf({ file }: Transfer): string {
    return join(this.options.content, file.sha256);
  }

  private partOf(transfer: Transfer): string {
    return `${this.targetOf(transfer)}.part`;
  }

  private chunksOf({ file }: Transfer): string {
    return chunksPath(this.options.content, file.sha256);
  }
}
