import type { Guid } from '../core/guid.ts';
import { makeOffer, snapshotUrl, uncToFileUrl, urlText, type Trust } from './codebase.ts';
import type { CodebaseKind } from './explain-codebases.ts';
import type { PackageServer } from './model.ts';
import type { ReadModel } from './read-model.ts';

/** A row of the catalogue's codebases: what exists, whoever asks. */
export interface ListedCodebase {
  readonly packageId: Guid;
  /** UNC in its native form; `databaseUrl` is the form of `SWDPackageCodebase` (KB 180568). */
  readonly url: string;
  readonly databaseUrl: string;
  readonly kind: CodebaseKind;
  readonly snapshotUrl: string | undefined;
  readonly internalVersion: number;
  readonly trust: Trust;
  readonly packageServer: PackageServer | undefined;
  readonly sourceName: string;
}

/**
 * Every codebase of a package's current version: the same rows as the database view
 * `swdpackagecodebase`, which a property test compares with this list.
 */
export function listCodebases(model: ReadModel, packageId: Guid): ListedCodebase[] {
  const one = model.package(packageId);
  if (!one?.enabled || one.internalVersion === 0) return [];
  const { servers } = model;
  const index = model.packageIndex(packageId);
  const current = index.holdersOf(one.internalVersion) ?? servers.none;
  // What the parent's package servers have is in the parent's list.
  const elsewhere = servers.servers.without(servers.enabled).or(servers.upstream);
  const offer = makeOffer({
    package: one,
    internalVersion: one.internalVersion,
    snapshot: model.snapshot(packageId, one.internalVersion),
    origin: model.smp.publicUrl,
  });
  const rows: ListedCodebase[] = [];
  for (const slot of current.and(index.assigned).without(elsewhere).members()) {
    const source = index.sourcesAt(slot, servers)[0]!;
    for (const shape of index.urlsOf(slot, source)) {
      const url = urlText(shape, offer);
      rows.push({
        packageId,
        url,
        databaseUrl: shape.kind === 'UNC' ? uncToFileUrl(url) : url,
        kind: source.trust === 'EXTERNAL' ? 'EXTERNAL' : shape.kind,
        snapshotUrl: snapshotUrl(offer),
        internalVersion: one.internalVersion,
        trust: source.trust,
        packageServer: source.packageServer,
        sourceName: source.trust === 'EXTERNAL' ? model.smp.name : source.name,
      });
    }
  }
  return rows;
}
