import { sha256Hex } from '../content/tree.ts';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import { readCodebase, type Codebase } from '../delivery/index.ts';
import { askHttp } from './http-question.ts';
import type { Assignment } from './package-record.ts';
import type { WorkContext } from './work-context.ts';

/** As large as a manifest of a million files. */
const MAX_BLOB_BYTES = 512 * 1024 * 1024;
/** Package servers that are asked for a manifest before the SMP is. */
const PEERS_ASKED = 2;
const PEER_TIMEOUT_MS = 10_000;

export interface SourceQuestion {
  readonly signal: AbortSignal;
  /** Since when it has been tried without success; the SMP is told. */
  readonly tryingForMs: number;
}

/** Where one version can be had now. The SMP is asked at the first use, once. */
export class VersionSources {
  private readonly context: WorkContext;
  private readonly assignment: Assignment;
  private readonly question: SourceQuestion;
  private asked: Promise<Codebase[]> | undefined;

  constructor(context: WorkContext, assignment: Assignment, question: SourceQuestion) {
    this.context = context;
    this.assignment = assignment;
    this.question = question;
  }

  /** Throws `NOT_READY` while no source has the version, and `BUSY` with the SMP's `Retry-After`. */
  codebases(): Promise<Codebase[]> {
    return (this.asked ??= this.ask());
  }

  /**
   * A manifest or chunk index: from package servers that have the version, as its files are, and
   * from the SMP when none of them gives it. The hash proves it whoever sent it.
   */
  async blob(sha256: string): Promise<Buffer> {
    for (const codebase of await this.peers()) {
      const bytes = await this.blobOf(codebase, sha256);
      if (bytes && sha256Hex(bytes) === sha256) return bytes;
    }
    const bytes = await this.context.door.blob(sha256, MAX_BLOB_BYTES, this.question.signal);
    if (sha256Hex(bytes) === sha256) return bytes;
    throw new CanopyError('CONTENT_DAMAGED', `The SMP sent other bytes than the blob ${sha256}.`);
  }

  private async ask(): Promise<Codebase[]> {
    const { context } = this;
    const { packageId, internalVersion } = this.assignment;
    const query = { ...this.question, addresses: context.addresses() };
    const info = await context.door.packageInfo(packageId, query);
    if (info.internalVersion !== internalVersion) {
      throw new CanopyError(
        'NOT_READY',
        `No source offers version ${internalVersion} here yet; version ${info.internalVersion} is.`,
      );
    }
    const codebases = info.codebases
      .flatMap(({ url }) => readCodebase(url) ?? [])
      .filter(({ kind }) => kind !== 'UNC' || context.uncMounts.length > 0);
    if (codebases.length > 0) return codebases;
    throw new CanopyError(
      'NOT_READY',
      `The SMP offers no source for version ${internalVersion} now.`,
    );
  }

  /** Package servers among the sources, best first; none while there is no source. */
  private async peers(): Promise<Codebase[]> {
    const { sourceBook, book } = this.context;
    const smpOrigin = new URL(book.enrollment.smp.url).origin;
    const codebases = await this.codebases().catch((error: unknown) => {
      if (isCanopyError(error)) return [];
      throw error;
    });
    const peers = codebases.filter(
      (codebase) =>
        blobFolder(codebase) !== undefined && new URL(codebase.url).origin !== smpOrigin,
    );
    const usable = sourceBook.rank(peers).filter(({ rank }) => rank !== undefined);
    return usable.slice(0, PEERS_ASKED).map(({ codebase }) => codebase);
  }

  private async blobOf(codebase: Codebase, sha256: string): Promise<Buffer | undefined> {
    const { context, question } = this;
    const startedAtMs = context.clock.monotonicMs();
    try {
      return await askHttp(context.fetch, {
        url: `${blobFolder(codebase)}${sha256}`,
        maxBytes: MAX_BLOB_BYTES,
        timeoutMs: PEER_TIMEOUT_MS,
        signal: question.signal,
      });
    } catch (error) {
      question.signal.throwIfAborted();
      if (!isCanopyError(error)) throw error;
      const isAway = error.code === 'NOT_READY' || error.code === 'TIMEOUT';
      if (isAway) context.sourceBook.recordError(codebase, startedAtMs, error.message);
      return undefined;
    }
  }
}

const PACKAGE_SHARE = /\/Altiris\/PackageShare\/.*$/i;

/** Where a server of ours has its manifests and chunk indexes; `undefined` for other sources. */
function blobFolder({ kind, url }: Codebase): string | undefined {
  if (kind === 'UNC' || !PACKAGE_SHARE.test(url)) return undefined;
  return url.replace(PACKAGE_SHARE, '/canopy/v1/blobs/');
}
