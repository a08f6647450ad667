import { statfs } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { CanopyError, refuseProblems } from '../core/errors.ts';
import type { Manifest } from '../content/manifest.ts';
import { treeProblems } from '../content/path-policy.ts';
import { totalBytes } from '../content/tree.ts';
import type { BaseVersion } from './bundle-base.ts';
import { fetchMissing, type FileFailure } from './fetch-missing.ts';
import type { FileThreads } from './file-threads.ts';
import { withFolderLock } from './folder-lock.ts';
import { holdsManifest, type Recheck } from './holds-manifest.ts';
import { measureSources } from './measure-sources.ts';
import type { SourceAccess } from './open-source.ts';
import {
  currentVersion,
  packageFolder,
  prepareFolders,
  removeUnused,
  switchTo,
  type PackageFolder,
} from './package-folder.ts';
import { ProgressMeter, type ProgressListener } from './progress.ts';
import type { SourceBook } from './source-book.ts';
import type { Codebase } from './source.ts';
import type { ChunkKnowledge } from './stage-chunks.ts';
import { stageContent } from './stage-content.ts';
import { DEFAULT_STALL_LIMIT, type StallLimit } from './stall-guard.ts';
import type { Throttle, TransferBudget } from './transfer-budget.ts';
import { planTransfer, type StagedContent, type TransferPlan } from './transfer-plan.ts';

/** One version of a package, pinned: every file of a download belongs to it. */
export interface WantedVersion {
  readonly internalVersion: number;
  readonly manifest: Manifest;
}

export interface ReceiveOptions extends SourceAccess, ChunkKnowledge {
  /** The package's own folder; see `package-folder.ts`. */
  readonly folder: string;
  readonly wanted: WantedVersion;
  /** Places of exactly this version, in the order the server listed them. */
  readonly codebases: readonly Codebase[];
  readonly book: SourceBook;
  readonly clock: Clock;
  /** Of the process, shared by its receptions. */
  readonly threads: FileThreads;
  readonly signal: AbortSignal;
  /** How closely a version that is in use already is looked at; default `SIZES`. */
  readonly recheck?: Recheck;
  /** Files fetched at a time; default 6. */
  readonly parallelFiles?: number;
  /**
   * Sources that offer range bundles (`content/range-bundle.ts`) are asked for many ranges at once;
   * their answers are compressed against this version. Without one they are only compressed.
   */
  readonly base?: BaseVersion | undefined;
  readonly stallLimit?: StallLimit;
  /** For this reception alone; a `budget` replaces it. */
  readonly throttle?: Throttle;
  /** Shared by the receptions of a process. */
  readonly budget?: TransferBudget;
  /** Bytes free at a folder; default: what its file system says. */
  freeBytes?(folder: string): Promise<number>;
  /** Told once, before the first byte. */
  onPlan?(plan: TransferPlan): void;
  readonly onProgress?: ProgressListener;
}

/**
 * `HERE`: it was in use already. `RECEIVED`: it is now. `INCOMPLETE`: some files could not be had;
 * the old version stays in use, what arrived is kept, and the call may be repeated.
 */
export type Reception =
  | { readonly state: 'HERE'; readonly folder: string }
  | {
      readonly state: 'RECEIVED';
      readonly folder: string;
      readonly plan: TransferPlan;
      /** Bytes of content. */
      readonly bytesFetched: number;
      /** What these took on the wire, heads of messages left out. */
      readonly wireBytes: number;
    }
  | {
      readonly state: 'INCOMPLETE';
      readonly plan: TransferPlan;
      readonly bytesFetched: number;
      readonly wireBytes: number;
      /** True when something new arrived. */
      readonly progressed: boolean;
      readonly failures: readonly FileFailure[];
    };

/**
 * Brings one version of a package here: collects what this machine has of it, file by file and
 * (with a chunk index) chunk by chunk, plans the rest, fetches it from all good sources, verifies
 * every file against the manifest and only then switches `cache` over, in one step. The replaced
 * version is removed by the next call. May be killed at any moment and called again.
 *
 * Throws `PACKAGE_REFUSED` for a manifest that breaks the path policy, `CONFLICT` when the folder
 * is being received into already, `DISK_FULL` before the first byte or at a full disk, and the
 * signal's reason when aborted.
 */
export async function receivePackage(options: ReceiveOptions): Promise<Reception> {
  refuseProblems(treeProblems(options.wanted.manifest));
  return await withFolderLock(options.folder, () => receive(options));
}

async function receive(options: ReceiveOptions): Promise<Reception> {
  const { wanted, clock } = options;
  const at = packageFolder(options.folder);
  const progress = new ProgressMeter(clock, options.onProgress);
  progress.set({
    filesTotal: wanted.manifest.files.length,
    bytesTotal: totalBytes(wanted.manifest),
  });
  const current = await currentVersion(at);
  if (current?.internalVersion === wanted.internalVersion) {
    if (await holdsManifest(current.folder, wanted.manifest, options.recheck ?? 'SIZES')) {
      await removeUnused(at);
      return { state: 'HERE', folder: current.folder };
    }
  }
  await removeUnused(at, wanted.internalVersion);
  await prepareFolders(at, wanted.internalVersion);
  try {
    const staged = await stageContent({ ...options, ...wanted, at });
    return await fetchAndSwitch(options, { at, staged, progress });
  } catch (error) {
    throw asDiskFull(error, options.folder);
  }
}

interface Reach {
  readonly at: PackageFolder;
  readonly staged: StagedContent;
  readonly progress: ProgressMeter;
}

async function fetchAndSwitch(options: ReceiveOptions, reach: Reach): Promise<Reception> {
  const { wanted, signal } = options;
  const { at, progress } = reach;
  const plan = planTransfer(wanted.manifest, reach.staged, wireShareOf(options));
  await refuseFullDisk(options, plan);
  options.onPlan?.(plan);
  countHere(plan, reach, wanted.manifest);
  const bytesBefore = progress.current.bytesDone;
  const failures = await fetchPlanned(options, plan, reach);
  const { bytesFetched, wireBytes, bytesDone } = progress.current;
  if (failures.length > 0) {
    return {
      state: 'INCOMPLETE',
      plan,
      bytesFetched,
      wireBytes,
      progressed: bytesDone > bytesBefore,
      failures,
    };
  }
  signal.throwIfAborted();
  progress.set({ phase: 'SWITCHING' });
  const { internalVersion, manifest } = wanted;
  const content = at.content(internalVersion);
  const tree = at.tree(internalVersion);
  await options.threads.commits.run('assembleFolder', { manifest, content, tree }, { signal });
  const folder = await switchTo(at, internalVersion);
  progress.set({ phase: 'DONE' });
  return { state: 'RECEIVED', folder, plan, bytesFetched, wireBytes };
}

/** Of the source that is likely to be asked first. */
function wireShareOf({ book, codebases }: ReceiveOptions): number | undefined {
  const best = book.rank(codebases)[0];
  return best && book.wireShareOf(best.codebase);
}

/** What is here before the first byte, whole and partial. */
function countHere(plan: TransferPlan, { progress }: Reach, manifest: Manifest): void {
  const paths = pathsByContent(manifest);
  for (const step of plan.steps) {
    const count = paths.get(step.file.sha256) ?? 0;
    if (step.way === 'HERE') progress.addFiles(count, step.file.sizeBytes * count);
    if (step.way === 'FILE' || step.way === 'CHUNKS') progress.addFiles(0, step.haveBytes);
  }
  progress.set({ phase: 'FETCHING', bytesPlanned: plan.bytesPlanned });
}

async function fetchPlanned(
  options: ReceiveOptions,
  plan: TransferPlan,
  { at, progress }: Reach,
): Promise<FileFailure[]> {
  const { manifest, internalVersion } = options.wanted;
  const largest = plan.steps.find(({ fetchBytes }) => fetchBytes > 0);
  if (largest) {
    await measureSources({ ...options, file: largest.file, bytesPlanned: plan.bytesPlanned });
  }
  const paths = pathsByContent(manifest);
  return await fetchMissing({
    ...options,
    steps: plan.steps,
    content: at.content(internalVersion),
    stallLimit: options.stallLimit ?? DEFAULT_STALL_LIMIT,
    parallelFiles: options.parallelFiles ?? 6,
    isUpdate: plan.extent === 'CHANGED',
    onBytes: (count) => progress.addBytes(count),
    onWireBytes: (count) => progress.addWireBytes(count),
    onKept: (count) => progress.addFiles(0, count),
    onSource: (source) => progress.set({ source }),
    onFile: (file) => {
      const count = paths.get(file.sha256) ?? 0;
      // Its bytes were counted once as they came; the other paths of the content follow here.
      progress.addFiles(count, file.sizeBytes * (count - 1));
    },
  });
}

function pathsByContent(manifest: Manifest): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { sha256 } of manifest.files) counts.set(sha256, (counts.get(sha256) ?? 0) + 1);
  return counts;
}

/** Copies of shared contents are made at the end, so they need room as well. */
async function refuseFullDisk(options: ReceiveOptions, plan: TransferPlan): Promise<void> {
  const neededBytes = plan.bytesPlanned + (plan.bytesTotal - plan.bytesDistinct);
  const freeBytes = await (options.freeBytes ?? freeBytesAt)(options.folder);
  if (neededBytes <= freeBytes) return;
  throw new CanopyError(
    'DISK_FULL',
    `The package needs ${neededBytes} more bytes and ${options.folder} has ${freeBytes} free.`,
    { hint: 'Free some space there; the download goes on from what has arrived.' },
  );
}

async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function asDiskFull(error: unknown, folder: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error;
  return new CanopyError('DISK_FULL', `${folder} has no free bytes left.`, {
    hint: 'Free some space there; the download goes on from what has arrived.',
    cause: error,
  });
}
