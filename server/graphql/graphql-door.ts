import {
  ApolloServer,
  HeaderMap,
  type ApolloServerPlugin,
  type HTTPGraphQLRequest,
  type HTTPGraphQLResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type DocumentNode } from 'graphql';
import { requirePrincipal } from '../../catalog/authority.ts';
import { CanopyError, ERRORS } from '../../core/errors.ts';
import { requireDigest } from '../../core/http-signature.ts';
import { takeBranches } from '../../hierarchy/remote/take-branches.ts';
import { deadlineAfter } from '../../hierarchy/remote/time-budget.ts';
import { createContext, type GraphqlContext } from '../../schema/context.ts';
import type { Door, Exchange } from '../http/door.ts';
import { publicError, retryAfterSeconds } from '../http/error-answer.ts';
import { LIMITS } from '../limits.ts';
import type { SignedNode } from '../nodes/node-authenticator.ts';
import { withinDeadline } from './deadline.ts';
import { formatError, formatErrors, logDefects } from './format-error.ts';
import type { GraphqlService } from './graphql-service.ts';
import { PARSE_OPTIONS, VALIDATION_OPTIONS } from './hardened-operation.ts';
import { limitErrors } from './operation-limits.ts';
import { Session } from './session.ts';

const GRAPHQL_JSON = 'application/graphql-response+json';

interface HttpContext extends GraphqlContext {
  readonly requestId: string;
}

/** Errors of the request itself; everything else is an answer. */
const REQUEST_ERRORS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'QUERY_TOO_COMPLEX',
]);

export interface GraphqlDoor extends Door {
  close(): Promise<void>;
}

/**
 * `/graphql` over HTTP: GET for queries, POST for all (GraphQL over HTTP). Every request needs a
 * bearer token or a signature of a node; without a good one the answer is 401 in GraphQL's error
 * shape before anything is
 * parsed. Batches and persisted queries are off.
 */
export async function openGraphqlDoor(service: GraphqlService): Promise<GraphqlDoor> {
  const apollo = new ApolloServer<HttpContext>({
    schema: service.schema,
    // Who gets here is signed in, and the schema is public at /schema.graphql.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    parseOptions: PARSE_OPTIONS,
    validationOptions: VALIDATION_OPTIONS,
    formatError,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      limits,
      branches,
      statusByAccept,
      defects,
    ],
  });
  await apollo.start();
  return {
    name: 'graphql',
    matches: (lowerPath) => lowerPath === '/graphql',
    handle: (exchange) => answer(apollo, service, exchange),
    renderError,
    close: () => apollo.stop(),
  };
}

async function answer(
  apollo: ApolloServer<HttpContext>,
  service: GraphqlService,
  exchange: Exchange,
): Promise<void> {
  const { request, requestId, logger, origin } = exchange;
  const node = service.nodes.authenticate(exchange);
  const session = new Session(service, {
    node: node?.principal,
    authorization: request.headers.authorization,
    clientAddress: exchange.clientAddress,
  });
  requirePrincipal(await session.signIn());
  const httpGraphQLRequest = await readRequest(exchange, node);
  const { services } = service;
  const context = async (): Promise<HttpContext> => {
    const { catalog, hierarchy } = session;
    const recheck = (): Promise<void> => session.recheck();
    const deadline = deadlineAfter(service.clock, LIMITS.graphql.executionTimeoutMs);
    return {
      ...createContext({ catalog, hierarchy, services, origin, logger, recheck, deadline }),
      requestId,
    };
  };
  const work = apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context });
  send(exchange, await withinDeadline(service.clock, work));
}

/** Throws `REQUEST_TOO_LARGE` and `MALFORMED_REQUEST`. */
async function readRequest(
  exchange: Exchange,
  node: SignedNode | undefined,
): Promise<HTTPGraphQLRequest> {
  const { request, query } = exchange;
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const method = request.method ?? 'GET';
  const isJson = /^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '');
  const body = method === 'POST' && isJson ? await readJson(exchange, node) : undefined;
  return { method, headers, search: query === '' ? '' : `?${query}`, body };
}

async function readJson(exchange: Exchange, node: SignedNode | undefined): Promise<unknown> {
  const body = await exchange.readBody(node ? LIMITS.nodes.bodyBytes : LIMITS.http.bodyBytes);
  if (node) requireDigest(node.signed, body);
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new CanopyError('MALFORMED_REQUEST', 'The body is not JSON.', { cause });
  }
}

function send({ request, response }: Exchange, answered: HTTPGraphQLResponse): void {
  const { body, headers, status } = answered;
  if (body.kind !== 'complete') throw new TypeError('incremental delivery is not part of this API');
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', Buffer.byteLength(body.string));
  response.writeHead(status ?? 200);
  response.end(request.method === 'HEAD' ? undefined : body.string);
}

/** Depth, aliases, cost: measured with the variables, so not part of the cached validation. */
const limits: ApolloServerPlugin<HttpContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ schema, document, operation, request }) => {
      if (!operation) return;
      const [error] = limitErrors({ schema, document, operation, variables: request.variables });
      if (!error) return;
      const extensions = { ...error.extensions, http: { status: 400 } };
      throw new GraphQLError(error.message, { extensions });
    },
  }),
};

/** Has other nodes answer what is theirs, and puts it into the result. */
const branches: ApolloServerPlugin<HttpContext> = {
  requestDidStart: async ({ contextValue }) => ({
    didResolveOperation: async (operation) => {
      const { schema, document, request } = operation;
      contextValue.branches.variables = request.variables ?? {};
      // The engine executes the document that is here now; its own types call that read-only.
      (operation as { document: DocumentNode }).document = takeBranches(schema, document);
    },
    willSendResponse: async ({ response: { body } }) => {
      if (body.kind === 'single') {
        body.singleResult = contextValue.branches.graft(body.singleResult);
      }
    },
  }),
};

/**
 * GraphQL over HTTP: who accepts only `application/json` gets 200 for a well-formed request even
 * when it cannot be executed; `application/graphql-response+json` has real status codes.
 */
const statusByAccept: ApolloServerPlugin<HttpContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ request, response, errors }) => {
      if (response.http.status === undefined || acceptsGraphqlJson(request.http?.headers)) return;
      const codes = errors?.map(({ extensions }) => String(extensions['code'])) ?? [];
      if (codes.some((code) => REQUEST_ERRORS.has(code))) response.http.status = 200;
    },
  }),
};

const defects: ApolloServerPlugin<HttpContext> = {
  requestDidStart: async ({ contextValue }) => ({
    didEncounterErrors: async ({ errors }) => logDefects(errors, contextValue),
  }),
};

function acceptsGraphqlJson(headers: HeaderMap | undefined): boolean {
  return (headers?.get('accept') ?? '').includes(GRAPHQL_JSON);
}

/** An error before execution, in GraphQL's shape and with the status of its code. */
function renderError({ request, response, requestId }: Exchange, thrown: unknown): void {
  const error = publicError(thrown);
  const errors = formatErrors([new GraphQLError(error.message, { originalError: error })]);
  const body = JSON.stringify({ errors, extensions: { requestId } });
  const type = (request.headers.accept ?? '').includes(GRAPHQL_JSON)
    ? GRAPHQL_JSON
    : 'application/json';
  const retryAfter = retryAfterSeconds(error);
  response.writeHead(ERRORS[error.code].status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
    ...(error.code === 'UNAUTHENTICATED' ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(request.complete ? {} : { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
