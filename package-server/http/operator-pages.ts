import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import type { PackageServerMetrics } from '../metrics.ts';
import type { PackageServerStatus } from '../status.ts';
import { sendJson } from './http-listener.ts';

export interface OperatorPagesOptions {
  /** Names what keeps the process from its work; empty when nothing does. */
  readonly problems: () => readonly string[];
  readonly status: () => PackageServerStatus;
  readonly metrics: PackageServerMetrics;
  /** Needed for what changes anything; only who may read the data directory knows it. */
  readonly controlSecret: string;
  /** Has these packages verified, or all; answers which. */
  verify(packages: readonly Guid[]): readonly Guid[];
  resendStatus(): void;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/**
 * `/livez` and `/readyz` for anyone; `/metrics`, `/status`, `POST /verify?package={GUID}` and
 * `POST /resend-status` from this host alone, the last two with the control secret as bearer.
 */
export class OperatorPages {
  private readonly options: OperatorPagesOptions;

  constructor(options: OperatorPagesOptions) {
    this.options = options;
  }

  /** Answers true when the path is one of these pages. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    switch (path) {
      case '/livez':
        sendJson(response, 200, { status: 'ok' });
        return true;
      case '/readyz':
        this.sendReadiness(response);
        return true;
      case '/status':
        requireLoopback(request);
        sendJson(response, 200, this.options.status());
        return true;
      case '/metrics':
        requireLoopback(request);
        await this.sendMetrics(response);
        return true;
      case '/verify':
        this.requireControl(request);
        sendJson(response, 202, { packages: this.options.verify(packagesOf(request)) });
        return true;
      case '/resend-status':
        this.requireControl(request);
        this.options.resendStatus();
        sendJson(response, 202, { requested: true });
        return true;
      default:
        return false;
    }
  }

  private sendReadiness(response: ServerResponse): void {
    const problems = this.options.problems();
    if (problems.length === 0) return sendJson(response, 200, { status: 'ok', problems });
    response.setHeader('Retry-After', 1);
    sendJson(response, 503, { status: 'failed', problems });
  }

  private async sendMetrics(response: ServerResponse): Promise<void> {
    const { metrics } = this.options;
    const body = await metrics.render();
    response.writeHead(200, {
      'Content-Type': metrics.contentType,
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  private requireControl(request: IncomingMessage): void {
    requireLoopback(request);
    if (request.method !== 'POST') {
      throw new CanopyError('METHOD_NOT_ALLOWED', 'This address is asked with POST.');
    }
    const given = Buffer.from(request.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${this.options.controlSecret}`);
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
    throw new CanopyError('UNAUTHENTICATED', 'The control secret is missing or wrong.', {
      hint: 'Use canopy package-server as a user who may read the data directory.',
    });
  }
}

function requireLoopback({ socket, headers }: IncomingMessage): void {
  // A proxy on this host would make everybody local.
  const isProxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  if (LOOPBACK.test(socket.remoteAddress ?? '') && !isProxied) return;
  throw new CanopyError('FORBIDDEN', 'This address answers on the host itself only.');
}

function packagesOf(request: IncomingMessage): Guid[] {
  const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
  return query.getAll('package').map((text) => {
    const packageId = parseGuid(text);
    if (packageId) return packageId;
    throw new CanopyError('INVALID_INPUT', `package: ${JSON.stringify(text)} is not a GUID.`, {
      path: ['package'],
    });
  });
}
