import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { silentLogger } from '../../../core/logger.ts';
import type { Door } from '../../../server/http/door.ts';
import { HttpExchange, readTarget } from '../../../server/http/http-exchange.ts';

/** A request of an agent, and where it comes from and arrives. */
export interface AgentRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query as sent. */
  readonly target: string;
  readonly body?: string;
  /** Under which the agent reached the server. */
  readonly origin: string;
  readonly clientAddress: string;
}

export interface AgentAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export type Ask = (request: AgentRequest) => Promise<AgentAnswer>;

/**
 * Asks the doors in this process: Node's own request and response on a stream instead of a
 * socket, so that thousands of answers a second go through the whole of a door.
 */
export function askInProcess(doors: readonly Door[]): Ask {
  return async (asked) => {
    const socket = new PassThrough();
    const request = incoming(asked, socket as unknown as Socket);
    const response = new ServerResponse(request);
    response.assignSocket(socket as unknown as Socket);
    response.once('finish', () => socket.end());
    const exchange = new HttpExchange({
      request,
      response,
      target: readTarget(asked.target),
      peer: { origin: asked.origin, clientAddress: asked.clientAddress },
      requestId: 'request',
      logger: silentLogger,
    });
    const closed = once(response, 'close');
    const door = doors.find((one) => one.matches(exchange.lowerPath))!;
    try {
      await door.handle(exchange);
    } catch (error) {
      door.renderError!(exchange, error);
    }
    const answer = await text(socket);
    await closed;
    return readAnswer(answer);
  };
}

/** Asks a listener that believes the forwarding headers of this host. */
export function askOverHttp(url: string): Ask {
  return async ({ method, target, body, origin, clientAddress }) => {
    const { host, protocol } = new URL(origin);
    const response = await fetch(url + target, {
      method,
      body: body ?? null,
      headers: {
        'X-Forwarded-For': clientAddress,
        'X-Forwarded-Host': host,
        'X-Forwarded-Proto': protocol.replace(':', ''),
      },
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
}

function incoming({ method, target, body }: AgentRequest, socket: Socket): IncomingMessage {
  const request = new IncomingMessage(socket);
  const version = { httpVersionMajor: 1, httpVersionMinor: 1 };
  Object.assign(request, { method, url: target, complete: true, ...version });
  if (body !== undefined) request.push(Buffer.from(body));
  request.push(null);
  return request;
}

function readAnswer(answer: string): AgentAnswer {
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Headers(headers),
    body: answer.slice(end + 4),
  };
}
