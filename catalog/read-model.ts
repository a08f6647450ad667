import type { Guid } from '../core/guid.ts';
import type { Change } from './items.ts';
import type { Computer, Holding, Package, PackageServer, Site, Snapshot, Subnet } from './model.ts';
import type { Position } from './ports.ts';
import type { Settings } from './settings.ts';

/** What this server itself is, where the decision needs it. */
export interface SmpFacts {
  readonly id: Guid;
  readonly name: string;
  readonly addresses: readonly string[];
  /** Base of UNC codebases; empty when none is configured. */
  readonly uncRoot: string;
}

/**
 * The catalogue in memory, consistent at one revision and kept so by the change log. Agents are
 * answered from here alone.
 */
export interface ReadModel {
  readonly position: Position;
  readonly smp: SmpFacts;
  readonly settings: Settings;
  package(id: Guid): Package | undefined;
  packages(): Iterable<Package>;
  /** All kept snapshots of a package, newest first. */
  snapshots(packageId: Guid): readonly Snapshot[];
  snapshot(packageId: Guid, internalVersion: number): Snapshot | undefined;
  site(id: Guid): Site | undefined;
  sites(): Iterable<Site>;
  subnets(): Iterable<Subnet>;
  computer(id: Guid): Computer | undefined;
  packageServer(id: Guid): PackageServer | undefined;
  packageServers(): Iterable<PackageServer>;
  holding(packageServerId: Guid, packageId: Guid): Holding | undefined;
  /** Packages assigned to a computer, by name. */
  assignedPackages(computerId: Guid): readonly Package[];
  /** The sites a package server serves: by its addresses and by manual assignment. */
  sitesOf(packageServer: PackageServer): readonly { site: Site; manuallyAssigned: boolean }[];
  apply(changes: readonly Change[], position: Position): void;
}
