import { holdingStatement } from '../content/statement.ts';
import type { Problem } from '../core/errors.ts';
import { bracedGuid, type Guid } from '../core/guid.ts';
import { verifyStatementAside } from '../core/identity.ts';
import type { Principal } from './authority.ts';
import type { CatalogContext } from './context.ts';
import type { GatheredWrites } from './gathered-writes.ts';
import type { HeldVersion, Holding, PackageServer } from './model.ts';
import { enrollmentEnded, requireEnrolled } from './package-server-link.ts';
import type { PackageServerLinks } from './package-server-links.ts';
import {
  type AttestedVersion,
  type HoldingReport,
  type PackageServerReport,
} from './package-server-protocol.ts';
import type { CatalogTransaction } from './ports.ts';
import type { ReadModel } from './read-model.ts';
import { InputCheck } from './validation.ts';

const HOLDINGS_MAX = 5_000;
/** A package server may say more; agents are offered the newest and the one before it. */
const VERSIONS_KEPT = 2;
const HELD_MAX = 16;
const REASON_MAX = 1_000;
const PROBES_MAX = 64;
const PROBE_TEXT_MAX = 2_000;

export interface ReportOutcome {
  /** Of the last report that counts. */
  readonly sequence: number;
  /** What was not taken over, and why. */
  readonly refusals: readonly Problem[];
}

interface RecordInputs {
  readonly context: CatalogContext;
  readonly links: PackageServerLinks;
  /** Reports of many package servers share transactions. */
  readonly reportWrites: GatheredWrites;
}

/**
 * Takes over what a package server says of its packages. A version counts as held only when it
 * exists here, on the tree that the server names, and the server's enrolled key signed exactly
 * that; anything else is refused with its reason, and the rest is recorded. A package that is said
 * to be ready without one version that counts becomes `INVALID`. Repeating a report changes
 * nothing; one that was overtaken is ignored. After a `full` one nothing else counts as held.
 * Throws `FORBIDDEN` and `INVALID_INPUT`.
 */
export async function recordHoldings(
  { context, links, reportWrites }: RecordInputs,
  principal: Principal | undefined,
  report: PackageServerReport,
): Promise<ReportOutcome> {
  const packageServer = requireEnrolled(context, principal);
  checkReport(report);
  const { id } = packageServer;
  links.heard(id);
  const { sequence } = report;
  const judged = await Promise.all(
    report.holdings.map((one, index) =>
      judge(context.model, packageServer, { report: one, path: ['holdings', String(index)] }),
    ),
  );
  // From here to its turn nothing is waited for: reports are recorded in the order of this question.
  if (!links.isNews(packageServer, report)) return { sequence, refusals: [] };
  const refusals = judged.flatMap((one) => one.refusals);
  await reportWrites.run(async (tx) => {
    const stored = await tx.get('packageServer', id);
    if (stored?.publicKey !== packageServer.publicKey) throw enrollmentEnded(packageServer.name);
    const before = await holdingsBefore(tx, id, report);
    const nowMs = context.clock.nowMs();
    const next = holdingsAfter({ packageServer, before, judged, full: report.full, nowMs });
    await putExisting(tx, next);
  }, judged.length);
  links.noteReport(id, report);
  return { sequence, refusals };
}

/** Those that the report can change. */
async function holdingsBefore(
  tx: CatalogTransaction,
  packageServerId: Guid,
  { full, holdings }: PackageServerReport,
): Promise<Holding[]> {
  if (full) return tx.list('holding', `${packageServerId}/`);
  const known = await Promise.all(
    holdings.map(({ packageId }) => tx.get('holding', `${packageServerId}/${packageId}`)),
  );
  return known.filter((one) => one !== undefined);
}

function checkReport({ bootCounter, sequence, holdings, probes }: PackageServerReport): void {
  const check = new InputCheck();
  const range = { min: 0, max: Number.MAX_SAFE_INTEGER };
  check.integer('bootCounter', bootCounter, range);
  check.integer('sequence', sequence, range);
  if (holdings.length > HOLDINGS_MAX) {
    const hint = `Send at most ${HOLDINGS_MAX}; the others in a report that is not full.`;
    check.add('holdings', `has ${holdings.length} entries.`, hint);
  }
  if (probes && probes.length > PROBES_MAX) {
    check.add('probes', `has ${probes.length} entries.`, `Send at most ${PROBES_MAX}.`);
  }
  for (const [index, { url, reason }] of (probes ?? []).entries()) {
    const isLong = url.length > PROBE_TEXT_MAX || reason.length > PROBE_TEXT_MAX;
    if (isLong) check.add(`probes.${index}`, 'has a text that is too long.');
  }
  const seen = new Set<Guid>();
  for (const [index, { packageId, held }] of holdings.entries()) {
    const path = `holdings.${index}`;
    if (seen.has(packageId)) check.add(path, `names ${bracedGuid(packageId)} a second time.`);
    seen.add(packageId);
    if (held.length > HELD_MAX) check.add(`${path}.held`, `has ${held.length} versions.`);
  }
  check.refuse();
}

/** A reported holding with the versions that count. */
interface Judged {
  readonly report: HoldingReport;
  readonly held: readonly AttestedVersion[];
  readonly refusals: readonly Problem[];
  /** The package is known here. */
  readonly known: boolean;
}

async function judge(
  model: ReadModel,
  packageServer: PackageServer,
  { report, path }: { readonly report: HoldingReport; readonly path: readonly string[] },
): Promise<Judged> {
  const { packageId } = report;
  if (!model.package(packageId)) {
    const message = `There is no package ${bracedGuid(packageId)}.`;
    const refusal = { code: 'NOT_FOUND', message, path: [...path, 'packageGuid'] } as const;
    return { report, held: [], refusals: [refusal], known: false };
  }
  const held: AttestedVersion[] = [];
  const refusals: Problem[] = [];
  for (const [index, one] of report.held.entries()) {
    const fault = await faultOf(model, packageServer, { packageId, version: one });
    if (fault) refusals.push({ ...fault, path: [...path, 'held', String(index)] });
    else held.push(one);
  }
  return { report, held, refusals, known: true };
}

async function faultOf(
  model: ReadModel,
  packageServer: PackageServer,
  { packageId, version }: { readonly packageId: Guid; readonly version: AttestedVersion },
): Promise<Pick<Problem, 'code' | 'message'> | undefined> {
  const { internalVersion, rootHash, attestation } = version;
  const known = model.holding(packageServer.id, packageId)?.held;
  const what = `Version ${internalVersion} of ${bracedGuid(packageId)}`;
  const snapshot = model.snapshot(packageId, internalVersion);
  if (!snapshot) return { code: 'NOT_FOUND', message: `${what} is not known here (any more).` };
  if (snapshot.rootHash !== rootHash) {
    return { code: 'INVALID_INPUT', message: `${what} is on another tree than the one named.` };
  }
  // What the same key attested before needs no second proof; a new key withdraws it.
  if (known?.some((one) => one.internalVersion === internalVersion && one.rootHash === rootHash)) {
    return undefined;
  }
  const statement = holdingStatement({
    packageServerId: packageServer.id,
    packageId,
    internalVersion,
    rootHash,
  });
  const { publicKey } = packageServer;
  if (await verifyStatementAside(publicKey, statement, attestation)) return undefined;
  return { code: 'INVALID_INPUT', message: `${what}: the attestation is not by the enrolled key.` };
}

interface Reported {
  readonly packageServer: PackageServer;
  readonly before: readonly Holding[];
  readonly judged: readonly Judged[];
  readonly full: boolean;
  readonly nowMs: number;
}

/** The holdings that a report changes or confirms. */
function holdingsAfter({ packageServer, before, judged, full, nowMs }: Reported): Holding[] {
  const known = new Map(before.map((one) => [one.packageId, one]));
  const said = judged
    .filter((one) => one.known)
    .map((one) => holdingAfter(packageServer, known.get(one.report.packageId), one, nowMs));
  if (!full) return said;
  const mentioned = new Set(said.map(({ packageId }) => packageId));
  const silent = before.filter(({ packageId }) => !mentioned.has(packageId));
  return [...said, ...silent.map((one) => withdrawn(one, 'It is not in the last report.', nowMs))];
}

function holdingAfter(
  { id }: PackageServer,
  before: Holding | undefined,
  { report, held, refusals }: Judged,
  nowMs: number,
): Holding {
  const isUnproven = report.status === 'READY' && held.length === 0;
  const status = isUnproven ? 'INVALID' : report.status;
  const reason = isUnproven ? (refusals[0]?.message ?? 'It named no version.') : report.reason;
  const versions = held
    .map(({ internalVersion, rootHash }) => heldSince(before, { internalVersion, rootHash }, nowMs))
    .sort((left, right) => right.internalVersion - left.internalVersion)
    .slice(0, VERSIONS_KEPT);
  return {
    packageServerId: id,
    packageId: report.packageId,
    status,
    reason: plainText(reason),
    sinceMs: before?.status === status ? before.sinceMs : nowMs,
    held: versions,
    highestVersion: Math.max(before?.highestVersion ?? 0, versions[0]?.internalVersion ?? 0),
    claimedUrls: [],
  };
}

function heldSince(
  before: Holding | undefined,
  version: Omit<HeldVersion, 'sinceMs'>,
  nowMs: number,
): HeldVersion {
  const known = before?.held.find(
    (one) => one.internalVersion === version.internalVersion && one.rootHash === version.rootHash,
  );
  return known ?? { ...version, sinceMs: nowMs };
}

/** The floor stays: what a site was offered once is not undercut. See docs/adr/0002. */
function withdrawn(before: Holding, reason: string, nowMs: number): Holding {
  if (before.held.length === 0 && before.status === 'DELETED') return before;
  return { ...before, status: 'DELETED', reason, sinceMs: nowMs, held: [] };
}

/** Withdraws everything that a package server attested, for its key is not believed any more. */
export async function withdrawHoldings(
  tx: CatalogTransaction,
  packageServerId: Guid,
  { reason, nowMs }: { readonly reason: string; readonly nowMs: number },
): Promise<void> {
  for (const one of await tx.list('holding', `${packageServerId}/`)) {
    tx.put('holding', withdrawn(one, reason, nowMs));
  }
}

/** Only of packages that are still there when the report is committed. */
async function putExisting(tx: CatalogTransaction, holdings: readonly Holding[]): Promise<void> {
  const packages = await Promise.all(holdings.map(({ packageId }) => tx.get('package', packageId)));
  for (const [index, one] of holdings.entries()) {
    if (packages[index]) tx.put('holding', one);
    else tx.remove('holding', `${one.packageServerId}/${one.packageId}`);
  }
}

function plainText(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  const clean = text.slice(0, REASON_MAX).replace(/[\u0000-\u001f\u007f\ufffe\uffff]/g, ' ');
  return clean.toWellFormed();
}
