import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { PROTOCOL_VERSION } from '../core/product.ts';
import { checkAnnouncedUrls, takeAnnouncedUrls } from './announced-urls.ts';
import { requirePackageServer, type Principal } from './authority.ts';
import type { CatalogContext } from './context.ts';
import { isCrossingServer } from './crossing-rules.ts';
import type { PackageServer } from './model.ts';
import type { LinkSession } from './link-sessions.ts';
import { AssignmentBook, type AssignmentChanges } from './package-server-assignments.ts';
import type { LinkDemands, PackageServerLinks } from './package-server-links.ts';
import type {
  PackageServerAssignment,
  PackageServerEvent,
  PackageServerHello,
  PackageServerSettings,
} from './package-server-protocol.ts';
import { InputCheck } from './validation.ts';

/** Assignments in one event. */
const PAGE = 200;
/** Packages that a link looks at before others have their turn. */
const LOOKS = 20;
/** Something is said at least this often, so that silence means a broken connection. */
const HEARTBEAT_MS = 25_000;
/** Changes that come within so long of each other are told together. */
const SETTLE_MS = 100;

export interface LinkInputs {
  readonly context: CatalogContext;
  readonly links: PackageServerLinks;
  /** The time by which signatures are judged; package servers go by it. */
  readonly serverTimeMs: () => number;
  /** Who asks, looked up again at each event. */
  readonly current: () => Principal | undefined;
}

/**
 * The link of the package server that asks: first all its assignments in pages, the last one with
 * `complete`; then what changes. Ends when `signal` aborts. Throws `FORBIDDEN` when the enrolment
 * is not in force (any more), `LINK_REPLACED`, `LINK_DOUBLED`, and `INVALID_INPUT` for a hello
 * that is wrong.
 */
export async function* packageServerLink(
  inputs: LinkInputs,
  hello: PackageServerHello,
  signal: AbortSignal,
): AsyncGenerator<PackageServerEvent> {
  const { context, links } = inputs;
  const packageServer = requireEnrolled(context, inputs.current());
  checkHello(hello);
  const session = links.open(packageServer, hello);
  const ownerKeys = (nodeId: string): string | undefined =>
    nodeId === context.identity.nodeId
      ? context.identity.publicKey
      : context.model.tree.ancestorKey(nodeId);
  const book = new AssignmentBook(context.model, packageServer.id, ownerKeys);
  const unwatch = context.model.watch((change) => {
    if (book.note(change)) session.bell.ring();
  });
  const unwatchCrossings = context.model.crossings.watch((packageId) => {
    if (packageId) book.noteLease(packageId);
    session.bell.ring();
  });
  try {
    const link = { id: packageServer.id, session, book, signal };
    await takeAnnouncedUrls(context, packageServer, hello.publicUrls);
    yield* firstEvents(inputs, link);
    yield* laterEvents(inputs, link);
  } finally {
    unwatch();
    unwatchCrossings();
    session.close();
  }
}

/**
 * The package server that a principal speaks for. Throws `FORBIDDEN` when it is gone or another
 * machine enrolled in its place.
 */
export function requireEnrolled(
  { model }: CatalogContext,
  principal: Principal | undefined,
): PackageServer {
  const { packageServerId, publicKey, name } = requirePackageServer(principal);
  const item = model.packageServer(packageServerId);
  if (item && item.publicKey === publicKey) return item;
  throw enrollmentEnded(name);
}

/** The refusal of a package server whose key is not believed any more. */
export function enrollmentEnded(name: string): CanopyError {
  return new CanopyError('FORBIDDEN', `The enrolment of the package server "${name}" has ended.`, {
    hint: 'Enrol it again with a new token (createEnrollmentToken).',
  });
}

function checkHello(hello: PackageServerHello): void {
  const { bootCounter, protocolVersion, agentVersion, publicUrls } = hello;
  const check = new InputCheck();
  check.integer('hello.bootCounter', bootCounter, { min: 1, max: Number.MAX_SAFE_INTEGER });
  check.line('hello.agentVersion', agentVersion, 100);
  checkAnnouncedUrls(check, 'hello.publicUrls', publicUrls);
  if (protocolVersion !== PROTOCOL_VERSION) {
    const hint = 'Update the older of the two.';
    check.add('hello.protocolVersion', `${protocolVersion} is not spoken here.`, hint);
  }
  check.refuse();
}

interface OpenLink {
  readonly id: Guid;
  readonly session: LinkSession;
  readonly book: AssignmentBook;
  readonly signal: AbortSignal;
}

async function* firstEvents(
  inputs: LinkInputs,
  { id, session, book }: OpenLink,
): AsyncGenerator<PackageServerEvent> {
  for await (const { isLast, ...changes } of pagesOf(inputs, book)) {
    if (!isLast) yield eventOf(inputs, session, changes);
    else {
      const { verify } = inputs.links.takeDemands(id);
      const demands = { verify, resendStatus: true };
      yield { ...eventOf(inputs, session, changes, demands), complete: true };
    }
  }
}

async function* laterEvents(
  inputs: LinkInputs,
  link: OpenLink,
): AsyncGenerator<PackageServerEvent> {
  const { id, session, book, signal } = link;
  const { clock } = inputs.context;
  let saidAtMs = clock.monotonicMs();
  let told = JSON.stringify(standingFor(inputs));
  while (!signal.aborted) {
    const silenceMs = clock.monotonicMs() - saidAtMs;
    await session.bell.waitAtMost(clock, Math.max(0, HEARTBEAT_MS - silenceMs), signal);
    await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    for await (const changes of pagesOf(inputs, book)) {
      const demands = inputs.links.takeDemands(id);
      const standing = JSON.stringify(standingFor(inputs));
      const isNews =
        changes.assignments.length > 0 ||
        changes.removed.length > 0 ||
        demands.verify.length > 0 ||
        demands.resendStatus ||
        standing !== told ||
        clock.monotonicMs() - saidAtMs >= HEARTBEAT_MS;
      if (!isNews) {
        session.requireOpen();
        continue;
      }
      told = standing;
      yield eventOf(inputs, session, changes, demands);
      saidAtMs = clock.monotonicMs();
    }
  }
}

interface Page extends AssignmentChanges {
  readonly isLast: boolean;
}

/** What there is to tell; at least one page, maybe empty. */
async function* pagesOf(
  { links }: Pick<LinkInputs, 'links'>,
  book: AssignmentBook,
): AsyncGenerator<Page> {
  let assignments: PackageServerAssignment[] = [];
  let removed: Guid[] = [];
  for (;;) {
    await links.turns.next();
    const found = book.take(LOOKS);
    assignments.push(...found.assignments);
    removed.push(...found.removed);
    const isLast = !book.hasMore;
    if (isLast || assignments.length > PAGE - LOOKS) {
      yield { assignments, removed, isLast };
      assignments = [];
      removed = [];
    }
    if (isLast) return;
  }
}

const NO_DEMANDS: LinkDemands = { verify: [], resendStatus: false };

function eventOf(
  inputs: LinkInputs,
  session: LinkSession,
  { assignments, removed }: AssignmentChanges,
  { verify, resendStatus }: LinkDemands = NO_DEMANDS,
): PackageServerEvent {
  session.requireOpen();
  return {
    serverTimeMs: inputs.serverTimeMs(),
    ...standingFor(inputs),
    assignments,
    removed,
    complete: false,
    verify,
    resendStatus,
  };
}

/** What each event says whole. */
function standingFor({
  context,
  current,
}: LinkInputs): Pick<PackageServerEvent, 'settings' | 'probes'> {
  const { model } = context;
  const packageServer = requireEnrolled(context, current());
  const probes = isCrossingServer(model, packageServer) ? model.crossings.upstreamServers : [];
  return { settings: settingsFor(model, packageServer), probes: probes ?? [] };
}

function settingsFor(
  { settings }: CatalogContext['model'],
  packageServer: PackageServer,
): PackageServerSettings {
  const [blackoutFrom, blackoutTo] = settings.packageServerBlackout.split('-');
  return {
    deletePackageFilesAfterMinutes: settings.deletePackageFilesAfterMinutes,
    versionGraceMinutes: settings.versionGraceMinutes,
    maxBytesPerSecond: settings.packageServerMaxBytesPerSecond || undefined,
    blackoutFrom: blackoutFrom === '' ? undefined : blackoutFrom,
    blackoutTo,
    publicationTypes: packageServer.publicationTypes ?? settings.packageServerPublication,
  };
}
