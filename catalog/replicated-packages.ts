import type { AssignmentMode, Package, PackageSource, Snapshot } from './model.ts';
import type {
  ExternalSource,
  Overlay,
  PackageState,
  TreeItem,
  VersionState,
} from './tree-model.ts';

/** A package as its owner tells it down the tree. */
export function packageStateOf(one: Package, current: Snapshot | undefined): PackageState {
  return {
    name: one.name,
    description: one.description,
    version: one.version,
    priority: one.priority,
    enableMulticast: one.enableMulticast,
    cleanupAfterMinutes: one.cleanupAfterMinutes,
    announceBeforeReady: one.announceBeforeReady,
    enabled: one.enabled,
    assignmentMode: one.assignmentMode,
    externalSource: externalSourceOf(one.source),
    internalVersion: one.internalVersion,
    current: current && versionStateOf(current),
  };
}

function versionStateOf(snapshot: Snapshot): VersionState {
  const { rootHash, manifestHash, chunkIndexHash, fileCount, folderCount } = snapshot;
  const { sizeBytes, createdAtMs, signature } = snapshot;
  return {
    rootHash,
    manifestHash,
    chunkIndexHash,
    fileCount,
    folderCount,
    sizeBytes,
    createdAtMs,
    signature,
  };
}

function externalSourceOf(source: PackageSource): ExternalSource | undefined {
  if (source.kind === 'UNC') return { kind: 'UNC', path: source.path };
  return source.kind === 'URL' ? { kind: 'URL', url: source.url } : undefined;
}

/** What a node makes its own package of. */
export interface Derivation {
  readonly item: Pick<TreeItem, 'id' | 'ownerNodeId'> & { readonly state: PackageState };
  readonly overlay: Overlay | undefined;
  /** The package as it stands, if there is one. */
  readonly before: Package | undefined;
  readonly nowMs: number;
}

/**
 * The package of a node that received it: the owner's words, what this node decides itself, and
 * the owner's assignment mode mapped, because its package servers and sites mean nothing here
 * (KB 180299). A version that the node has already is never undercut.
 */
export function derivePackage({ item, overlay, before, nowMs }: Derivation): Package {
  const { state, id, ownerNodeId } = item;
  const kept = before?.origin === 'REPLICATED' ? before : undefined;
  return {
    id,
    name: state.name,
    description: state.description,
    version: state.version,
    internalVersion: Math.max(state.internalVersion, before?.internalVersion ?? 0),
    source: sourceOf(state.externalSource),
    sourceState: state.current ? 'VERIFIED' : state.externalSource ? 'UNVERIFIED' : 'EMPTY',
    sourceReason: '',
    ...assignmentOf(state.assignmentMode, overlay, kept),
    priority: state.priority,
    enableMulticast: state.enableMulticast,
    cleanupAfterMinutes: state.cleanupAfterMinutes,
    announceBeforeReady: state.announceBeforeReady,
    enabled: overlay?.enabled ?? state.enabled,
    origin: 'REPLICATED',
    ownerNodeId,
    createdAtMs: before?.createdAtMs ?? nowMs,
    updatedAtMs: nowMs,
  };
}

type Assignment = Pick<Package, 'assignmentMode' | 'packageServerIds' | 'siteIds'>;

function assignmentOf(
  mode: AssignmentMode,
  overlay: Overlay | undefined,
  kept: Package | undefined,
): Assignment {
  const own = overlay?.assignment;
  const assignmentMode = own?.mode ?? MAPPED[mode];
  // Sites that an automatic package was assigned here by its askers stay with it.
  const automatic = assignmentMode === 'AUTOMATIC' && kept?.assignmentMode === 'AUTOMATIC';
  return {
    assignmentMode,
    packageServerIds: own?.packageServerIds ?? [],
    siteIds: automatic ? kept.siteIds : (own?.siteIds ?? []),
  };
}

const MAPPED: { readonly [M in AssignmentMode]: AssignmentMode } = {
  ALL: 'ALL',
  INDIVIDUALLY: 'SITE',
  SITE: 'SITE',
  AUTOMATIC: 'AUTOMATIC',
};

function sourceOf(external: ExternalSource | undefined): PackageSource {
  if (!external) return { kind: 'NONE' };
  return external.kind === 'UNC' ? external : { ...external, directory: undefined };
}

/** The snapshot that comes with an item; `undefined` when nobody has read the files. */
export function deriveSnapshot(
  item: Pick<TreeItem, 'id' | 'ownerNodeId' | 'state'>,
): Snapshot | undefined {
  const { state, id, ownerNodeId } = item;
  if (!state?.current) return undefined;
  return {
    packageId: id,
    internalVersion: state.internalVersion,
    ...state.current,
    supersededAtMs: undefined,
    ownerNodeId,
    origin: 'REPLICATED',
  };
}
