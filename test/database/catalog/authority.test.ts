// Every door into the catalogue asks for the role again at every call, and for the right one.
import type { Principal, Role } from '../../../catalog/authority.ts';
import { GatheredWrites } from '../../../catalog/gathered-writes.ts';
import { PackageServerLinks } from '../../../catalog/package-server-links.ts';
import { catalogFor, type CatalogServiceInputs } from '../../../catalog/catalog-service.ts';
import type { AuthorizedCatalog } from '../../../catalog/catalog.ts';
import type { Job, Jobs } from '../../../catalog/jobs.ts';
import { systemRandom } from '../../../core/random.ts';
import { failureOf } from './support/failure.ts';
import { settableClock, START_MS } from './support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let inputs: CatalogServiceInputs;
beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock: settableClock() });
  const { context, database } = smp;
  const jobs = recordedJobs();
  const schedules = { list: async () => [], run: async () => [] };
  const links = new PackageServerLinks(context.clock);
  const reportWrites = new GatheredWrites(context.write);
  const { queries, enrollmentTokens } = database;
  const serverTimeMs = () => context.clock.nowMs();
  const machines = { links, reportWrites, enrollmentTokens, serverTimeMs };
  inputs = { context, queries, jobs, schedules, ...machines };
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});

/** Queues nothing, and answers what was asked for. */
function recordedJobs(): Jobs {
  const job = (kind: Job['kind'], subjectId: Job['subjectId']): Job => ({
    id: systemRandom.guid(),
    kind,
    subjectId,
    state: 'QUEUED',
    done: 0,
    total: 0,
    unit: 'BYTES',
    filesDone: 0,
    filesTotal: 0,
    message: '',
    problems: [],
    attempts: 0,
    createdAtMs: START_MS,
    startedAtMs: undefined,
    heartbeatAtMs: undefined,
    finishedAtMs: undefined,
  });
  return {
    enqueue: async (kind, subjectId) => job(kind, subjectId),
    get: async () => undefined,
    list: async () => [],
    cancel: async () => undefined,
    watch: async function* () {
      yield job('CONTENT_SWEEP', undefined);
    },
  };
}

const ID = systemRandom.guid();
const SETTING = { keepSnapshots: 2 };

/** The least role of each call. Calls that get through fail on `ID`, which is nothing's GUID. */
const CALLS: {
  readonly [name in string]: readonly [Role, (catalog: AuthorizedCatalog) => unknown];
} = {
  principal: ['VIEWER', (catalog) => catalog.principal],
  queries: ['VIEWER', (catalog) => catalog.queries],
  log: ['VIEWER', (catalog) => catalog.log],
  model: ['VIEWER', (catalog) => catalog.model],
  settings: ['VIEWER', (catalog) => catalog.settings],
  schedules: ['VIEWER', (catalog) => catalog.schedules()],
  'jobs.get': ['VIEWER', (catalog) => catalog.jobs.get(ID)],
  'jobs.list': ['VIEWER', (catalog) => catalog.jobs.list({ limit: 1 })],
  'jobs.watch': ['VIEWER', (catalog) => catalog.jobs.watch(ID, new AbortController().signal)],
  'jobs.enqueue': ['OPERATOR', (catalog) => catalog.jobs.enqueue('CONTENT_SWEEP', undefined)],
  'jobs.cancel': ['OPERATOR', (catalog) => catalog.jobs.cancel(ID)],
  createPackage: [
    'OPERATOR',
    (catalog) => catalog.createPackage({ name: '', source: { kind: 'NONE' } }),
  ],
  updatePackage: ['OPERATOR', (catalog) => catalog.updatePackage(ID, {})],
  deletePackage: ['OPERATOR', (catalog) => catalog.deletePackage(ID)],
  resetPackageOverlay: ['OPERATOR', (catalog) => catalog.resetPackageOverlay(ID)],
  setPackageServerAssignment: [
    'OPERATOR',
    (catalog) => catalog.setPackageServerAssignment({ packageId: ID, mode: 'ALL' }),
  ],
  assignPackageToComputers: ['OPERATOR', (catalog) => catalog.assignPackageToComputers(ID, [])],
  unassignPackageFromComputers: [
    'OPERATOR',
    (catalog) => catalog.unassignPackageFromComputers(ID, []),
  ],
  updateDistributionPoints: [
    'OPERATOR',
    (catalog) => catalog.updateDistributionPoints([ID], { force: false }),
  ],
  createSite: ['OPERATOR', (catalog) => catalog.createSite({})],
  updateSite: ['OPERATOR', (catalog) => catalog.updateSite(ID, {})],
  deleteSite: ['OPERATOR', (catalog) => catalog.deleteSite(ID)],
  createSubnet: ['OPERATOR', (catalog) => catalog.createSubnet({})],
  updateSubnet: ['OPERATOR', (catalog) => catalog.updateSubnet(ID, {})],
  deleteSubnet: ['OPERATOR', (catalog) => catalog.deleteSubnet(ID)],
  createComputer: ['OPERATOR', (catalog) => catalog.createComputer({})],
  updateComputer: ['OPERATOR', (catalog) => catalog.updateComputer(ID, {})],
  deleteComputer: ['OPERATOR', (catalog) => catalog.deleteComputer(ID)],
  createPackageServer: ['OPERATOR', (catalog) => catalog.createPackageServer({})],
  updatePackageServer: ['OPERATOR', (catalog) => catalog.updatePackageServer(ID, {})],
  deletePackageServer: ['OPERATOR', (catalog) => catalog.deletePackageServer(ID)],
  assignPackageServerToSite: ['OPERATOR', (catalog) => catalog.assignPackageServerToSite(ID, ID)],
  unassignPackageServerFromSite: [
    'OPERATOR',
    (catalog) => catalog.unassignPackageServerFromSite(ID, ID),
  ],
  packageServerLinks: ['VIEWER', (catalog) => catalog.packageServerLinks],
  createEnrollmentToken: ['OPERATOR', (catalog) => catalog.createEnrollmentToken(ID, 60)],
  revokeEnrollment: ['OPERATOR', (catalog) => catalog.revokeEnrollment(ID)],
  verifyPackage: ['OPERATOR', (catalog) => catalog.verifyPackage(ID, undefined)],
  resendStatus: ['OPERATOR', (catalog) => catalog.resendStatus(ID)],
  runSchedule: ['OPERATOR', (catalog) => catalog.runSchedule('NS.Package Refresh')],
  updateSettings: ['ADMIN', (catalog) => catalog.updateSettings(SETTING)],
};

/** No person may call these, whatever the role. */
const FOR_PACKAGE_SERVERS = ['openPackageServerLink', 'reportPackageServer'];

const ROLES: readonly (Role | undefined)[] = [undefined, 'VIEWER', 'OPERATOR', 'ADMIN'];
const rank = (role: Role | undefined): number => ROLES.indexOf(role);
const holderOf = (role: Role | undefined): Principal | undefined =>
  role && { name: 'somebody', role };

/** The code that a call ends with; undefined when it succeeds. */
async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('the table has every member of the catalogue', () => {
  const catalog = catalogFor(inputs, () => holderOf('ADMIN'));
  const named = new Set(Object.keys(CALLS).map((name) => name.split('.')[0]!));
  expect([...named, ...FOR_PACKAGE_SERVERS].sort()).toEqual(Object.keys(catalog).sort());
  const jobs = Object.keys(catalog.jobs).map((name) => `jobs.${name}`);
  expect(Object.keys(CALLS)).toEqual(expect.arrayContaining(jobs));
});

describe.each(Object.entries(CALLS))('%s', (_, [needed, call]) => {
  test.each(ROLES)(`needs ${needed}; asked by %s`, async (role) => {
    const { revision } = await smp.database.log.position();
    const code = await codeOf(() => call(catalogFor(inputs, () => holderOf(role))));
    if (role === undefined) expect(code).toBe('UNAUTHENTICATED');
    else if (rank(role) < rank(needed)) expect(code).toBe('FORBIDDEN');
    else expect(['NOT_FOUND', 'INVALID_INPUT', undefined]).toContain(code);
    if (rank(role) < rank(needed)) {
      expect((await smp.database.log.position()).revision).toBe(revision);
    }
  });
});

test('the calls of package servers are refused to every person', async () => {
  const hello = { bootCounter: 1, protocolVersion: 1, agentVersion: '' };
  const report = { bootCounter: 1, sequence: 1, full: false, holdings: [] };
  for (const role of ['VIEWER', 'OPERATOR', 'ADMIN'] as const) {
    const catalog = catalogFor(inputs, () => holderOf(role));
    const { signal } = new AbortController();
    const link = async () => {
      for await (const _event of catalog.openPackageServerLink(hello, signal)) return;
    };
    expect(await codeOf(link)).toBe('FORBIDDEN');
    expect(await codeOf(() => catalog.reportPackageServer(report))).toBe('FORBIDDEN');
  }
});

test('a role that is taken away in the middle ends every right at once', async () => {
  let principal = holderOf('ADMIN');
  const catalog = catalogFor(inputs, () => principal);
  const { jobs } = catalog;
  const site = await catalog.createSite({ name: 'Site' });
  principal = holderOf('VIEWER');
  expect(await failureOf(catalog.deleteSite(site.id))).toMatchObject({ code: 'FORBIDDEN' });
  expect(await failureOf(jobs.cancel(ID))).toMatchObject({ code: 'FORBIDDEN' });
  expect(catalog.model.site(site.id)).toEqual(site);
  principal = undefined;
  expect(() => catalog.model).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  expect(await failureOf(jobs.get(ID))).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await failureOf(catalog.schedules())).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(smp.model.site(site.id)).toEqual(site);
});

test('updates of several packages are queued for all of them or none', async () => {
  const catalog = catalogFor(inputs, () => holderOf('OPERATOR'));
  const { id } = await catalog.createPackage({ name: 'One', source: { kind: 'NONE' } });
  const update = catalog.updateDistributionPoints.bind(catalog);
  expect((await update([id], { force: false })).map((job) => job.subjectId)).toEqual([id]);
  expect((await update(undefined, { force: false })).map((job) => job.subjectId)).toEqual([
    undefined,
  ]);
  const error = await failureOf(update([id, ID], { force: false }));
  expect(error).toMatchObject({ code: 'NOT_FOUND', problems: [{ path: ['packageIds', '1'] }] });
});
