import {
  ACCEPT_REASONS,
  REJECT_RULES,
  snapshotUrl,
  urlText,
  type AcceptReason,
  type Asker,
  type CodebaseRenderer,
  type CodebaseSource,
  type Offer,
  type UrlShape,
} from '../catalog/codebase.ts';
import { CanopyError } from '../core/errors.ts';
import { parseGuid, type Guid } from '../core/guid.ts';
import type { GraphqlContext } from './context.ts';
import type { CodebaseRequestInput } from './inputs/look-ups.ts';
import { parseNodeId } from './node-id.ts';
import type {
  AskerType,
  CodebaseCandidate,
  CodebaseDecision,
  CodebaseType,
} from './types/codebase.ts';
import { packageNode } from './types/package.ts';
import { computerNode, packageServerNode, siteNode, subnetNode } from './types/topology.ts';

/** The decision for one asker, with everything that explains it. */
export function decideFor(
  { catalog, services, origin }: GraphqlContext,
  packageId: Guid,
  input: CodebaseRequestInput | null | undefined,
): CodebaseDecision {
  const { model } = catalog;
  const asker = services.codebases.asker(model, {
    resourceId: input?.computerId == null ? undefined : guidOfAsker(input.computerId),
    addresses: input?.addresses ?? undefined,
  });
  const request = {
    packageId,
    asker,
    origin,
    totalTimeMinutes: input?.totalTimeMinutes ?? 0,
    denySmp: input?.denySmp ?? false,
    denyExternalPackageServers: input?.denyExternalPackageServers ?? false,
  };
  const { result, offer } = services.codebases.decide(model, request, explanation());
  return {
    package: packageNode(offer.package),
    offeredVersion: offer.internalVersion,
    snapshotUrl: snapshotUrl(offer) ?? null,
    asker: askerNode(asker),
    ...result,
  };
}

/** One URL of one source, outside of an answer when `rank` and `reason` are null. */
export function codebaseNode(
  offer: Offer,
  source: CodebaseSource,
  shape: UrlShape,
  place: { readonly rank: number; readonly reason: AcceptReason } | undefined,
): CodebaseType {
  return {
    package: packageNode(offer.package),
    url: urlText(shape, offer),
    kind: source.trust === 'EXTERNAL' ? 'EXTERNAL' : shape.kind,
    snapshotUrl: snapshotUrl(offer) ?? null,
    internalVersion: offer.internalVersion,
    trust: source.trust,
    packageServer: source.packageServer ? packageServerNode(source.packageServer) : null,
    rank: place?.rank ?? null,
    reason: place?.reason ?? null,
  };
}

function explanation(): CodebaseRenderer<Pick<CodebaseDecision, 'codebases' | 'candidates'>> {
  let offer: Offer;
  const codebases: CodebaseType[] = [];
  const accepted: CodebaseCandidate[] = [];
  const rejected: CodebaseCandidate[] = [];
  const candidate = (source: CodebaseSource) => ({
    name: source.name,
    trust: source.trust,
    packageServer: source.packageServer ? packageServerNode(source.packageServer) : null,
  });
  return {
    offer: (given) => (offer = given),
    accept(source, urls, reason) {
      const rank = accepted.length + 1;
      const offered = urls.map((shape) => codebaseNode(offer, source, shape, { rank, reason }));
      codebases.push(...offered);
      accepted.push({
        ...candidate(source),
        accepted: true,
        rank,
        reason,
        rule: null,
        explanation: ACCEPT_REASONS[reason],
        urls: offered.map(({ url }) => url),
      });
    },
    reject(source, rule) {
      rejected.push({
        ...candidate(source),
        accepted: false,
        rank: null,
        reason: null,
        rule,
        explanation: REJECT_RULES[rule],
        urls: [],
      });
    },
    finish: () => ({ codebases, candidates: [...accepted, ...rejected] }),
  };
}

export function askerNode({ computer, packageServer, derivations, sites }: Asker): AskerType {
  return {
    computer: computer ? computerNode(computer) : null,
    packageServer: packageServer ? packageServerNode(packageServer) : null,
    locations: derivations.map(({ address, subnets, site }) => ({
      address,
      subnets: subnets.map(subnetNode),
      site: site ? siteNode(site) : null,
    })),
    sites: sites.map(siteNode),
  };
}

/** An asker is a computer or a package server; both have resource GUIDs. */
function guidOfAsker(id: string): Guid {
  const parsed = parseNodeId(id);
  const isAsker = parsed?.kind === 'computer' || parsed?.kind === 'packageServer';
  const guid = parseGuid(isAsker ? parsed.key : id);
  if (guid) return guid;
  throw new CanopyError(
    'INVALID_INPUT',
    `computerId: "${id.slice(0, 80)}" is neither the id of a computer or package server nor a GUID.`,
    { path: ['computerId'] },
  );
}
