import { MAX_BLOB_BYTES } from '../content/index.ts';
import { sha256Hex } from '../content/tree.ts';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import { readCodebase, type Codebase } from '../delivery/index.ts';
import { askHttp } from './http-question.ts';
import type { Assignment } from './package-record.ts';
import type { WorkContext } from './work-context.ts';

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
   * from the SMP when none of them gives it. The hash proves it whoever sent it. `dictionary`: a
   * similar one that is here, for them to compress against. Throws `CONTENT_DAMAGED` when the SMP
   * sends other bytes, and as {@link askHttp}.
   */
  async blob(sha256: string, dictionary: Buffer | undefined): Promise<Buffer> {
    for (const codebase of await this.peers()) {
      const bytes = await this.blobOf(codebase, { sha256, dictionary });
      if (bytes) return bytes;
    }
    const { door } = this.context;
    const query = { maxBytes: MAX_BLOB_BYTES, signal: this.question.signal };
    return await takeBlob({ sha256, dictionary }, (against) =>
      door.blob(sha256, { ...query, dictionary: against }),
    );
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

  /**
   * Package servers of this SMP among the sources, best first; none while there is no source. Those
   * of the parent give package files alone.
   */
  private async peers(): Promise<Codebase[]> {
    const { sourceBook, book, upstream } = this.context;
    const smpOrigin = new URL(book.enrollment.smp.url).origin;
    const codebases = await this.codebases().catch((error: unknown) => {
      if (isCanopyError(error)) return [];
      throw error;
    });
    const peers = codebases.filter(
      (codebase) =>
        blobFolder(codebase) !== undefined &&
        new URL(codebase.url).origin !== smpOrigin &&
        !upstream.isUpstream(codebase.url),
    );
    const usable = sourceBook.rank(peers).filter(({ rank }) => rank !== undefined);
    return usable.slice(0, PEERS_ASKED).map(({ codebase }) => codebase);
  }

  private async blobOf(codebase: Codebase, wanted: WantedBlob): Promise<Buffer | undefined> {
    const { context, question } = this;
    const startedAtMs = context.clock.monotonicMs();
    const asked = {
      url: `${blobFolder(codebase)}${wanted.sha256}`,
      maxBytes: MAX_BLOB_BYTES,
      timeoutMs: PEER_TIMEOUT_MS,
      signal: question.signal,
    };
    try {
      return await takeBlob(wanted, (dictionary) =>
        askHttp(context.transport, { ...asked, dictionary }),
      );
    } catch (error) {
      question.signal.throwIfAborted();
      if (!isCanopyError(error)) throw error;
      const isAway = error.code === 'NOT_READY' || error.code === 'TIMEOUT';
      if (isAway) context.sourceBook.recordError(codebase, startedAtMs, error.message);
      return undefined;
    }
  }
}

interface WantedBlob {
  readonly sha256: string;
  readonly dictionary: Buffer | undefined;
}

/** Takes a blob against the dictionary, and as it is when that does not give the right bytes. */
async function takeBlob(
  { sha256, dictionary }: WantedBlob,
  take: (dictionary: Buffer | undefined) => Promise<Buffer>,
): Promise<Buffer> {
  if (dictionary) {
    const bytes = await take(dictionary).catch((error: unknown) => {
      if (isCanopyError(error) && error.code === 'CONTENT_DAMAGED') return undefined;
      throw error;
    });
    if (bytes && sha256Hex(bytes) === sha256) return bytes;
  }
  const bytes = await take(undefined);
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new CanopyError('CONTENT_DAMAGED', `A server sent other bytes than the blob ${sha256}.`);
}

const PACKAGE_SHARE = /\/Altiris\/PackageShare\/.*$/i;

/** Where a server of ours has its manifests and chunk indexes; `undefined` for other sources. */
function blobFolder({ kind, url }: Codebase): string | undefined {
  if (kind === 'UNC' || !PACKAGE_SHARE.test(url)) return undefined;
  return url.replace(PACKAGE_SHARE, '/canopy/v1/blobs/');
}
