import { bracedGuid, type Guid } from '../core/guid.ts';
import type {
  Computer,
  IpAddress,
  Package,
  PackageServer,
  Site,
  Snapshot,
  Subnet,
} from './model.ts';

/** How a source knows what it offers; see docs/glossary.md, *trust*. */
export type Trust = 'OWN' | 'ATTESTED' | 'CLAIMED' | 'EXTERNAL' | 'UPSTREAM';
export type UrlKind = 'HTTPS' | 'HTTP' | 'UNC';

/**
 * A codebase URL with holes for the package and the version:
 * `prefix {GUID} separator version suffix`. A verbatim URL has no holes.
 * One object lives as long as its server's addresses, so renderers may cache by identity.
 */
export interface UrlShape {
  readonly kind: UrlKind;
  /** `prefix` is a path on this SMP; the asker's own origin for us goes in front. */
  readonly onThisSmp: boolean;
  readonly prefix: string;
  readonly separator: string;
  readonly suffix: string;
  readonly verbatim: string | undefined;
}

/** Something a package can be had from. One object lives until the facts behind it change. */
export interface CodebaseSource {
  readonly trust: Trust;
  /** The package server of this SMP; `undefined` for every other source. */
  readonly packageServer: PackageServer | undefined;
  /** Of an `UPSTREAM` source: the package server's GUID at the parent. */
  readonly upstreamId?: Guid | undefined;
  readonly name: string;
  /** Published shapes in the order HTTPS, HTTP, UNC; empty for servers that state their own URLs. */
  readonly urls: readonly UrlShape[];
}

/** The one version that the asker may know of, and what belongs to it. */
export interface Offer {
  readonly package: Package;
  readonly bracedId: string;
  /** 0: there is nothing to offer yet. */
  readonly internalVersion: number;
  /** `undefined` for a source that this server could not read. */
  readonly snapshot: Snapshot | undefined;
  /** Where the asker reaches this SMP: `http://smp1.example:8080`, no trailing slash. */
  readonly origin: string;
  /** Base of the parent's URL, when a legacy package server is to ask there instead (KB 181808). */
  readonly redirect: string | undefined;
}

/** The URL of one shape for an offer. UNC in its native form, `\\server\share\…`. */
export function urlText(shape: UrlShape, offer: Offer): string {
  if (shape.verbatim !== undefined) return shape.verbatim;
  const origin = shape.onThisSmp ? offer.origin : '';
  return `${origin}${shape.prefix}${offer.bracedId}${shape.separator}${offer.internalVersion}${shape.suffix}`;
}

/** Where the offered snapshot is read: versioned, so that a download never mixes two versions. */
export function snapshotUrl(offer: Offer): string | undefined {
  if (!offer.snapshot) return undefined;
  return `${offer.origin}/Altiris/NS/Agent/${offer.internalVersion}/GetPackageSnapshot.aspx`;
}

/** Where the asker is to ask again: here, or at the parent. */
export function siteQueryUrl(offer: Offer): string {
  return `${offer.redirect ?? offer.origin}/Altiris/NS/Agent/GetPackageInfo.aspx`;
}

/** `\\server\share\x` ↔ `FILE://server/share/x`, the form of the database and of KB 180568. */
export function uncToFileUrl(unc: string): string {
  return `FILE:${unc.replaceAll('\\', '/')}`;
}
export function fileUrlToUnc(url: string): string {
  return url.slice('FILE:'.length).replaceAll('/', '\\');
}

export function makeOffer(fields: Omit<Offer, 'bracedId' | 'redirect'> & Partial<Offer>): Offer {
  return { redirect: undefined, ...fields, bracedId: bracedGuid(fields.package.id) };
}

/** How one address of the asker led to a site, or did not. */
export interface AddressDerivation {
  readonly address: IpAddress;
  /** All known networks that contain it, longest prefix first; the first one decides. */
  readonly subnets: readonly Subnet[];
  readonly site: Site | undefined;
}

/** Who asks, as far as we know, and where it stands. */
export interface Asker {
  readonly resourceId: Guid | undefined;
  readonly packageServer: PackageServer | undefined;
  /** `undefined`: not known here; it is served, but nothing is remembered for it. */
  readonly computer: Computer | undefined;
  readonly derivations: readonly AddressDerivation[];
  /** By its addresses and by manual assignment, without repetition. */
  readonly sites: readonly Site[];
}

export interface CodebaseRequest {
  readonly packageId: Guid;
  readonly asker: Asker;
  readonly origin: string;
  /** How long the agent has been trying (KB 180405); minutes. */
  readonly totalTimeMinutes: number;
  /** `deny="Ns"`: no codebases of the SMP (KB 204355). */
  readonly denySmp: boolean;
  /** `deny="ExtPs"`: no package servers outside the asker's sites (KB 204355). */
  readonly denyExternalPackageServers: boolean;
}

/** Why an accepted source is in the asker's scope; also the rank, best first. */
export const ACCEPT_REASONS = {
  SAME_SUBNET: "In the asker's own subnet.",
  OWN_SITE: "Serves one of the asker's sites.",
  SMP_SITE: "Serves the SMP's site; offered because the asker tried longer than the limit.",
  UNCONSTRAINED: 'An unconstrained package server, a source for other package servers.',
  ANY_SITE: "Outside the asker's sites; offered because nothing nearer is ready.",
  PARENT_SMP_SITE:
    "A package server in the parent SMP's site; the asker holds the lease to fetch across.",
  SMP: 'This management server.',
  EXTERNAL: "The package's own location.",
  SILENT:
    'A package server that holds it and that the SMP has not heard for long; offered after the others.',
  CLAIMED: 'A legacy package server that claims to hold it; its bytes were not verified.',
} as const;
export type AcceptReason = keyof typeof ACCEPT_REASONS;

/** Why a candidate is not offered: the rules of the decision, in the order they are tried. */
export const REJECT_RULES = {
  PACKAGE_DISABLED: 'The package is switched off.',
  ASKER_ITSELF: 'The asker is this package server.',
  SERVER_DISABLED: 'The package server is switched off.',
  NOT_ASSIGNED: 'The package is not assigned to this package server.',
  NO_BYTES: 'It does not hold the bytes of this package.',
  NOT_READY: 'It has not reported the package ready.',
  NO_PUBLISHED_ADDRESS: 'Its publication types and addresses leave no codebase.',
  CROSSING_NOT_A_SERVER: 'Only package servers fetch from those of the parent; agents never cross.',
  CROSSING_LEGACY: 'A legacy package server is sent to the parent itself (KB 181808).',
  CROSSING_NOT_UNCONSTRAINED:
    'Only an unconstrained package server fetches from those of the parent (KB 180299).',
  CROSSING_OUTSIDE_SMP_SITE:
    "Only a package server in the SMP's own site fetches from those of the parent (KB 180299).",
  CROSSING_ASKER_DISABLED: 'A package server that is switched off does not fetch across.',
  CROSSING_NOT_NEEDED: 'A package server of this SMP has the version; bytes cross once.',
  CROSSING_LEASED_TO_ANOTHER: 'Another package server fetches it from the parent now.',
  CROSSING_NOT_LEASED: 'Nobody fetches it from the parent now; the SMP gives the lease soon.',
  REDIRECTED_TO_PARENT: 'The asker is sent to the parent for it (KB 181808).',
  AUTOMATIC_SITE_PENDING:
    "The package was just assigned to the asker's site; its package servers fetch it first.",
  CONSTRAINED_ASKER:
    'A constrained package server fetches only from ready package servers of its own site.',
  SMP_ONLY: 'Package servers fetch from the SMP only (PkgSvrDownloadFromNSOnly).',
  OUTSIDE_SCOPE: "Outside the asker's reach: something nearer is ready.",
  WITHHELD_FROM_SITE: 'The SMP is withheld from agents whose site has a ready source (KB 180405).',
  DENIED_SMP: 'The request denies the SMP (deny="Ns", KB 204355).',
  DENIED_EXTERNAL:
    'The request denies package servers outside its sites (deny="ExtPs", KB 204355).',
  NOTHING_TO_OFFER: 'The package has no version to offer yet.',
  OTHER_VERSION: 'It holds another version than the one offered.',
} as const;
export type RejectRule = keyof typeof REJECT_RULES;

/** Turns a decision into an answer. Called in order: `offer`, each accepted source by rank, `finish`. */
export interface CodebaseRenderer<R> {
  offer(offer: Offer): void;
  /** `urls` are the source's published shapes, or the URLs it stated itself. */
  accept(source: CodebaseSource, urls: readonly UrlShape[], reason: AcceptReason): void;
  /** Present only in renderers that explain; without it no candidate is looked at twice. */
  reject?(source: CodebaseSource, rule: RejectRule): void;
  finish(): R;
}

/** What an answer causes; applied afterwards, coalesced. */
export type DecisionEffect =
  | { readonly kind: 'ASSIGN_SITE'; readonly packageId: Guid; readonly siteId: Guid }
  /** A legacy package server was sent to the parent; no other is for a while. */
  | { readonly kind: 'BLOCK_REDIRECT'; readonly packageId: Guid }
  | {
      readonly kind: 'RAISE_SITE_OFFER';
      readonly packageId: Guid;
      readonly siteId: Guid;
      readonly internalVersion: number;
    };

export interface DecisionOutcome<R> {
  readonly result: R;
  readonly offer: Offer;
  readonly effects: readonly DecisionEffect[];
}
