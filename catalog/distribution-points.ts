import { KeyedTurns } from '../content/gate.ts';
import type {
  BuildProgress,
  BuiltTree,
  ContentStore,
  Manifest,
  PreviousTree,
  Recheck,
} from '../content/index.ts';
import { snapshotStatement } from '../content/statement.ts';
import { CanopyError, isCanopyError, type ErrorCode } from '../core/errors.ts';
import { bracedGuid, type Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { Package, Snapshot } from './model.ts';
import type { CatalogTransaction } from './ports.ts';
import { requireItem } from './require-item.ts';
import { sameSource, sourceFolder, type UncMounts } from './source-folder.ts';
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
 * keeps its version, so a nightly refresh causes nothing; it repairs what was lost
 * of the version's files.
 *
 * Bytes are durable before the row that names them is committed; until then the old version is
 * served. Updates of one package take turns. Throws `NOT_FOUND`; `CONFLICT` for a package of the
 * parent; and, kept in the package's `sourceState`, `SOURCE_MISSING`, `SOURCE_UNREADABLE`,
 * `SOURCE_CHANGED`, `PACKAGE_REFUSED`, `DISK_FULL`.
 */
export function updateDistributionPoint(
  point: DistributionPoint,
  request: UpdateRequest,
): Promise<UpdateOutcome> {
  return turnsOf(point.context).run(request.packageId, () => update(point, request));
}

/** Two updates at once could take the same version and write two trees into its folder. */
function turnsOf(context: CatalogContext): KeyedTurns {
  let ofCatalog = turns.get(context);
  if (!ofCatalog) turns.set(context, (ofCatalog = new KeyedTurns()));
  return ofCatalog;
}
const turns = new WeakMap<CatalogContext, KeyedTurns>();

async function update(point: DistributionPoint, request: UpdateRequest): Promise<UpdateOutcome> {
  const { context } = point;
  request.signal?.throwIfAborted();
  const one = ownPackage(context, request.packageId);
  const folder = sourceFolder(one.source, point.uncMounts);
  if (folder.kind === 'NONE') {
    throw new CanopyError('SOURCE_MISSING', `${one.name} has no source files.`, {
      hint: 'Give the package a source folder, UNC path or URL.',
    });
  }
  if (folder.kind === 'UNREADABLE') {
    return recordUnreadable(context, one, { force: request.force, reason: folder.reason });
  }
  try {
    return await publish(point, request, { one, folder: folder.path });
  } catch (error) {
    if (isCanopyError(error)) await recordFailure(context, one, error);
    throw error;
  }
}

function ownPackage(context: CatalogContext, id: Guid): Package {
  const one = context.model.package(id);
  if (!one) throw new CanopyError('NOT_FOUND', `There is no package ${bracedGuid(id)}.`);
  if (one.origin === 'LOCAL') return one;
  throw new CanopyError('CONFLICT', `${one.name} came from the parent, which makes its versions.`, {
    hint: 'Update the distribution points on the SMP that owns it.',
  });
}

async function publish(
  point: DistributionPoint,
  { recheck, onProgress, signal }: UpdateRequest,
  { one, folder }: { readonly one: Package; readonly folder: string },
): Promise<UpdateOutcome> {
  const { context, content } = point;
  const current = context.model.snapshot(one.id, one.internalVersion);
  const previous = current && (await previousTree(content, current));
  const tree = await content.build({
    sourceFolder: folder,
    recheck,
    previous,
    onProgress,
    signal,
  });
  const isUnchanged = current?.rootHash === tree.rootHash;
  const snapshot = isUnchanged
    ? { ...current, manifestHash: tree.manifestHash, chunkIndexHash: tree.chunkIndexHash }
    : signedSnapshot(context, one, tree);
  await content.publishTree(one.id, snapshot.internalVersion, tree.manifest, { signal });
  if (isUnchanged) await commit(context, one, { fields: READABLE, snapshots: [snapshot] });
  else await commitVersion(context, one, snapshot);
  await content.setCurrent(one.id, snapshot.internalVersion);
  await point.renderSnapshot(snapshot, tree.manifest);
  return { kind: isUnchanged ? 'UNCHANGED' : 'NEW_VERSION', snapshot };
}

/** A manifest that was lost is made anew by reading; the root hash still tells what changed. */
async function previousTree(
  content: ContentStore,
  current: Snapshot,
): Promise<PreviousTree | undefined> {
  try {
    return { ...current, manifest: await content.readManifest(current.manifestHash) };
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    if (error.code === 'NOT_FOUND' || error.code === 'CONTENT_DAMAGED') return undefined;
    throw error;
  }
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
    origin: 'LOCAL',
    signature: context.identity.sign(snapshotStatement(statement)),
  };
}

/** Only the external location is known; nothing can be said of its bytes. */
function recordUnreadable(
  { write, clock }: CatalogContext,
  read: Package,
  { force, reason }: { readonly force: boolean; readonly reason: string },
): Promise<UpdateOutcome> {
  return write(async (tx) => {
    const stored = await requireAsRead(tx, read);
    const raise = force || stored.internalVersion === 0;
    const internalVersion = raise
      ? nextInternalVersion(stored.internalVersion, clock.nowMs())
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

/** Failures that say something of the source. Others, such as a server that stops, do not. */
const SOURCE_FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SOURCE_MISSING',
  'SOURCE_UNREADABLE',
  'SOURCE_CHANGED',
  'PACKAGE_REFUSED',
  'DISK_FULL',
  'INVALID_INPUT',
]);

/** A source that replaced the one that was read keeps its own state. */
async function recordFailure(
  { write }: CatalogContext,
  read: Package,
  error: CanopyError,
): Promise<void> {
  if (!SOURCE_FAILURES.has(error.code)) return;
  await write(async (tx) => {
    const stored = await tx.get('package', read.id);
    if (!stored || !sameSource(stored.source, read.source)) return;
    tx.put('package', { ...stored, sourceState: 'FAILED', sourceReason: error.message });
  });
}

/** The new version becomes the current one; whatever was before it starts its grace time. */
function commitVersion(context: CatalogContext, read: Package, snapshot: Snapshot): Promise<void> {
  const { internalVersion, createdAtMs } = snapshot;
  const superseded = context.model
    .snapshots(read.id)
    .filter((one) => one.supersededAtMs === undefined)
    .map((one) => ({ ...one, supersededAtMs: createdAtMs }));
  return commit(context, read, {
    fields: { ...READABLE, internalVersion, updatedAtMs: createdAtMs },
    snapshots: [...superseded, snapshot],
  });
}

/** Commits with the package as it was read; whatever else was edited meanwhile stays. */
function commit(
  { write }: CatalogContext,
  read: Package,
  change: { readonly fields: Partial<Package>; readonly snapshots: readonly Snapshot[] },
): Promise<void> {
  return write(async (tx) => {
    const stored = await requireAsRead(tx, read);
    for (const snapshot of change.snapshots) tx.put('snapshot', snapshot);
    tx.put('package', { ...stored, ...change.fields });
  });
}

/** The stored package, if it still has the version and the source that were read. */
async function requireAsRead(tx: CatalogTransaction, read: Package): Promise<Package> {
  const stored = await requireItem(tx, 'package', read.id);
  const isSame = stored.internalVersion === read.internalVersion;
  if (isSame && sameSource(stored.source, read.source)) return stored;
  throw new CanopyError('SOURCE_CHANGED', `The source of ${read.name} was changed meanwhile.`, {
    hint: 'Run the distribution point update again.',
  });
}
