export { writeFileAtomic } from './atomic-file.ts';
export type {
  BuildProgress,
  BuildRequest,
  BuiltTree,
  PreviousTree,
  Recheck,
} from './build-request.ts';
export { encodeChunkIndex, parseChunkIndex, type Chunk, type ChunkIndex } from './chunk-index.ts';
export { CHUNKING, findCut } from './chunker.ts';
export {
  ContentStore,
  openContentStore,
  type ContentStoreOptions,
  type KeptVersion,
  type ScrubResult,
  type StoreUsage,
  type SweepRequest,
} from './content-store.ts';
export { ensureBlob, MAX_BLOB_BYTES } from './ensure-blob.ts';
export { createFileIndex, type FileIndex } from './file-index.ts';
export {
  FileServer,
  type FileServerOptions,
  type ServedFile,
  type ServedTree,
} from './file-server.ts';
export { formatHttpDate, parseHttpDate } from './http-date.ts';
export type { Manifest, ManifestFile } from './manifest.ts';
export {
  DEFAULT_TREE_LIMITS,
  foldPath,
  pathFaults,
  treeProblems,
  type TreeLimits,
} from './path-policy.ts';
export {
  adoptDeliveryFolder,
  exportBundle,
  forgetPrestaged,
  importBundle,
  findMissing,
  readPrestaged,
  verifyBundle,
  type AdoptedPackage,
  type AdoptionRequest,
  type BundleIndex,
  type BundleProgress,
  type BundleSnapshot,
  type ExportedBundle,
  type ExportRequest,
  type ImportedBundle,
  type ImportedPackage,
  type ImportRequest,
  type MissingContent,
  type MissingContents,
  type VerifiedBundle,
  type WantedPackage,
} from './prestage/index.ts';
export { BlobServer } from './blob-server.ts';
export {
  asksForBundle,
  BUNDLE_LIMITS,
  RangeBundleServer,
  type BundleLimits,
  type BundleTarget,
} from './range-bundle.ts';
export { readBody } from './read-body.ts';
export { storePaths, type StorePaths } from './store-paths.ts';
export type { DamagedObject, SweepResult } from './store-upkeep.ts';
export { WorkerPool } from './worker-pool.ts';
export type { TreeDamage } from './tree-folder.ts';
export {
  compareUtf8,
  encodeManifest,
  foldersOf,
  parseManifest,
  rootHash,
  sortManifest,
  totalBytes,
} from './tree.ts';
