import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { PackageServer } from './model.ts';
import { assignmentFor } from './package-server-assignments.ts';
import type { PackageServerLinks } from './package-server-links.ts';

interface Inputs {
  readonly context: CatalogContext;
  readonly links: PackageServerLinks;
}

/**
 * Asks package servers to hash the bytes of a package again: the given ones, or all that are to
 * hold it. Answers whom it asked. Throws `NOT_FOUND`, and `CONFLICT` for one that cannot be asked.
 */
export function verifyPackage(
  { context: { model, identity }, links }: Inputs,
  packageId: Guid,
  packageServerIds: readonly Guid[] | undefined,
): PackageServer[] {
  const one = model.package(packageId);
  if (!one) throw missing('package', packageId, ['packageId']);
  const asked = packageServerIds
    ? packageServerIds.map((id, index) =>
        requireAskable(model, id, ['packageServerIds', String(index)]),
      )
    : [...model.packageServers()].filter(
        (server) =>
          server.publicKey !== '' &&
          (model.holding(server.id, packageId)?.held.length ||
            assignmentFor(model, server, packageId, () => identity.publicKey)),
      );
  for (const { id } of asked) links.askToVerify(id, packageId);
  return asked;
}

/** Asks a package server for a full report. Throws `NOT_FOUND` and `CONFLICT`. */
export function resendStatus({ context: { model }, links }: Inputs, id: Guid): PackageServer {
  const asked = requireAskable(model, id, ['packageServerId']);
  links.askToResend(id);
  return asked;
}

function requireAskable(
  model: CatalogContext['model'],
  id: Guid,
  path: readonly string[],
): PackageServer {
  const item = model.packageServer(id);
  if (!item) throw missing('package server', id, path);
  if (item.publicKey !== '') return item;
  const legacy = item.kind === 'LEGACY';
  throw new CanopyError('CONFLICT', `${item.name} has no link to this server.`, {
    path,
    hint: legacy
      ? 'A legacy package server reports by itself; ask it on its own console.'
      : 'Enrol it first (createEnrollmentToken).',
  });
}

function missing(kind: string, id: Guid, path: readonly string[]): CanopyError {
  return new CanopyError('NOT_FOUND', `There is no ${kind} ${id}.`, { path });
}
