import type { Asker, CodebaseRequest } from '../catalog/codebase.ts';
import {
  explainCodebases,
  type OfferedCodebase,
  type RejectedSource,
} from '../catalog/explain-codebases.ts';
import { siteQueryUrl, snapshotUrl } from '../catalog/codebase.ts';
import type { ListedCodebase } from '../catalog/list-codebases.ts';
import { locateAsker } from '../catalog/locate-asker.ts';
import type { PackageServer } from '../catalog/model.ts';
import { parseAddress } from '../catalog/network.ts';
import { CanopyError, refuseProblems } from '../core/errors.ts';
import { parseGuid, type Guid } from '../core/guid.ts';
import type { GraphqlContext } from './context.ts';
import type { CodebaseRequestInput } from './inputs/look-ups.ts';
import { parseNodeId } from './node-id.ts';
import { refuseLongList } from './paging.ts';
import type {
  AskerType,
  CodebaseCandidate,
  CodebaseDecision,
  CodebaseType,
} from './types/codebase.ts';
import { packageNode, type PackageNode } from './types/package.ts';
import {
  computerNode,
  packageServerNode,
  siteNode,
  subnetNode,
  type PackageServerNode,
} from './types/topology.ts';

/** The decision for one asker and package, with everything that explains it. */
export function decideFor(
  { catalog, origin }: GraphqlContext,
  packageId: Guid,
  input: CodebaseRequestInput | null | undefined,
): CodebaseDecision {
  const { model } = catalog;
  const request: CodebaseRequest = {
    packageId,
    asker: locateAsker(model, {
      resourceId: input?.computerId == null ? undefined : guidOfAsker(input.computerId),
      addresses: readAddresses(input?.addresses ?? [], ['addresses']),
    }),
    origin,
    totalTimeMinutes: input?.totalTimeMinutes ?? 0,
    denySmp: input?.denySmp ?? false,
    denyExternalPackageServers: input?.denyExternalPackageServers ?? false,
  };
  const { asker, offer, codebases, rejected } = explainCodebases(model, request);
  const ofPackage = packageNode(offer.package);
  return {
    package: ofPackage,
    offeredVersion: offer.internalVersion,
    snapshotUrl: snapshotUrl(offer) ?? null,
    redirect: offer.redirect === undefined ? null : siteQueryUrl(offer),
    asker: askerNode(asker),
    codebases: codebases.map((codebase) => ({
      ...codebaseNode(codebase, ofPackage),
      rank: codebase.rank,
      reason: codebase.reason,
    })),
    candidates: [...acceptedCandidates(codebases), ...rejected.map(rejectedCandidate)],
  };
}

/** A codebase as it exists, whoever asks. */
export function codebaseNode(
  codebase: ListedCodebase | OfferedCodebase,
  ofPackage: PackageNode,
): CodebaseType {
  const { url, kind, internalVersion, trust, packageServer } = codebase;
  return {
    package: ofPackage,
    url,
    kind,
    snapshotUrl: codebase.snapshotUrl ?? null,
    internalVersion,
    trust,
    packageServer: serverOrNull(packageServer),
    upstreamServerGuid: 'upstreamId' in codebase ? (codebase.upstreamId ?? null) : null,
    rank: null,
    reason: null,
  };
}

export function askerNode({ computer, packageServer, derivations, sites }: Asker): AskerType {
  return {
    computer: computer ? computerNode(computer) : null,
    packageServer: serverOrNull(packageServer),
    locations: derivations.map(({ address, subnets, site }) => ({
      address,
      subnets: subnets.map(subnetNode),
      site: site ? siteNode(site) : null,
    })),
    sites: sites.map(siteNode),
  };
}

/** Throws `INVALID_INPUT` that names every text that is no address. */
export function readAddresses(
  addresses: readonly string[],
  path: readonly string[],
): readonly string[] {
  refuseLongList(path.at(-1)!, addresses);
  refuseProblems(
    addresses.flatMap((text, index) =>
      parseAddress(text)
        ? []
        : [
            {
              code: 'INVALID_INPUT' as const,
              message: `${path.join('.')}: "${text.slice(0, 80)}" is not an IP address.`,
              path: [...path, String(index)],
              hint: 'Write 10.1.2.3 or 2001:db8::1.',
            },
          ],
    ),
  );
  return addresses;
}

/** One candidate per source: its URLs stand together in the answer and share one place. */
function acceptedCandidates(codebases: readonly OfferedCodebase[]): CodebaseCandidate[] {
  const bySource = Map.groupBy(
    codebases,
    ({ trust, packageServer, upstreamId }) => packageServer?.id ?? upstreamId ?? trust,
  );
  return [...bySource.values()].map((urls, index) => {
    const { sourceName, trust, packageServer, upstreamId, reason, reasonText } = urls[0]!;
    return {
      name: sourceName,
      trust,
      packageServer: serverOrNull(packageServer),
      upstreamServerGuid: upstreamId ?? null,
      accepted: true,
      rank: index + 1,
      reason,
      rule: null,
      explanation: reasonText,
      urls: urls.map(({ url }) => url),
    };
  });
}

function rejectedCandidate(source: RejectedSource): CodebaseCandidate {
  return {
    name: source.sourceName,
    trust: source.trust,
    packageServer: serverOrNull(source.packageServer),
    upstreamServerGuid: source.upstreamId ?? null,
    accepted: false,
    rank: null,
    reason: null,
    rule: source.rule,
    explanation: source.ruleText,
    urls: [],
  };
}

function serverOrNull(server: PackageServer | undefined): PackageServerNode | null {
  return server ? packageServerNode(server) : null;
}

/** An asker is a computer or a package server; both have resource GUIDs. */
function guidOfAsker(id: string): Guid {
  const parsed = parseNodeId(id);
  const isAsker = parsed?.kind === 'computer' || parsed?.kind === 'packageServer';
  const guid = parseGuid(isAsker ? parsed.key : id);
  if (guid) return guid;
  throw new CanopyError(
    'INVALID_INPUT',
    `computerId: "${id.slice(0, 80)}" names neither a computer nor a package server.`,
    { path: ['computerId'], hint: 'Give its id or its GUID.' },
  );
}
