import type { Guid } from '../core/guid.ts';
import type {
  AssignmentMode,
  HoldingStatus,
  PackagePriority,
  PackageServerKind,
  PackageSource,
  PublicationTypes,
} from './model.ts';

/** `undefined` leaves a field as it is (or takes the default when creating). */
export interface PackageFields {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly version?: string | undefined;
  readonly source?: PackageSource | undefined;
  readonly priority?: PackagePriority | undefined;
  readonly enableMulticast?: boolean | undefined;
  readonly cleanupAfterMinutes?: number | undefined;
  readonly announceBeforeReady?: boolean | undefined;
  readonly enabled?: boolean | undefined;
}
export interface CreatePackageInput extends PackageFields {
  /** Taken over from an older console; made when absent. */
  readonly id?: Guid | undefined;
  readonly name: string;
  readonly source: PackageSource;
}
export interface AssignmentInput {
  readonly packageId: Guid;
  readonly mode: AssignmentMode;
  readonly packageServerIds?: readonly Guid[] | undefined;
  readonly siteIds?: readonly Guid[] | undefined;
}
export interface SiteInput {
  readonly id?: Guid | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}
export interface SubnetInput {
  readonly id?: Guid | undefined;
  /** CIDR, or address and mask (`10.1.0.0/255.255.0.0`); host bits are refused with the cure. */
  readonly network?: string | undefined;
  readonly name?: string | undefined;
  /** `null` takes the subnet out of its site. */
  readonly siteId?: Guid | null | undefined;
}
export interface ComputerInput {
  readonly id?: Guid | undefined;
  readonly name?: string | undefined;
  readonly domain?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly manualSiteIds?: readonly Guid[] | undefined;
}
export interface PackageServerInput {
  readonly id?: Guid | undefined;
  readonly name?: string | undefined;
  readonly kind?: PackageServerKind | undefined;
  readonly constrained?: boolean | undefined;
  readonly enabled?: boolean | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly hostNames?: readonly string[] | undefined;
  readonly httpUrl?: string | undefined;
  readonly httpsUrl?: string | undefined;
  readonly uncRoot?: string | undefined;
  /** `null`: as the SMP's settings say. */
  readonly publicationTypes?: PublicationTypes | null | undefined;
}

/** What a legacy package server says of one package in a status event. */
export interface StatusClaim {
  readonly packageId: Guid;
  readonly internalVersion: number;
  /** `READY` for "Codebase Enabled". */
  readonly status: HoldingStatus;
  readonly reason: string;
  /** Database form: `HTTP…` or `FILE…`. */
  readonly urls: readonly string[];
}
export interface StatusEvent {
  readonly packageServerId: Guid;
  readonly claims: readonly StatusClaim[];
}
