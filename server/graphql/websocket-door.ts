import {
  execute,
  GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type Context } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { NodePrincipal, Principal } from '../../catalog/authority.ts';
import { atMost } from '../../core/at-most.ts';
import { CanopyError, isCanopyError } from '../../core/errors.ts';
import { deadlineAfter } from '../../hierarchy/remote/time-budget.ts';
import { createContext, type GraphqlContext } from '../../schema/context.ts';
import { refuseUpgrade } from '../http/raw-answer.ts';
import type { Upgrade } from '../http/upgrade.ts';
import { LIMITS } from '../limits.ts';
import { TIME_HEADER } from '../nodes/node-authenticator.ts';
import { withinDeadline } from './deadline.ts';
import { formatErrors, logDefects } from './format-error.ts';
import type { GraphqlService } from './graphql-service.ts';
import { operationHardener } from './hardened-operation.ts';
import { Session } from './session.ts';
import { SocketWatch } from './socket-watch.ts';

/** Close codes beside those of the protocol: RFC 6455 §7.4.1. */
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

export interface WebSocketDoor {
  matches(lowerPath: string): boolean;
  /** Takes an upgrade to `/graphql`; throws `FORBIDDEN` for a page of another origin. */
  accept(upgrade: Upgrade): void;
  readonly socketCount: number;
  /** Closes every socket with 1001 and waits until they are gone, at most `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

interface Extra {
  readonly socket: WebSocket;
  readonly upgrade: Upgrade;
  /** The node that signed the upgrade. */
  readonly node: NodePrincipal | undefined;
  session: Session | undefined;
  /** What it was told last ends the socket. */
  isOver: boolean;
}

type SocketContext = Context<Record<string, unknown>, Extra>;

/**
 * `/graphql` over WebSocket (graphql-transport-ws): queries, mutations and subscriptions under the
 * same limits as over HTTP. A node signs the upgrade; a person's token comes in
 * `connectionParams.authorization` or in the `Authorization` header of the upgrade. Closes with 4401 without a token, with 4403 for a bad one
 * and as soon as it is revoked, with 1013 when its principal has too many sockets.
 */
export function openWebSocketDoor(service: GraphqlService): WebSocketDoor {
  const clients = new Set<WebSocket>();
  const forPeople = acceptor(LIMITS.webSocket.messageBytes);
  const forNodes = acceptor(LIMITS.webSocket.nodeMessageBytes);
  const sessions = new Map<WebSocket, Session>();
  const protocol = protocolServer(service, sessions);
  const watch = new SocketWatch({
    sockets: clients,
    clock: service.clock,
    recheck: async (socket) => sessions.get(socket)?.recheck(),
  });
  return {
    matches: (lowerPath) => lowerPath === '/graphql',
    accept(upgrade) {
      refuseForeignOrigin(upgrade);
      const node = signerOf(service, upgrade);
      if (node === 'REFUSED') return;
      const { request, socket: bare, head } = upgrade;
      (node ? forNodes : forPeople).handleUpgrade(request, bare, head, (socket) => {
        clients.add(socket);
        watch.start(socket);
        open(protocol, { socket, upgrade, node, session: undefined, isOver: false });
        socket.once('close', () => {
          clients.delete(socket);
          sessions.delete(socket);
        });
      });
    },
    get socketCount() {
      return clients.size;
    },
    async close(deadlineMs) {
      watch.stop();
      await closeAll(clients, service, deadlineMs);
    },
  };
}

function acceptor(maxPayload: number): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload,
    handleProtocols: (protocols) =>
      protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
}

/** Who signed the upgrade, if somebody did. A refusal goes out here, with the server's time. */
function signerOf(
  { nodes }: GraphqlService,
  upgrade: Upgrade,
): NodePrincipal | 'REFUSED' | undefined {
  const { request, origin, clientAddress, socket } = upgrade;
  try {
    return nodes.authenticate({ request, origin, clientAddress })?.principal;
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    refuseUpgrade(socket, error, [`${TIME_HEADER}: ${nodes.serverTimeMs}`]);
    return 'REFUSED';
  }
}

function refuseForeignOrigin({ request, origin }: Upgrade): void {
  const sent = request.headers.origin;
  if (sent === undefined || sent.toLowerCase() === origin.toLowerCase()) return;
  throw new CanopyError('FORBIDDEN', `Pages of ${sent.slice(0, 200)} may not open sockets here.`, {
    path: ['Origin'],
    hint: 'Open the page from this server, or set its public URL.',
  });
}

function protocolServer(service: GraphqlService, sessions: Map<WebSocket, Session>) {
  const harden = operationHardener(service.schema);
  return makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: LIMITS.webSocket.initTimeoutMs,
    onConnect: (context) => signIn(service, sessions, context),
    onSubscribe: (context, _id, payload) => {
      const { subscriptionsPerSocket } = LIMITS.webSocket;
      // The one that is being opened is already among them.
      if (Object.keys(context.subscriptions).length > subscriptionsPerSocket) {
        return [tooManySubscriptions(subscriptionsPerSocket)];
      }
      const { errors, document } = harden(payload);
      if (errors) return errors;
      const contextValue = contextOf(service, context.extra);
      contextValue.branches.variables = payload.variables ?? {};
      return {
        schema: service.schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue,
      };
    },
    execute: (args: ExecutionArgs) =>
      withinDeadline(service.clock, Promise.resolve(execute(args))).catch(
        (error: unknown): ExecutionResult => ({ errors: [asGraphqlError(error)] }),
      ),
    onNext: ({ extra }, _id, _payload, { contextValue }, { errors, ...result }) => {
      const { branches } = contextValue as GraphqlContext;
      if (!errors) return branches.graft<GraphQLFormattedError>(result);
      return branches.graft({ ...result, errors: toldErrors(extra, errors) });
    },
    onError: ({ extra }, _id, _payload, errors) => {
      return toldErrors(extra, errors as readonly GraphQLError[]);
    },
  });
}

/** Errors as they leave. A node that is told that it is no child here has nothing more to say. */
function toldErrors(extra: Extra, errors: readonly GraphQLError[]) {
  logDefects(errors, logOf(extra));
  const told = formatErrors(errors);
  extra.isOver ||= told.some(({ extensions }) => extensions?.['code'] === 'NOT_A_CHILD');
  return told;
}

type ProtocolServer = ReturnType<typeof protocolServer>;

async function signIn(
  service: GraphqlService,
  sessions: Map<WebSocket, Session>,
  { extra, connectionParams }: SocketContext,
): Promise<boolean> {
  const { socket, upgrade } = extra;
  const sent = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  const session = new Session(service, {
    node: extra.node,
    authorization: typeof sent === 'string' ? sent : upgrade.request.headers.authorization,
    clientAddress: upgrade.clientAddress,
  });
  try {
    if (!(await session.signIn())) {
      socket.close(CloseCode.Unauthorized, 'A bearer token is needed.');
      return false;
    }
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    const limited = error.code === 'RATE_LIMITED';
    socket.close(limited ? TRY_AGAIN_LATER : CloseCode.Forbidden, error.message.slice(0, 120));
    return false;
  }
  const key = principalKey(session.principal);
  const open = [...sessions.values()].filter(({ principal }) => principalKey(principal) === key);
  if (open.length >= LIMITS.webSocket.socketsPerPrincipal) {
    const who = `"${session.principal?.name}"`;
    socket.close(TRY_AGAIN_LATER, `${who} has ${open.length} sockets open already.`);
    return false;
  }
  if (socket.readyState !== socket.OPEN) return false;
  sessions.set(socket, session);
  extra.session = session;
  return true;
}

function principalKey(principal: Principal | undefined): string {
  if (principal?.role === 'PACKAGE_SERVER') return `package server ${principal.packageServerId}`;
  if (principal?.role === 'CHILD') return `child ${principal.childId}`;
  return `token ${principal?.name}`;
}

function open(protocol: ProtocolServer, extra: Extra): void {
  const { socket, upgrade } = extra;
  const { logger, requestId } = upgrade;
  socket.on('error', (error) => logger.debug({ requestId, error }, 'A socket failed.'));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      // A failed send is followed by the close of the socket, which ends its streams.
      send: (data) =>
        new Promise((resolve) => {
          if (socket.readyState !== socket.OPEN) return resolve();
          socket.send(data, () => {
            if (extra.isOver) socket.close(CloseCode.Forbidden, 'NOT_A_CHILD');
            resolve();
          });
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data: RawData, isBinary: boolean) => {
          if (isBinary) return socket.close(CloseCode.BadRequest, 'Invalid message received');
          handle((data as Buffer).toString('utf8')).catch((error: unknown) => {
            logger.error({ requestId, error }, 'A message could not be dealt with.');
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
    },
    extra,
  );
  socket.once('close', (code, reason) => {
    closed(code, reason.toString()).catch((error: unknown) => {
      logger.error({ requestId, error }, 'The streams of a socket could not be ended.');
    });
  });
}

function contextOf(service: GraphqlService, { socket, upgrade, session }: Extra) {
  const { origin, logger } = upgrade;
  const recheck = async (): Promise<void> => {
    try {
      await session!.recheck();
    } catch (error) {
      socket.close(CloseCode.Forbidden, 'The token is no longer valid.');
      throw error;
    }
  };
  const { services, clock } = service;
  const { catalog, hierarchy } = session!;
  const deadline = deadlineAfter(clock, LIMITS.graphql.executionTimeoutMs);
  return createContext({ catalog, hierarchy, services, origin, logger, recheck, deadline });
}

function logOf({ upgrade }: Extra) {
  return { logger: upgrade.logger, requestId: upgrade.requestId };
}

function tooManySubscriptions(allowed: number): GraphQLError {
  return asGraphqlError(
    new CanopyError('QUERY_TOO_COMPLEX', `At most ${allowed} operations may run on one socket.`, {
      hint: 'Complete some, or open another socket.',
    }),
  );
}

function asGraphqlError(error: unknown): GraphQLError {
  const originalError = error as Error;
  return new GraphQLError(originalError.message, { originalError });
}

async function closeAll(
  sockets: ReadonlySet<WebSocket>,
  { clock }: GraphqlService,
  deadlineMs: number,
): Promise<void> {
  const gone = Promise.all(
    [...sockets].map((socket) => new Promise((resolve) => void socket.once('close', resolve))),
  );
  for (const socket of sockets) socket.close(GOING_AWAY, 'The server is stopping.');
  await atMost(clock, { timeoutMs: deadlineMs, work: gone, late: () => undefined });
  for (const socket of sockets) socket.terminate();
}
