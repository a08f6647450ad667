import type { Guid } from '../core/guid.ts';
import type { Json } from '../core/canonical-json.ts';

/**
 * What the owner of a package signs for each snapshot. Whoever holds the statement and the bytes
 * can prove them to anyone; a server in between can withhold them, not alter them.
 */
export function snapshotStatement(snapshot: {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly rootHash: string;
  readonly ownerNodeId: string;
}): Json {
  return {
    kind: 'snapshot',
    packageId: snapshot.packageId,
    internalVersion: snapshot.internalVersion,
    rootHash: snapshot.rootHash,
    ownerNodeId: snapshot.ownerNodeId,
  };
}

/** What a parent signs to let package servers of a child fetch one version from its own. */
export function ticketStatement(ticket: {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly childNodeId: string;
  readonly expiresAtMs: number;
}): Json {
  return {
    kind: 'ticket',
    packageId: ticket.packageId,
    internalVersion: ticket.internalVersion,
    childNodeId: ticket.childNodeId,
    expiresAtMs: ticket.expiresAtMs,
  };
}

/** What a package server signs when it has verified every byte of a version that it holds. */
export function holdingStatement(holding: {
  readonly packageServerId: Guid;
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly rootHash: string;
}): Json {
  return {
    kind: 'holding',
    packageServerId: holding.packageServerId,
    packageId: holding.packageId,
    internalVersion: holding.internalVersion,
    rootHash: holding.rootHash,
  };
}
