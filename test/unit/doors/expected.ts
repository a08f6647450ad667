import { ACCEPT_REASONS, REJECT_RULES } from '../../../catalog/codebase.ts';
import type { Guid } from '../../../core/guid.ts';
import { PACKAGE_SERVER_AGENT, SOFTWARE_DELIVERY_AGENT } from '../../../legacy/conventions.ts';
import type { CatalogWorld, Question } from '../../support/catalog-world.ts';
import { judge, listOf, type Verdict, type VerdictCodebase } from '../catalog/oracle.ts';

/** A GetPackageInfo answer of one package, as an agent reads it. */
export function expectedPackageInfo(
  world: CatalogWorld,
  question: Question,
  { offeredVersion, codebases }: Verdict,
) {
  const snapshotUrl = snapshotUrlOf(world, question, offeredVersion);
  return {
    packageId: question.packageId,
    valid: true,
    internalVersion: offeredVersion,
    codebases: codebases.map(({ url }) => ({ url, snapshotUrl })),
  };
}

const INFO_PAGE = '/Altiris/NS/Agent/GetPackageInfo.aspx';

/** What `explainCodebases` answers; rejected candidates in no order. */
export function expectedDecision(world: CatalogWorld, question: Question, verdict: Verdict) {
  const { offeredVersion, codebases, broken, siteIds } = verdict;
  const snapshotUrl = snapshotUrlOf(world, question, offeredVersion) ?? null;
  return {
    packageId: question.packageId,
    offeredVersion,
    snapshotUrl,
    redirect: verdict.redirect === undefined ? null : `${verdict.redirect}${INFO_PAGE}`,
    siteIds: [...siteIds].sort(),
    codebases: codebases.map((one, index) => ({
      ...one,
      packageId: question.packageId,
      snapshotUrl,
      internalVersion: offeredVersion,
      rank: index + 1,
    })),
    accepted: acceptedSources(codebases),
    rejected: [...broken].map(([candidateId, [rule]]) => ({
      candidateId,
      rule: rule!,
      explanation: REJECT_RULES[rule!],
    })),
  };
}

/** What the rules say that GetClientPolicies states: `agent class package version`. */
export function expectedPolicies(world: CatalogWorld, resourceId: Guid, peerAddress: string) {
  const lines = (agentClass: string, packageIds: readonly Guid[]): string[] =>
    packageIds.flatMap((packageId) => {
      const { offeredVersion } = judge(
        world,
        plainQuestion({ packageId, resourceId, peerAddress }),
      );
      return offeredVersion === 0 ? [] : [`${agentClass} ${packageId} ${offeredVersion}`];
    });
  const byPolicy = world.assignments
    .filter(({ computerId }) => computerId === resourceId)
    .map(({ packageId }) => packageId);
  return [
    ...lines(SOFTWARE_DELIVERY_AGENT, byPolicy),
    ...lines(PACKAGE_SERVER_AGENT, packagesOfServer(world, resourceId)),
  ];
}

/** The version that a client of which nothing but its address is known is offered, if it is kept. */
export function expectedKeptVersion(
  world: CatalogWorld,
  packageId: Guid,
  peerAddress: string,
): number | undefined {
  const { offeredVersion } = judge(
    world,
    plainQuestion({ packageId, resourceId: undefined, peerAddress }),
  );
  return isKept(world, packageId, offeredVersion) ? offeredVersion : undefined;
}

/** Every codebase of the current versions, in the order of the list. */
export function expectedList(world: CatalogWorld) {
  const { publicUrl: origin } = world.smp;
  return world.packages
    .flatMap(({ id: packageId, internalVersion }) =>
      listOf(world, packageId).map((one) => ({
        ...one,
        packageId,
        internalVersion,
        snapshotUrl: snapshotUrlOf(world, { packageId, origin }, internalVersion) ?? null,
        rank: null,
        reason: null,
      })),
    )
    .sort((left, right) => compareTexts(rowKey(left), rowKey(right)));
}

/** One entry per source, in the order of its first URL. */
function acceptedSources(codebases: readonly VerdictCodebase[]) {
  const bySource = Map.groupBy(codebases, (one) => one.candidateId);
  return [...bySource].map(([candidateId, urls], index) => ({
    candidateId,
    trust: urls[0]!.trust,
    rank: index + 1,
    reason: urls[0]!.reason,
    explanation: ACCEPT_REASONS[urls[0]!.reason],
    urls: urls.map(({ url }) => url),
  }));
}

/** What an enabled package server should hold: the packages that are assigned to it. */
function packagesOfServer(world: CatalogWorld, serverId: Guid): Guid[] {
  if (!world.packageServers.some(({ id, enabled }) => id === serverId && enabled)) return [];
  return world.packages
    .map(({ id }) => id)
    .filter((packageId) => {
      const asked = { packageId, resourceId: undefined, peerAddress: undefined };
      const broken = judge(world, plainQuestion(asked)).broken.get(serverId);
      return !broken?.includes('NOT_ASSIGNED');
    });
}

function plainQuestion(who: Pick<Question, 'packageId' | 'resourceId' | 'peerAddress'>): Question {
  return {
    ...who,
    addresses: [],
    origin: '',
    totalTimeMinutes: 0,
    denySmp: false,
    denyExternalPackageServers: false,
  };
}

function snapshotUrlOf(
  world: CatalogWorld,
  { packageId, origin }: Pick<Question, 'packageId' | 'origin'>,
  version: number,
): string | undefined {
  if (!isKept(world, packageId, version)) return undefined;
  return `${origin}/Altiris/NS/Agent/${version}/GetPackageSnapshot.aspx`;
}

function isKept({ snapshots }: CatalogWorld, packageId: Guid, version: number): boolean {
  return snapshots.some((one) => one.packageId === packageId && one.internalVersion === version);
}

/** Package, package server and URL; what is no package server comes first. */
function rowKey(row: {
  readonly packageId: string;
  readonly candidateId: string;
  readonly url: string;
}): readonly string[] {
  const isServer = row.candidateId !== 'SMP' && row.candidateId !== 'EXTERNAL';
  return [row.packageId, isServer ? row.candidateId : '', row.url];
}

function compareTexts(left: readonly string[], right: readonly string[]): number {
  for (const [index, text] of left.entries()) {
    if (text !== right[index]) return text < right[index]! ? -1 : 1;
  }
  return 0;
}
