import type { Guid } from '../core/guid.ts';
import { TICKET_HEADER } from '../content/download-ticket.ts';
import { withHeaders, type HttpTransport } from '../delivery/index.ts';

/** The right to fetch one version from the parent's package servers. */
export interface Crossing {
  /** Empty: the parent could not be asked for one. */
  readonly ticket: string;
}

/** A package server of the parent. */
export interface UpstreamServer {
  readonly packageServerId: Guid;
  readonly name: string;
  readonly urls: readonly string[];
}

/** What this package server was told of the other side: the leases it holds, and who is there. */
export class Upstream {
  private readonly crossings = new Map<Guid, Crossing>();
  private known: readonly UpstreamServer[] = [];
  private readonly listeners = new Set<() => void>();

  get servers(): readonly UpstreamServer[] {
    return this.known;
  }

  /** Packages that it holds a lease for. */
  get leased(): readonly Guid[] {
    return [...this.crossings.keys()];
  }

  /** Takes the list over; listeners are told when it is another one. */
  setServers(servers: readonly UpstreamServer[]): void {
    if (JSON.stringify(servers) === JSON.stringify(this.known)) return;
    this.known = servers;
    for (const listener of this.listeners) listener();
  }

  onServers(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Takes over the lease of a package; true when one ended with it. */
  setLease(packageId: Guid, crossing: Crossing | undefined): boolean {
    if (!crossing) return this.crossings.delete(packageId);
    this.crossings.set(packageId, crossing);
    return false;
  }

  isUpstream(url: string): boolean {
    return this.known.some(({ urls }) => urls.some((base) => isBelow(url, base)));
  }

  /** For the sources of one package: the parent's package servers, and nobody else, see the ticket. */
  transportFor(packageId: Guid, transport: HttpTransport): HttpTransport {
    return withHeaders(transport, (url): Record<string, string> => {
      const ticket = this.crossings.get(packageId)?.ticket ?? '';
      return ticket !== '' && this.isUpstream(url) ? { [TICKET_HEADER]: ticket } : {};
    });
  }
}

function isBelow(url: string, base: string): boolean {
  return url.startsWith(base.endsWith('/') ? base : `${base}/`);
}
