import type { Guid } from '../core/guid.ts';
import type { Person } from './authority.ts';
import type { NewEnrollmentToken } from './enrollment.ts';
import type {
  AssignmentInput,
  ComputerInput,
  CreatePackageInput,
  PackageFields,
  PackageServerInput,
  SiteInput,
  SubnetInput,
} from './inputs.ts';
import type { Job, Jobs, Schedule } from './jobs.ts';
import type { Computer, Package, PackageServer, Site, Subnet } from './model.ts';
import type { PackageServerLinks } from './package-server-links.ts';
import type {
  PackageServerEvent,
  PackageServerHello,
  PackageServerReport,
} from './package-server-protocol.ts';
import type { ReportOutcome } from './record-holdings.ts';
import type { ChangeLog } from './ports.ts';
import type { CatalogQueries } from './queries.ts';
import type { ReadModel } from './read-model.ts';
import type { Settings } from './settings.ts';

/**
 * The catalogue as one principal sees it: the role is checked here, where data is read and
 * written, and nowhere else. Every write is committed, and visible in `model`, when its promise
 * resolves. Throws `UNAUTHENTICATED`, `FORBIDDEN`, and for bad input one error with every problem.
 */
export interface AuthorizedCatalog {
  readonly principal: Person;
  readonly queries: CatalogQueries;
  readonly log: ChangeLog;
  readonly model: ReadModel;
  readonly jobs: Jobs;

  createPackage(input: CreatePackageInput): Promise<Package>;
  updatePackage(id: Guid, fields: PackageFields): Promise<Package>;
  deletePackage(id: Guid): Promise<Package>;
  setPackageServerAssignment(input: AssignmentInput): Promise<Package>;
  /** Forgets what this SMP decided itself about a package of the parent's. */
  resetPackageOverlay(id: Guid): Promise<Package>;
  assignPackageToComputers(packageId: Guid, computerIds: readonly Guid[]): Promise<Package>;
  unassignPackageFromComputers(packageId: Guid, computerIds: readonly Guid[]): Promise<Package>;
  /** One job per package; one job for all packages when `packageIds` is absent. */
  updateDistributionPoints(
    packageIds: readonly Guid[] | undefined,
    options: { readonly force: boolean },
  ): Promise<Job[]>;

  createSite(input: SiteInput): Promise<Site>;
  updateSite(id: Guid, input: SiteInput): Promise<Site>;
  deleteSite(id: Guid): Promise<Site>;
  createSubnet(input: SubnetInput): Promise<Subnet>;
  updateSubnet(id: Guid, input: SubnetInput): Promise<Subnet>;
  deleteSubnet(id: Guid): Promise<Subnet>;
  createComputer(input: ComputerInput): Promise<Computer>;
  updateComputer(id: Guid, input: ComputerInput): Promise<Computer>;
  deleteComputer(id: Guid): Promise<Computer>;
  createPackageServer(input: PackageServerInput): Promise<PackageServer>;
  updatePackageServer(id: Guid, input: PackageServerInput): Promise<PackageServer>;
  deletePackageServer(id: Guid): Promise<PackageServer>;
  assignPackageServerToSite(packageServerId: Guid, siteId: Guid): Promise<PackageServer>;
  unassignPackageServerFromSite(packageServerId: Guid, siteId: Guid): Promise<PackageServer>;

  readonly packageServerLinks: Pick<PackageServerLinks, 'stateOf' | 'progressOf'>;
  createEnrollmentToken(
    packageServerId: Guid,
    expiresInMinutes: number,
  ): Promise<NewEnrollmentToken>;
  revokeEnrollment(packageServerId: Guid): Promise<PackageServer>;
  /** Answers whom it asked: the given ones, or all that are to hold the package. */
  verifyPackage(
    packageId: Guid,
    packageServerIds: readonly Guid[] | undefined,
  ): Promise<PackageServer[]>;
  resendStatus(packageServerId: Guid): Promise<PackageServer>;
  /** For the package server that asks; throws `FORBIDDEN` for anybody else. */
  openPackageServerLink(
    hello: PackageServerHello,
    signal: AbortSignal,
  ): AsyncIterable<PackageServerEvent>;
  reportPackageServer(report: PackageServerReport): Promise<ReportOutcome>;

  readonly settings: Settings;
  updateSettings(changes: Partial<Settings>): Promise<Settings>;
  schedules(): Promise<Schedule[]>;
  runSchedule(name: string): Promise<Job[]>;
}
