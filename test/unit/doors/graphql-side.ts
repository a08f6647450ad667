import { execute, parse, type DocumentNode } from 'graphql';
import type { AuthorizedCatalog } from '../../../catalog/catalog.ts';
import type { CatalogQueries } from '../../../catalog/queries.ts';
import type { ReadModel } from '../../../catalog/read-model.ts';
import type { Guid } from '../../../core/guid.ts';
import { silentLogger } from '../../../core/logger.ts';
import { buildGraphqlSchema } from '../../../schema/build.ts';
import type { AuthorizedHierarchy } from '../../../hierarchy/hierarchy-service.ts';
import { createContext } from '../../../schema/context.ts';
import { nodeId } from '../../../schema/node-id.ts';
import type { SchemaServices } from '../../../schema/services.ts';
import type { Question } from '../../support/catalog-world.ts';

const schema = buildGraphqlSchema();

const CODEBASE = `
  package { guid } url kind trust snapshotUrl internalVersion rank reason
  packageServer { guid } upstreamServerGuid`;

/** Both ways to a decision, in one operation. */
const DECISION = parse(`
  query ($explain: CodebaseRequestInput!, $package: GUID!, $asker: CodebaseRequestInput) {
    explainCodebases(request: $explain) {
      package { guid }
      offeredVersion
      snapshotUrl
      redirect
      asker { sites { guid } }
      codebases { ${CODEBASE} }
      candidates { trust packageServer { guid } upstreamServerGuid accepted rank reason rule explanation urls }
    }
    package(by: { guid: $package }) { codebases(for: $asker) { ${CODEBASE} } }
  }`);

const PAGE = parse(`
  query ($where: CodebaseFilter, $first: Int, $after: String, $last: Int, $before: String) {
    codebases(where: $where, first: $first, after: $after, last: $last, before: $before) {
      nodes { ${CODEBASE} }
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`);

interface Source {
  readonly trust: string;
  readonly packageServer: { readonly guid: string } | null;
  readonly upstreamServerGuid: string | null;
}

interface Codebase extends Source {
  readonly package: { readonly guid: string };
  readonly url: string;
  readonly kind: string;
  readonly snapshotUrl: string | null;
  readonly internalVersion: number;
  readonly rank: number | null;
  readonly reason: string | null;
}

interface Candidate extends Source {
  readonly accepted: boolean;
  readonly rank: number | null;
  readonly reason: string | null;
  readonly rule: string | null;
  readonly explanation: string;
  readonly urls: readonly string[];
}

interface DecisionData {
  readonly explainCodebases: {
    readonly package: { readonly guid: string };
    readonly offeredVersion: number;
    readonly snapshotUrl: string | null;
    readonly redirect: string | null;
    readonly asker: { readonly sites: readonly { readonly guid: string }[] };
    readonly codebases: readonly Codebase[];
    readonly candidates: readonly Candidate[];
  };
  readonly package: { readonly codebases: readonly Codebase[] };
}

interface PageData {
  readonly codebases: {
    readonly nodes: readonly Codebase[];
    readonly totalCount: number;
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
  };
}

/** `explainCodebases` and `Package.codebases(for:)` for one question, in the words of the oracle. */
export async function decisionFor(model: ReadModel, question: Question) {
  const { packageId, origin, resourceId } = question;
  const asker = {
    computerId: resourceId && idOf(model, resourceId),
    addresses: question.addresses,
    totalTimeMinutes: question.totalTimeMinutes,
    denySmp: question.denySmp,
    denyExternalPackageServers: question.denyExternalPackageServers,
  };
  const explain = { ...asker, package: { guid: packageId } };
  const variables = { explain, asker, package: packageId };
  const data = await run<DecisionData>(model, { document: DECISION, variables, origin });
  const { candidates, ...decision } = data.explainCodebases;
  return {
    packageId: decision.package.guid,
    offeredVersion: decision.offeredVersion,
    snapshotUrl: decision.snapshotUrl,
    redirect: decision.redirect,
    siteIds: decision.asker.sites.map(({ guid }) => guid).sort(),
    codebases: decision.codebases.map(inOracleWords),
    accepted: candidates.filter((one) => one.accepted).map(acceptedSource),
    rejected: candidates.filter((one) => !one.accepted).map(rejectedSource),
    codebasesOfPackage: data.package.codebases.map(inOracleWords),
  };
}

/** All pages of `Query.codebases` put together, whatever the direction of reading. */
export async function listAll(
  model: ReadModel,
  args: { readonly first?: number; readonly last?: number; readonly where?: object },
) {
  const rows: Codebase[] = [];
  let place = {};
  for (;;) {
    const variables = { ...args, ...place };
    const data = await run<PageData>(model, { document: PAGE, variables, origin: 'http://x' });
    const { nodes, pageInfo, totalCount } = data.codebases;
    if (args.last === undefined) rows.push(...nodes);
    else rows.unshift(...nodes);
    if (args.last === undefined ? !pageInfo.hasNextPage : !pageInfo.hasPreviousPage) {
      if (totalCount !== rows.length) throw new Error(`${rows.length} of ${totalCount} rows`);
      return rows.map(inOracleWords);
    }
    place =
      args.last === undefined ? { after: pageInfo.endCursor } : { before: pageInfo.startCursor };
  }
}

/** Runs an operation on the real schema, as a viewer of this model. */
async function run<T>(
  model: ReadModel,
  operation: {
    readonly document: DocumentNode;
    readonly variables: Readonly<Record<string, unknown>>;
    readonly origin: string;
  },
): Promise<T> {
  const contextValue = createContext({
    catalog: catalogOf(model),
    hierarchy: {} as AuthorizedHierarchy,
    services: {} as SchemaServices,
    origin: operation.origin,
    logger: silentLogger,
    recheck: async () => undefined,
    deadline: { leftMs: () => 10_000 },
  });
  const result = await execute({
    schema,
    document: operation.document,
    contextValue,
    variableValues: operation.variables,
  });
  if (result.errors) throw new AggregateError(result.errors, result.errors[0]!.message);
  return result.data as T;
}

/** As much of a catalogue as questions about codebases read. */
function catalogOf(model: ReadModel): AuthorizedCatalog {
  const queries: Pick<CatalogQueries, 'getMany'> = {
    getMany: async (kind, keys) => {
      if (kind !== 'package') throw new TypeError(`${kind} is not read for codebases`);
      return keys.map((key) => model.package(key as Guid)) as never;
    },
  };
  return { model, queries, principal: { name: 'viewer', role: 'VIEWER' } } as AuthorizedCatalog;
}

/** Computers by opaque id, package servers by GUID: both forms are taken for both. */
function idOf(model: ReadModel, guid: Guid): string {
  return model.computer(guid) ? nodeId('computer', guid) : guid;
}

function inOracleWords(codebase: Codebase) {
  const { package: ofPackage, packageServer: _, upstreamServerGuid: __, ...rest } = codebase;
  return { candidateId: candidateIdOf(codebase), packageId: ofPackage.guid, ...rest };
}

function acceptedSource(candidate: Candidate) {
  const { trust, rank, reason, explanation, urls } = candidate;
  return { candidateId: candidateIdOf(candidate), trust, rank, reason, explanation, urls };
}

function rejectedSource(candidate: Candidate) {
  const { rule, explanation } = candidate;
  return { candidateId: candidateIdOf(candidate), rule, explanation };
}

function candidateIdOf({ trust, packageServer, upstreamServerGuid }: Source): string {
  if (packageServer) return packageServer.guid;
  if (upstreamServerGuid !== null) return `UPSTREAM ${upstreamServerGuid}`;
  return trust === 'OWN' ? 'SMP' : 'EXTERNAL';
}
