import { refuseProblems } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { requireRole, type Principal, type Role } from './authority.ts';
import type { AuthorizedCatalog } from './catalog.ts';
import * as computers from './computers.ts';
import * as enrollment from './enrollment.ts';
import type { EnrollmentTokenStore } from './enrollment-tokens.ts';
import type { GatheredWrites } from './gathered-writes.ts';
import type { CatalogContext } from './context.ts';
import type { Job, Jobs, Schedule } from './jobs.ts';
import * as demands from './package-server-demands.ts';
import { packageServerLink } from './package-server-link.ts';
import type { PackageServerLinks } from './package-server-links.ts';
import * as packageServers from './package-servers.ts';
import * as packages from './packages.ts';
import type { CatalogQueries } from './queries.ts';
import { recordHoldings } from './record-holdings.ts';
import { missingItems } from './require-item.ts';
import * as settings from './settings-service.ts';
import * as sites from './sites.ts';

/** The schedules that the server runs; `runSchedule` throws `NOT_FOUND` for another name. */
export interface Schedules {
  list(): Promise<Schedule[]>;
  run(name: string): Promise<Job[]>;
}

export interface CatalogServiceInputs {
  readonly context: CatalogContext;
  readonly queries: CatalogQueries;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly links: PackageServerLinks;
  readonly reportWrites: GatheredWrites;
  /** As `LinkInputs.serverTimeMs`. */
  readonly serverTimeMs: () => number;
  readonly enrollmentTokens: EnrollmentTokenStore;
}

/**
 * The catalogue for one principal. Reading needs a viewer, changing an operator; settings need an
 * administrator. The role is looked up again at each call through `current`, so a token that is
 * revoked in the middle of a subscription or a long request stops working.
 */
export function catalogFor(
  inputs: CatalogServiceInputs,
  current: () => Principal | undefined,
): AuthorizedCatalog {
  const { context, links } = inputs;
  const needing = guardOf(context, current);
  const reading = <T>(value: T): T => {
    requireRole(current(), 'VIEWER');
    return value;
  };
  return {
    get principal() {
      return requireRole(current(), 'VIEWER');
    },
    get queries() {
      return reading(inputs.queries);
    },
    get log() {
      return reading(context.store.log);
    },
    get model() {
      return reading(context.model);
    },
    get settings() {
      return reading(context.model.settings);
    },
    get jobs() {
      return jobsFor(inputs.jobs, current);
    },
    createPackage: needing('OPERATOR', packages.createPackage),
    updatePackage: needing('OPERATOR', packages.updatePackage),
    deletePackage: needing('OPERATOR', packages.deletePackage),
    setPackageServerAssignment: needing('OPERATOR', packages.setPackageServerAssignment),
    resetPackageOverlay: needing('OPERATOR', packages.resetPackageOverlay),
    assignPackageToComputers: needing('OPERATOR', packages.assignPackageToComputers),
    unassignPackageFromComputers: needing('OPERATOR', packages.unassignPackageFromComputers),
    updateDistributionPoints: needing('OPERATOR', (_, packageIds, { force }) =>
      enqueueUpdates(inputs, packageIds, force),
    ),
    createSite: needing('OPERATOR', sites.createSite),
    updateSite: needing('OPERATOR', sites.updateSite),
    deleteSite: needing('OPERATOR', sites.deleteSite),
    createSubnet: needing('OPERATOR', sites.createSubnet),
    updateSubnet: needing('OPERATOR', sites.updateSubnet),
    deleteSubnet: needing('OPERATOR', sites.deleteSubnet),
    createComputer: needing('OPERATOR', computers.createComputer),
    updateComputer: needing('OPERATOR', computers.updateComputer),
    deleteComputer: needing('OPERATOR', computers.deleteComputer),
    createPackageServer: needing('OPERATOR', packageServers.createPackageServer),
    updatePackageServer: needing('OPERATOR', packageServers.updatePackageServer),
    assignPackageServerToSite: needing('OPERATOR', packageServers.assignPackageServerToSite),
    unassignPackageServerFromSite: needing(
      'OPERATOR',
      packageServers.unassignPackageServerFromSite,
    ),
    get packageServerLinks() {
      return reading(links);
    },
    ...machinesFor(inputs, current, needing),
    updateSettings: needing('ADMIN', settings.updateSettings),
    schedules: needing('VIEWER', () => inputs.schedules.list()),
    runSchedule: needing('OPERATOR', (_, name) => inputs.schedules.run(name)),
  };
}

/** Wraps a use case so that its role is checked first. */
type Guard = <A extends unknown[], R>(
  role: Role,
  work: (context: CatalogContext, ...args: A) => Promise<R>,
) => (...args: A) => Promise<R>;

function guardOf(context: CatalogContext, current: () => Principal | undefined): Guard {
  return (role, work) =>
    async (...args) => {
      requireRole(current(), role);
      return work(context, ...args);
    };
}

/** Package servers as machines that enrol, are asked and report. */
function machinesFor(
  inputs: CatalogServiceInputs,
  current: () => Principal | undefined,
  needing: Guard,
) {
  const { context, links, serverTimeMs, enrollmentTokens: tokens } = inputs;
  return {
    deletePackageServer: needing('OPERATOR', async (_, id: Guid) => {
      const item = await packageServers.deletePackageServer(context, id);
      links.forget(id);
      await tokens.removeOf(id);
      return item;
    }),
    createEnrollmentToken: needing('OPERATOR', (_, id, expiresInMinutes) =>
      enrollment.createEnrollmentToken({ context, tokens }, id, expiresInMinutes),
    ),
    revokeEnrollment: needing('OPERATOR', (_, id) =>
      enrollment.revokeEnrollment({ context, tokens }, id),
    ),
    verifyPackage: needing('OPERATOR', async (_, packageId, packageServerIds) =>
      demands.verifyPackage({ context, links }, packageId, packageServerIds),
    ),
    resendStatus: needing('OPERATOR', async (_, id) =>
      demands.resendStatus({ context, links }, id),
    ),
    openPackageServerLink: (hello, signal) =>
      packageServerLink({ context, links, serverTimeMs, current }, hello, signal),
    reportPackageServer: async (report) => recordHoldings(inputs, current(), report),
  } satisfies Partial<AuthorizedCatalog>;
}

function jobsFor(jobs: Jobs, current: () => Principal | undefined): Jobs {
  const as = (role: Role): Jobs => {
    requireRole(current(), role);
    return jobs;
  };
  return {
    enqueue: async (...args) => as('OPERATOR').enqueue(...args),
    cancel: async (id) => as('OPERATOR').cancel(id),
    get: async (id) => as('VIEWER').get(id),
    list: async (filter) => as('VIEWER').list(filter),
    watch: (id, signal) => as('VIEWER').watch(id, signal),
  };
}

/** One job per package; without a list, one job for all of them. */
async function enqueueUpdates(
  { context: { store }, jobs }: CatalogServiceInputs,
  packageIds: readonly Guid[] | undefined,
  force: boolean,
): Promise<Job[]> {
  if (!packageIds) return [await jobs.enqueue('DISTRIBUTION_POINT_UPDATE', undefined, { force })];
  await store.transact(async (tx) => {
    refuseProblems(await missingItems(tx, 'package', packageIds, 'packageIds'));
  });
  const queued: Job[] = [];
  for (const id of packageIds) {
    queued.push(await jobs.enqueue('DISTRIBUTION_POINT_UPDATE', id, { force }));
  }
  return queued;
}
