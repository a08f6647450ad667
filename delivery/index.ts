/** Getting a package here; what other folders may use. */
export type { BaseVersion } from './bundle-base.ts';
export type { FileFailure } from './fetch-missing.ts';
export { createFileThreads, type FileThreads } from './file-threads.ts';
export { folderOfUnc, type UncMount } from './folder-source.ts';
export type { Recheck } from './holds-manifest.ts';
export {
  createHttpTransport,
  discardBody,
  fetchTransport,
  withHeaders,
  type HttpTransport,
} from './http-transport.ts';
export { openSource, type SourceAccess } from './open-source.ts';
export { currentVersion, packageFolder, type CurrentVersion } from './package-folder.ts';
export type { ProgressListener, TransferProgress } from './progress.ts';
export {
  receivePackage,
  type ReceiveOptions,
  type Reception,
  type WantedVersion,
} from './receive-package.ts';
export { retryDelayMs, retryUntilDone, type Attempt, type RetryOptions } from './retry-schedule.ts';
export { hostAddresses } from './host-addresses.ts';
export { SourceBook } from './source-book.ts';
export { loadSourceBook, saveSourceBook } from './source-records.ts';
export {
  RANKING,
  rankSources,
  type RankedSource,
  type SourceRecord,
  type SourceState,
} from './source-ranking.ts';
export {
  isSourceError,
  parseCodebase,
  readCodebase,
  SourceError,
  type Codebase,
  type FileSource,
  type SourceFault,
  type SourceKind,
} from './source.ts';
export { DEFAULT_STALL_LIMIT, type StallLimit } from './stall-guard.ts';
export type { LocalContent } from './local-chunks.ts';
export type { ChunkKnowledge } from './stage-chunks.ts';
export {
  createThrottle,
  TransferBudget,
  type BandwidthLimit,
  type Throttle,
} from './transfer-budget.ts';
export { planTransfer, type StagedContent, type TransferPlan } from './transfer-plan.ts';
