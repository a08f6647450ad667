import type { PublicationTypes } from './model.ts';

/** `SUMMARY`: what this node pushes up itself. `READ`: everything that a viewer may read. */
export const REMOTE_ACCESS = ['SUMMARY', 'READ'] as const;
export type RemoteAccess = (typeof REMOTE_ACCESS)[number];

/**
 * The SMP's settings that administrators change while it runs. The comment of each names the
 * legacy setting it answers to; GraphQL and the CLI show both names.
 */
export interface Settings {
  /** `GenerateNSUNC/HTTP/HTTPSPackageCodebases`. */
  readonly smpPublication: PublicationTypes;
  /** Package Service Settings, "Published Codebase Types". */
  readonly packageServerPublication: PublicationTypes;
  /** `MaxAgentDownloadTryingTimeMins`; 0 is off. */
  readonly maxAgentDownloadTryingTimeMinutes: number;
  /** `PkgSvrDownloadFromNSOnly` (also read under its misspelling `PkgSvrDwonloadFromNSOnly`). */
  readonly packageServersDownloadFromSmpOnly: boolean;
  /** `PackageRequestBlockoutSeconds`. */
  readonly packageRequestBlockoutSeconds: number;
  /** `MaxConcurrentPackageInfoRequests`. */
  readonly maxConcurrentPackageInfoRequests: number;
  /** "Delete package files if unused for". */
  readonly deletePackageFilesAfterMinutes: number;
  /** `NS.Package Distribution Point Update Schedule`; 0 is off. */
  readonly distributionPointUpdateIntervalMinutes: number;
  /** `NS.Package Refresh`: local time of day, `HH:MM`; empty is off. */
  readonly packageRefreshTime: string;
  /** `NS.Hierarchy Differential Replication Schedule`; 0 is off. Changes are pushed in any case. */
  readonly differentialReplicationIntervalMinutes: number;
  /** `NS.Hierarchy Complete Replication Schedule`: local time of day, `HH:MM`; empty is off. */
  readonly completeReplicationTime: string;
  /** How long a replaced version stays deliverable, on the SMP and on package servers. */
  readonly versionGraceMinutes: number;
  /** The newest versions kept whatever their age; at least 1. */
  readonly keepSnapshots: number;
  /** What all transfers of one package server may take together, bytes per second; 0 is no limit. */
  readonly packageServerMaxBytesPerSecond: number;
  /** When package servers fetch nothing: their local time, `HH:MM-HH:MM`; empty is never. */
  readonly packageServerBlackout: string;
  /** A package server without a link for so long is silent: offered last, others beside it; 0 is off. */
  readonly packageServerSilentSeconds: number;
  /** What nodes above this one may read of it. */
  readonly remoteAccess: RemoteAccess;
}

/** A type without an address publishes nothing, so all of them are on. */
export const DEFAULT_SETTINGS: Settings = {
  smpPublication: { unc: true, http: true, https: true },
  packageServerPublication: { unc: true, http: true, https: true },
  maxAgentDownloadTryingTimeMinutes: 0,
  packageServersDownloadFromSmpOnly: false,
  packageRequestBlockoutSeconds: 600,
  maxConcurrentPackageInfoRequests: 50,
  deletePackageFilesAfterMinutes: 7 * 24 * 60,
  distributionPointUpdateIntervalMinutes: 10,
  packageRefreshTime: '03:30',
  differentialReplicationIntervalMinutes: 0,
  completeReplicationTime: '',
  versionGraceMinutes: 24 * 60,
  keepSnapshots: 2,
  packageServerMaxBytesPerSecond: 0,
  packageServerBlackout: '',
  packageServerSilentSeconds: 120,
  remoteAccess: 'READ',
};

/** Our name → the name that Symantec's administrators search for. */
export const LEGACY_SETTING_NAMES: { readonly [K in keyof Settings]: string } = {
  smpPublication:
    'GenerateNSUNCPackageCodebases, GenerateNSHTTPPackageCodebases, GenerateNSHTTPSPackageCodebases',
  packageServerPublication: 'Published Codebase Types',
  maxAgentDownloadTryingTimeMinutes: 'MaxAgentDownloadTryingTimeMins',
  packageServersDownloadFromSmpOnly: 'PkgSvrDownloadFromNSOnly',
  packageRequestBlockoutSeconds: 'PackageRequestBlockoutSeconds',
  maxConcurrentPackageInfoRequests: 'MaxConcurrentPackageInfoRequests',
  deletePackageFilesAfterMinutes: 'Delete package files if unused for',
  distributionPointUpdateIntervalMinutes: 'NS.Package Distribution Point Update Schedule',
  packageRefreshTime: 'NS.Package Refresh',
  differentialReplicationIntervalMinutes: 'NS.Hierarchy Differential Replication Schedule',
  completeReplicationTime: 'NS.Hierarchy Complete Replication Schedule',
  versionGraceMinutes: '',
  keepSnapshots: '',
  packageServerMaxBytesPerSecond: 'Bandwidth Control',
  packageServerBlackout: 'Blockout Periods',
  packageServerSilentSeconds: '',
  remoteAccess: '',
};
