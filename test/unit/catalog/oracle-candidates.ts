import type { Trust, UrlKind } from '../../../catalog/codebase.ts';
import type { Holding, Package, PackageServer, PublicationTypes } from '../../../catalog/model.ts';
import type { CatalogWorld } from '../../support/catalog-world.ts';

/** Something that a package might be had from, whoever asks. */
export interface Candidate {
  /** `SMP`, `EXTERNAL`, the GUID of a package server, or `UPSTREAM` and one of the parent's. */
  readonly id: string;
  readonly name: string;
  readonly trust: Trust;
  readonly server: PackageServer | undefined;
  readonly versions: readonly number[];
  readonly codebases: (version: number) => readonly CandidateCodebase[];
}

export interface CandidateCodebase {
  readonly kind: UrlKind | 'EXTERNAL';
  readonly url: string;
}

/** The SMP, the package's own location if it has one, and every package server. */
export function candidatesOf(world: CatalogWorld, one: Package, origin: string): Candidate[] {
  const servers = world.packageServers.map((server) => serverCandidate(world, one, server));
  const upstream = upstreamCandidates(world, one);
  return [smpCandidate(world, one, origin), ...externalCandidates(one), ...upstream, ...servers];
}

export function holdingOf(
  world: CatalogWorld,
  one: Package,
  server: PackageServer,
): Holding | undefined {
  return world.holdings.find(
    (holding) => holding.packageServerId === server.id && holding.packageId === one.id,
  );
}

function smpCandidate(world: CatalogWorld, one: Package, origin: string): Candidate {
  const { smp, settings, snapshots } = world;
  const kept = snapshots.filter((snapshot) => snapshot.packageId === one.id);
  return {
    id: 'SMP',
    name: smp.name,
    trust: 'OWN',
    server: undefined,
    versions: kept
      .filter(({ origin: from }) => from === 'LOCAL')
      .map((snapshot) => snapshot.internalVersion),
    codebases: (version) => {
      const { https, http, unc } = settings.smpPublication;
      const found: CandidateCodebase[] = [];
      const url = webUrl(origin, one, version);
      if (https && smp.scheme === 'https') found.push({ kind: 'HTTPS', url });
      if (http && smp.scheme === 'http') found.push({ kind: 'HTTP', url });
      if (unc && smp.uncRoot) found.push({ kind: 'UNC', url: uncUrl(smp.uncRoot, one, version) });
      return found;
    },
  };
}

function externalCandidates(one: Package): Candidate[] {
  const { source, internalVersion } = one;
  if (source.kind !== 'UNC' && source.kind !== 'URL') return [];
  const url = source.kind === 'UNC' ? source.path : source.url;
  return [
    {
      id: 'EXTERNAL',
      name: '',
      trust: 'EXTERNAL',
      server: undefined,
      versions: internalVersion > 0 ? [internalVersion] : [],
      codebases: () => [{ kind: 'EXTERNAL', url }],
    },
  ];
}

/** Package servers of the parent, in its order, for a version that this SMP knows by its tree. */
function upstreamCandidates(world: CatalogWorld, one: Package): Candidate[] {
  const offer = world.upstreamOffers.find(({ packageId }) => packageId === one.id);
  if (!offer || one.origin === 'LOCAL') return [];
  const isKnown = world.snapshots.some(
    (snapshot) =>
      snapshot.packageId === one.id &&
      snapshot.internalVersion === offer.internalVersion &&
      snapshot.rootHash === offer.rootHash,
  );
  if (!isKnown) return [];
  const sources = offer.sources.filter(({ urls }) => urls.length > 0);
  return sources.map(({ packageServerId, name, urls }) => ({
    id: `UPSTREAM ${packageServerId}`,
    name,
    trust: 'UPSTREAM',
    server: undefined,
    versions: [offer.internalVersion],
    codebases: () =>
      urls.map((url) => {
        if (url.startsWith('https')) return { kind: 'HTTPS', url };
        return { kind: url.startsWith('http') ? 'HTTP' : 'UNC', url };
      }),
  }));
}

function serverCandidate(world: CatalogWorld, one: Package, server: PackageServer): Candidate {
  const holding = holdingOf(world, one, server);
  const types = server.publicationTypes ?? world.settings.packageServerPublication;
  const isLegacy = server.kind === 'LEGACY';
  return {
    id: server.id,
    name: server.name,
    trust: isLegacy ? 'CLAIMED' : 'ATTESTED',
    server,
    versions: versionsHeld(world, server, holding),
    codebases: (version) =>
      isLegacy ? claims(types, holding) : published(types, server, { one, version }),
  };
}

function versionsHeld(
  world: CatalogWorld,
  server: PackageServer,
  holding: Holding | undefined,
): number[] {
  const versions: number[] = [];
  for (const held of holding?.held ?? []) {
    for (const snapshot of world.snapshots) {
      if (snapshot.packageId !== holding?.packageId) continue;
      if (snapshot.internalVersion !== held.internalVersion) continue;
      if (server.kind === 'CANOPY' && snapshot.rootHash !== held.rootHash) continue;
      versions.push(held.internalVersion);
    }
  }
  return versions;
}

function published(
  types: PublicationTypes,
  server: PackageServer,
  { one, version }: { readonly one: Package; readonly version: number },
): CandidateCodebase[] {
  const { httpsUrl, httpUrl, uncRoot } = server;
  const found: CandidateCodebase[] = [];
  if (types.https && httpsUrl) found.push({ kind: 'HTTPS', url: webUrl(httpsUrl, one, version) });
  if (types.http && httpUrl) found.push({ kind: 'HTTP', url: webUrl(httpUrl, one, version) });
  if (types.unc && uncRoot) found.push({ kind: 'UNC', url: uncUrl(uncRoot, one, version) });
  return found;
}

/** The URLs that a legacy server stated, of the types that are switched on. */
function claims(types: PublicationTypes, holding: Holding | undefined): CandidateCodebase[] {
  const stated = holding?.claimedUrls ?? [];
  const found: CandidateCodebase[] = [];
  for (const url of stated)
    if (types.https && /^https:/i.test(url)) found.push({ kind: 'HTTPS', url });
  for (const url of stated)
    if (types.http && /^http:/i.test(url)) found.push({ kind: 'HTTP', url });
  for (const url of stated) {
    if (!types.unc || !/^file:/i.test(url)) continue;
    found.push({ kind: 'UNC', url: url.slice('FILE:'.length).split('/').join('\\') });
  }
  return found;
}

function webUrl(base: string, one: Package, version: number): string {
  return `${base}/Altiris/PackageShare/{${one.id.toUpperCase()}}/${version}/`;
}

function uncUrl(root: string, one: Package, version: number): string {
  return `${root}\\{${one.id.toUpperCase()}}\\v${version}`;
}

/** In the order in which equals are listed. */
export function compareCandidates(left: Candidate, right: Candidate): number {
  return compareText(left.name, right.name) || compareText(left.id, right.id);
}

/** By code units, whatever the locale. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
