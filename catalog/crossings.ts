import type { Guid } from '../core/guid.ts';
import type { UpstreamServer } from './tree-model.ts';

/** The right of one package server to fetch one version from the parent's package servers. */
export interface Lease {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly packageServerId: Guid;
  /** As it goes into the header `Canopy-Ticket`; empty while the parent cannot be asked for one. */
  readonly ticket: string;
}

/**
 * Who fetches what across the hierarchy now. In memory only: after a restart leases are given
 * anew. The decision reads it; `hierarchy/crossing/` gives and ends leases.
 */
export class Crossings {
  private readonly leases = new Map<Guid, Lease>();
  private readonly blockedRedirects = new Set<Guid>();
  private readonly watchers = new Set<(packageId: Guid | undefined) => void>();
  private servers: readonly UpstreamServer[] | undefined;

  leaseOf(packageId: Guid): Lease | undefined {
    return this.leases.get(packageId);
  }

  setLease(lease: Lease): void {
    this.leases.set(lease.packageId, lease);
    this.tell(lease.packageId);
  }

  endLease(packageId: Guid): void {
    if (this.leases.delete(packageId)) this.tell(packageId);
  }

  /** A legacy package server was sent to the parent for it not long ago. */
  isRedirectBlocked(packageId: Guid): boolean {
    return this.blockedRedirects.has(packageId);
  }

  blockRedirect(packageId: Guid): void {
    this.blockedRedirects.add(packageId);
  }

  unblockRedirect(packageId: Guid): void {
    this.blockedRedirects.delete(packageId);
  }

  /** The parent's package servers in its SMP's site; `undefined`: it has not told them yet. */
  get upstreamServers(): readonly UpstreamServer[] | undefined {
    return this.servers;
  }

  set upstreamServers(servers: readonly UpstreamServer[] | undefined) {
    this.servers = servers;
    this.tell(undefined);
  }

  /**
   * Calls `watcher` after each change: with the package of a lease, with `undefined` when the
   * parent's package servers changed. Ends with the function that it answers.
   */
  watch(watcher: (packageId: Guid | undefined) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  private tell(packageId: Guid | undefined): void {
    for (const watcher of this.watchers) watcher(packageId);
  }
}
