import type { Json } from '../core/canonical-json.ts';
import type { Guid } from '../core/guid.ts';

/** What a package server signs when it has verified every hash of a version it holds. */
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
