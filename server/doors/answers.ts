import { CanopyError, ERRORS, isCanopyError, type ErrorCode } from '../../core/errors.ts';
import { writeErrorXml } from '../../legacy/error-xml.ts';
import type { Exchange } from '../http/door.ts';

type Headers = Readonly<Record<string, string | number>>;

const XML = 'text/xml; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';

/** 200 with an XML document that nobody may keep, for the next answer can differ. */
export function sendXml(exchange: Exchange, xml: string): void {
  send(exchange, { status: 200, type: XML, body: xml, headers: { 'Cache-Control': 'no-store' } });
}

export function sendText(exchange: Exchange, text: string): void {
  send(exchange, { status: 200, type: TEXT, body: text, headers: { 'Cache-Control': 'no-store' } });
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Headers;
}

function send(exchange: Exchange, answer: Answer): void {
  exchange.response.writeHead(answer.status, {
    'Content-Type': answer.type,
    'Content-Length': Buffer.byteLength(answer.body),
    ...answer.headers,
  });
  exchange.response.end(answer.body);
}

/** Throws `METHOD_NOT_ALLOWED` (and names the allowed ones in `Allow`) for any other method. */
export function requireMethod(exchange: Exchange, ...methods: readonly string[]): void {
  const { method = '' } = exchange.request;
  if (methods.includes(method)) return;
  const allowed = methods.join(', ');
  exchange.response.setHeader('Allow', allowed);
  throw new CanopyError('METHOD_NOT_ALLOWED', `${method} is not answered here; use ${allowed}.`);
}

/** Errors of doors whose answers are XML documents. */
export function renderXmlError(exchange: Exchange, error: unknown): void {
  renderError(exchange, error, (code, message) => ({
    type: XML,
    body: writeErrorXml({ code, message }),
  }));
}

/** Errors of doors whose answers are files or words: one line for people. */
export function renderTextError(exchange: Exchange, error: unknown): void {
  renderError(exchange, error, (code, message) => ({ type: TEXT, body: `${message} (${code})\n` }));
}

function renderError(
  exchange: Exchange,
  error: unknown,
  render: (code: ErrorCode, message: string) => Pick<Answer, 'type' | 'body'>,
): void {
  if (exchange.response.headersSent) {
    exchange.response.destroy();
    return;
  }
  const known = isCanopyError(error) ? error : undefined;
  const code = known?.code ?? 'INTERNAL';
  const headers: Record<string, string | number> = { 'Cache-Control': 'no-store' };
  if (known?.retryAfterMs !== undefined) {
    headers['Retry-After'] = Math.max(1, Math.ceil(known.retryAfterMs / 1000));
  }
  const message = known ? sentence(known) : `Internal error; request ${exchange.requestId}.`;
  send(exchange, { status: ERRORS[code].status, headers, ...render(code, message) });
}

function sentence(error: CanopyError): string {
  const hint = error.problems[0]?.hint;
  return hint === undefined ? error.message : `${error.message} ${hint}`;
}
