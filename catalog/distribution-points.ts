import type {
  BuildProgress,
  BuiltTree,
  ContentStore,
  Manifest,
  Recheck,
} from '../content/index.ts';
import { snapshotStatement } from '../content/statement.ts';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import { bracedGuid, type Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { Package, Snapshot } from './model.ts';
import { requireItem } from './require-item.ts';
import { sourceFolder, type UncMounts } from './source-folder.ts';
import { nextInternalVersion } from './version.ts';

export interface DistributionPoint {
  readonly context: CatalogContext;
  readonly content: ContentStore;
  readonly uncMounts: UncMounts;
  /** Writes `Snapshots/{guid}.xml`, the rendering that older tools read (KB 180568). */
  readonly renderSnapshot: (snapshot: Snapshot, manifest: Manifest) => Promise<void>;
}

export interface UpdateRequest {
  readonly packageId: Guid;
  /** `content` reads every byte; `metadata` skips files whose size and time are unchanged. */
  readonly recheck: Recheck;
  /** Raises the version of a package whose source cannot be read here. */
  readonly force: boolean;
  readonly onProgress?: (progress: BuildProgress) => void;
  readonly signal?: AbortSignal;
}

export type UpdateOutcome =
  | { readonly kind: 'NEW_VERSION'; readonly snapshot: Snapshot }
  | { readonly kind: 'UNCHANGED'; readonly snapshot: Snapshot }
  | { readonly kind: 'UNVERIFIED'; readonly reason: string; readonly internalVersion: number };

/**
 * Update Distribution Point: reads the source into an immutable copy; if the tree differs from the
 * current one, signs a snapshot under the next internalVersion and publishes it. An unchanged tree
 * keeps its version (altiris §1.5), so a nightly refresh causes nothing.
 *
 * Bytes are durable before the row that names them is committed; until then the old version is
 * served. A failure is kept in the package's `sourceState` and thrown: `SOURCE_MISSING`,
 * `SOURCE_UNREADABLE`, `SOURCE_CHANGED`, `PACKAGE_REFUSED`, `DISK_FULL`.
 */
export async function updateDistributionPoint(
  point: DistributionPoint,
  request: UpdateRequest,
): Promise<UpdateOutcome> {
  const { context } = point;
  const one = context.model.package(request.packageId);
  if (!one) {
    throw new CanopyError('NOT_FOUND', `There is no package ${bracedGuid(request.packageId)}.`);
  }
  const folder = sourceFolder(one.source, point.uncMounts);
  if (folder.kind === 'NONE') {
    throw new CanopyError('SOURCE_MISSING', `${one.name} has no source files.`, {
      hint: 'Give the package a source folder, UNC path or URL.',
    });
  }
  if (folder.kind === 'UNREADABLE') return recordUnreadable(point, request, folder.reason);
  try {
    return await publish(point, request, { one, folder: folder.path });
  } catch (error) {
    if (isCanopyError(error)) await recordFailure(context, one.id, error);
    throw error;
  }
}

async function publish(
  point: DistributionPoint,
  request: UpdateRequest,
  { one, folder }: { readonly one: Package; readonly folder: string },
): Promise<UpdateOutcome> {
  const { context, content } = point;
  const current = context.model.snapshot(one.id, one.internalVersion);
  const tree = await content.build({
    sourceFolder: folder,
    recheck: request.recheck,
    previous: current && {
      ...current,
      manifest: await content.readManifest(current.manifestHash),
    },
    onProgress: request.onProgress,
    signal: request.signal,
  });
  const { signal } = request;
  if (current && tree.unchanged) {
    await content.publishTree(one.id, current.internalVersion, tree.manifest, { signal });
    await point.renderSnapshot(current, tree.manifest);
    await commit(context, one, { fields: READABLE, snapshots: [] });
    return { kind: 'UNCHANGED', snapshot: current };
  }
  const snapshot = signedSnapshot(context, one, tree);
  const { internalVersion, createdAtMs } = snapshot;
  await content.publishTree(one.id, internalVersion, tree.manifest, { signal });
  await commit(context, one, {
    fields: { ...READABLE, internalVersion, updatedAtMs: createdAtMs },
    snapshots: current ? [{ ...current, supersededAtMs: createdAtMs }, snapshot] : [snapshot],
  });
  await point.renderSnapshot(snapshot, tree.manifest);
  return { kind: 'NEW_VERSION', snapshot };
}

const READABLE = { sourceState: 'VERIFIED', sourceReason: '' } as const;

function signedSnapshot(context: CatalogContext, one: Package, tree: BuiltTree): Snapshot {
  const nowMs = context.clock.nowMs();
  const statement = {
    packageId: one.id,
    internalVersion: nextInternalVersion(one.internalVersion, nowMs),
    rootHash: tree.rootHash,
    ownerNodeId: context.identity.nodeId,
  };
  return {
    ...statement,
    manifestHash: tree.manifestHash,
    chunkIndexHash: tree.chunkIndexHash,
    fileCount: tree.fileCount,
    folderCount: tree.folderCount,
    sizeBytes: tree.sizeBytes,
    createdAtMs: nowMs,
    supersededAtMs: undefined,
    signature: context.identity.sign(snapshotStatement(statement)),
  };
}

/** Only the external location is known; nothing can be said of its bytes (DESIGN §5). */
async function recordUnreadable(
  { context }: DistributionPoint,
  { packageId, force }: UpdateRequest,
  reason: string,
): Promise<UpdateOutcome> {
  return context.write(async (tx) => {
    const stored = await requireItem(tx, 'package', packageId);
    const raise = force || stored.internalVersion === 0;
    const internalVersion = raise
      ? nextInternalVersion(stored.internalVersion, context.clock.nowMs())
      : stored.internalVersion;
    tx.put('package', {
      ...stored,
      internalVersion,
      sourceState: 'UNVERIFIED',
      sourceReason: reason,
    });
    return { kind: 'UNVERIFIED', reason, internalVersion };
  });
}

async function recordFailure(
  { write }: CatalogContext,
  packageId: Guid,
  error: CanopyError,
): Promise<void> {
  await write(async (tx) => {
    const stored = await tx.get('package', packageId);
    if (!stored) return;
    tx.put('package', { ...stored, sourceState: 'FAILED', sourceReason: error.message });
  });
}

/**
 * Commits only if the package still has the version and the source that were read. Whatever else
 * somebody edited meanwhile stays as they left it.
 */
function commit(
  { write }: CatalogContext,
  read: Package,
  change: { readonly fields: Partial<Package>; readonly snapshots: readonly Snapshot[] },
): Promise<void> {
  return write(async (tx) => {
    const stored = await requireItem(tx, 'package', read.id);
    const sameSource = JSON.stringify(stored.source) === JSON.stringify(read.source);
    if (stored.internalVersion !== read.internalVersion || !sameSource) {
      throw new CanopyError('SOURCE_CHANGED', `The source of ${read.name} was changed meanwhile.`, {
        hint: 'Run the distribution point update again.',
      });
    }
    for (const snapshot of change.snapshots) tx.put('snapshot', snapshot);
    tx.put('package', { ...stored, ...change.fields });
  });
}
