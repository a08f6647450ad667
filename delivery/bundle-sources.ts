import type { Clock } from '../core/clock.ts';
import { abortable } from './abortable.ts';
import { askForOffer } from './bundle-source.ts';
import type { HttpTransport } from './http-transport.ts';
import type { SourceBook } from './source-book.ts';
import type { RankedSource } from './source-ranking.ts';
import { isSourceError, type Codebase } from './source.ts';
import { guardAgainstStall } from './stall-guard.ts';

export interface BundleSourcesOptions {
  readonly codebases: readonly Codebase[];
  readonly book: SourceBook;
  readonly clock: Clock;
  readonly transport: HttpTransport;
  readonly signal: AbortSignal;
}

/** A bundle takes a quarter of the bytes or less, so a source may be that much slower. */
const BUNDLE_GAIN = 4;
/** A source that is busy so often in a row is left alone for the rest of the download. */
const BUSY_MAX = 3;
const OFFER_LIMIT = { windowMs: 5_000, minBytes: Infinity } as const;

/** Shares bundles out among the sources that offer them, in proportion to their speed. */
export class BundleSources {
  private readonly options: BundleSourcesOptions;
  private readonly refused = new Set<string>();
  private readonly busy = new Map<string, { readonly untilMs: number; readonly times: number }>();
  private readonly activeByUrl = new Map<string, number>();
  private readonly asked = new Map<string, Promise<void>>();

  constructor(options: BundleSourcesOptions) {
    this.options = options;
  }

  /**
   * The source to ask next, after a wait when those that could be are busy; `undefined` when a
   * bundle would not be faster from any. The caller must `release` it.
   */
  async take(): Promise<Codebase | undefined> {
    const { clock, signal, book } = this.options;
    for (;;) {
      const candidates = this.candidates();
      const nowMs = clock.monotonicMs();
      const free = candidates.filter(({ codebase }) => this.busyUntilMs(codebase) <= nowMs);
      const next = free.toSorted((a, b) => this.loadOf(a) - this.loadOf(b))[0];
      if (next && book.offersBundles(next.codebase)) {
        const { codebase } = next;
        this.activeByUrl.set(codebase.url, (this.activeByUrl.get(codebase.url) ?? 0) + 1);
        return codebase;
      }
      if (next) await this.ask(next.codebase);
      else if (candidates.length > 0) {
        const until = Math.min(...candidates.map(({ codebase }) => this.busyUntilMs(codebase)));
        await clock.sleep(until - nowMs, signal);
      } else return undefined;
    }
  }

  release({ url }: Codebase): void {
    this.activeByUrl.set(url, this.activeByUrl.get(url)! - 1);
  }

  /** It has failed; nothing more is asked of it by this download. */
  refuse({ url }: Codebase): void {
    this.refused.add(url);
  }

  /** It is not to be asked before the time is over. */
  pause(codebase: Codebase, delayMs: number): void {
    const times = (this.busy.get(codebase.url)?.times ?? 0) + 1;
    if (times > BUSY_MAX) return this.refuse(codebase);
    const untilMs = this.options.clock.monotonicMs() + delayMs;
    this.busy.set(codebase.url, { untilMs, times });
  }

  succeeded({ url }: Codebase): void {
    this.busy.delete(url);
  }

  private candidates(): RankedSource[] {
    const { book, codebases } = this.options;
    const usable = book.rank(codebases).filter(({ rank }) => rank !== undefined);
    const best = usable[0]?.weightedBytesPerSecond ?? 0;
    return usable.filter(
      ({ codebase, weightedBytesPerSecond }) =>
        codebase.kind !== 'UNC' &&
        !this.refused.has(codebase.url) &&
        book.offersBundles(codebase) !== false &&
        weightedBytesPerSecond * BUNDLE_GAIN >= best,
    );
  }

  private loadOf({ codebase, weightedBytesPerSecond }: RankedSource): number {
    return ((this.activeByUrl.get(codebase.url) ?? 0) + 1) / weightedBytesPerSecond;
  }

  private busyUntilMs({ url }: Codebase): number {
    return this.busy.get(url)?.untilMs ?? -Infinity;
  }

  private ask(codebase: Codebase): Promise<void> {
    const underWay = this.asked.get(codebase.url);
    if (underWay) return underWay;
    const asking = this.learnOffer(codebase);
    this.asked.set(codebase.url, asking);
    return asking;
  }

  private async learnOffer(codebase: Codebase): Promise<void> {
    const { book, clock, transport, signal } = this.options;
    const guard = guardAgainstStall(OFFER_LIMIT, clock, signal);
    try {
      const question = askForOffer({ codebase, transport, signal: guard.signal });
      book.recordBundles(codebase, { offered: await abortable(guard.signal, question) });
    } catch (error) {
      signal.throwIfAborted();
      if (!isSourceError(error)) throw error;
      // What is wrong with it the files will tell; one lost source is one error, not two.
      this.refuse(codebase);
    } finally {
      guard.stop();
    }
  }
}
