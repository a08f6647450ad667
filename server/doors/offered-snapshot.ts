import { offeredVersion } from '../../catalog/decide-codebases.ts';
import { locateAsker } from '../../catalog/locate-asker.ts';
import type { Snapshot } from '../../catalog/model.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import { CanopyError } from '../../core/errors.ts';
import { bracedGuid, type Guid } from '../../core/guid.ts';

/** What an address without a request document asks for. */
export interface SnapshotQuestion {
  readonly packageId: Guid;
  /** `undefined` means the version that is offered to `clientAddress` now. */
  readonly internalVersion: number | undefined;
  readonly clientAddress: string;
}

/** Throws `NOT_FOUND`, saying whether the package, its first version or this version is missing. */
export function snapshotFor(model: ReadModel, question: SnapshotQuestion): Snapshot {
  const { packageId, clientAddress } = question;
  const name = bracedGuid(packageId);
  if (!model.package(packageId)) throw notFound(`There is no package ${name} on this server.`);
  const internalVersion =
    question.internalVersion ??
    offeredVersion(model, locateAsker(model, { addresses: [clientAddress] }), packageId);
  const snapshot = model.snapshot(packageId, internalVersion);
  if (snapshot) return snapshot;
  if (question.internalVersion === undefined) {
    throw notFound(`The package ${name} has no snapshot to offer to ${clientAddress} yet.`);
  }
  throw notFound(
    `The package ${name} has no version ${internalVersion} on this server (any more).`,
  );
}

function notFound(message: string): CanopyError {
  return new CanopyError('NOT_FOUND', message);
}
