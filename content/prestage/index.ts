/** Packages on media: signed bundles, and copies of another package server's folder. */
export {
  adoptDeliveryFolder,
  type AdoptedPackage,
  type AdoptionRequest,
  type WantedPackage,
} from './adopt-delivery-folder.ts';
export type { BundleIndex, BundleSnapshot } from './bundle-format.ts';
export type { BundleProgress } from './bundle-progress.ts';
export { exportBundle, type ExportedBundle, type ExportRequest } from './export-bundle.ts';
export {
  importBundle,
  type ImportedBundle,
  type ImportedPackage,
  type ImportRequest,
} from './import-bundle.ts';
export { findMissing, type MissingContent, type MissingContents } from './find-missing.ts';
export { forgetPrestaged, readPrestaged } from './prestaged-list.ts';
export { verifyBundle, type VerifiedBundle } from './verify-bundle.ts';
