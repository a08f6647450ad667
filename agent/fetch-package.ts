import { CanopyError, isCanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { writeFileAtomic } from '../content/atomic-file.ts';
import {
  type Codebase,
  currentVersion,
  type FileFailure,
  packageFolder,
  type ProgressListener,
  readCodebase,
  receivePackage,
  type Reception,
  type Recheck,
  saveSourceBook,
  type TransferPlan,
} from '../delivery/index.ts';
import type { CodebaseInfo, PackageInfoAnswer } from '../legacy/package-info.ts';
import { parsePackageInfo } from '../legacy/package-info.ts';
import { writePackageXml } from '../legacy/package-xml.ts';
import type { AgentContext } from './agent-context.ts';
import { serverName } from './agent-folders.ts';
import { verifySnapshot, type VerifiedSnapshot } from './verify-snapshot.ts';

export interface FetchRequest {
  readonly packageId: Guid;
  /** The version that the policy asks for; default 0, any. */
  readonly requiredVersion?: number;
  /** How long it has been tried already; sent to the server as `totalTime`. */
  readonly tryingForMs?: number;
  readonly recheck?: Recheck;
  readonly signal: AbortSignal;
  onPlan?(plan: TransferPlan): void;
  readonly onProgress?: ProgressListener;
}

/** `HERE`: nothing to do. `RECEIVED`: in use now. `WAITING`: try again later. */
export type FetchOutcome =
  | {
      readonly state: 'HERE' | 'RECEIVED';
      readonly internalVersion: number;
      /** The folder that holds the files. */
      readonly folder: string;
      readonly bytesFetched: number;
    }
  | {
      readonly state: 'WAITING';
      /** One or more sentences for people. */
      readonly reason: string;
      readonly progressed: boolean;
      readonly retryAfterMs: number | undefined;
      readonly failures: readonly FileFailure[];
    };

/**
 * One attempt to have a package: GetPackageInfo, GetPackageSnapshot, files. What may get better by
 * itself (no source, an older version, a busy or silent server) is `WAITING`; what needs somebody
 * (a signature that does not match, a refused package, a full disk) throws.
 */
export async function fetchPackage(
  context: AgentContext,
  request: FetchRequest,
): Promise<FetchOutcome> {
  try {
    const info = await askForSources(context, request);
    const waiting = await reasonToWait(context, info, request);
    if (waiting !== undefined) return waitFor(waiting);
    const chosen = await chooseSnapshot(context, info, request);
    if ('reason' in chosen) return waitFor(chosen.reason);
    return await receive(context, chosen, request);
  } catch (error) {
    if (!isCanopyError(error) || !isPassing(error)) throw error;
    return { ...waitFor(error.message), retryAfterMs: error.retryAfterMs };
  }
}

async function askForSources(
  context: AgentContext,
  request: FetchRequest,
): Promise<PackageInfoAnswer> {
  const { packageId, signal } = request;
  const xml = await context.client.packageInfo(
    {
      resourceId: context.resourceId,
      packageIds: [packageId],
      addresses: context.addresses,
      totalTimeMinutes: Math.floor((request.tryingForMs ?? 0) / 60_000),
      denySmp: context.denySmp,
      denyExternalPackageServers: context.denyExternalPackageServers,
    },
    signal,
  );
  const info = parsePackageInfo(xml).find((answer) => answer.packageId === packageId);
  if (!info?.valid) {
    const text = info?.statusDescription || 'The server does not speak of it.';
    throw new CanopyError('NOT_FOUND', `Package ${packageId}: ${text}`, { path: ['package'] });
  }
  await writeFileAtomic(context.folders.packageXml(packageId), writePackageXml(info));
  return info;
}

/** A version never goes back: neither below the policy's nor below the one in use. */
async function reasonToWait(
  context: AgentContext,
  info: PackageInfoAnswer,
  request: FetchRequest,
): Promise<string | undefined> {
  const current = await currentVersion(packageFolder(context.folders.package(info.packageId)));
  const required = Math.max(request.requiredVersion ?? 0, current?.internalVersion ?? 0);
  if (info.internalVersion > 0 && info.internalVersion < required) {
    return olderThanRequired(info.internalVersion, required);
  }
  return info.codebases.length === 0 ? 'The server offers no source for it now.' : undefined;
}

/** The incumbent's own text (KB 163475), which administrators search for. */
function olderThanRequired(offered: number, required: number): string {
  return (
    `The version of the package on the server(${offered}) is older than ` +
    `required(${required}) (0x80004005)`
  );
}

interface Chosen {
  readonly snapshot: VerifiedSnapshot;
  readonly xml: Buffer;
  readonly codebases: readonly Codebase[];
}

/**
 * The snapshot of the offered version, and the codebases that go with it: those that name the same
 * snapshot, and those that name none (the package's own location); the hashes judge both. URLs to
 * which no file name can be added are left out: one odd server must not keep the others away.
 */
async function chooseSnapshot(
  context: AgentContext,
  info: PackageInfoAnswer,
  request: FetchRequest,
): Promise<Chosen | { readonly reason: string }> {
  const reasons: string[] = [];
  for (const url of snapshotUrls(info.codebases)) {
    const answer = await context.client.packageSnapshot(url, info.packageId, request.signal);
    const snapshot = await verifySnapshot(answer, {
      packageId: info.packageId,
      server: serverName(context.client.url),
      trustedOwners: context.trustedOwners,
      allowUnsigned: context.allowUnsigned,
    });
    if (snapshot.internalVersion < info.internalVersion) {
      reasons.push(olderThanRequired(snapshot.internalVersion, info.internalVersion));
      continue;
    }
    const codebases = info.codebases
      .filter(({ snapshotUrl }) => snapshotUrl === undefined || snapshotUrl === url)
      .flatMap((codebase) => readCodebase(codebase.url) ?? []);
    return { snapshot, xml: answer.xml, codebases };
  }
  if (reasons.length > 0) return { reason: reasons.join(' ') };
  throw new CanopyError(
    'SNAPSHOT_NOT_TRUSTED',
    'No source names a snapshot, so the files could not be verified.',
    { hint: 'Make the source of the package readable for its server (uncMounts).' },
  );
}

function snapshotUrls(codebases: readonly CodebaseInfo[]): Set<string> {
  return new Set(codebases.flatMap(({ snapshotUrl }) => snapshotUrl ?? []));
}

async function receive(
  context: AgentContext,
  chosen: Chosen,
  request: FetchRequest,
): Promise<FetchOutcome> {
  const { folders } = context;
  const { packageId } = request;
  const { internalVersion, manifest, owner } = chosen.snapshot;
  const book = await context.sourceBook();
  let reception: Reception;
  try {
    reception = await receivePackage({
      ...request,
      transport: context.transport,
      threads: context.threads,
      uncMounts: context.uncMounts,
      clock: context.clock,
      folder: folders.package(packageId),
      wanted: { internalVersion, manifest },
      codebases: chosen.codebases,
      book,
      ...(context.throttle === undefined ? {} : { throttle: context.throttle }),
      ...(context.stallLimit === undefined ? {} : { stallLimit: context.stallLimit }),
    });
  } finally {
    await saveSourceBook(folders.sources, book);
  }
  if (reception.state === 'INCOMPLETE') {
    const { progressed, failures } = reception;
    return { ...waitFor(failureText(failures)), progressed, failures };
  }
  if (owner) await context.trustedOwners.pin(serverName(context.client.url), packageId, owner);
  await writeFileAtomic(folders.snapshotXml(packageId), chosen.xml);
  const bytesFetched = reception.state === 'RECEIVED' ? reception.bytesFetched : 0;
  return { state: reception.state, internalVersion, folder: reception.folder, bytesFetched };
}

function waitFor(reason: string): Extract<FetchOutcome, { state: 'WAITING' }> {
  return { state: 'WAITING', reason, progressed: false, retryAfterMs: undefined, failures: [] };
}

function failureText(failures: readonly FileFailure[]): string {
  const first = failures[0]!;
  const faults = first.faults.map(({ url, message }) => `${url} ${message}`);
  const why = faults.length > 0 ? faults.join('; ') : 'no source is usable now';
  const files = failures.length === 1 ? '1 file' : `${failures.length} files`;
  return `${files} could not be had from any source; ${first.path}: ${why}.`;
}

/** What the next attempt may not meet; `CONFLICT`: another process receives the package now. */
function isPassing(error: CanopyError): boolean {
  return ['BUSY', 'RATE_LIMITED', 'NOT_READY', 'TIMEOUT', 'CONFLICT'].includes(error.code);
}
