import type { Guid } from '../core/guid.ts';
import type { Principal } from './authority.ts';
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
  readonly principal: Principal;
  readonly queries: CatalogQueries;
  readonly log: ChangeLog;
  readonly model: ReadModel;
  readonly jobs: Jobs;

  createPackage(input: CreatePackageInput): Promise<Package>;
  updatePackage(id: Guid, fields: PackageFields): Promise<Package>;
  deletePackage(id: Guid): Promise<Package>;
  setPackageServerAssignment(input: AssignmentInput): Promise<Package>;
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

  readonly settings: Settings;
  updateSettings(changes: Partial<Settings>): Promise<Settings>;
  schedules(): Promise<Schedule[]>;
  runSchedule(name: string): Promise<Job[]>;
}
