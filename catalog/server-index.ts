import type { Guid } from '../core/guid.ts';
import { Bits } from './bits.ts';
import type { CodebaseSource, UrlShape } from './codebase.ts';
import type { PackageServer, PublicationTypes, Site, Subnet } from './model.ts';
import { parseAddress } from './network.ts';
import type { SmpFacts } from './read-model.ts';
import type { Settings } from './settings.ts';
import type { SubnetIndex } from './subnet-index.ts';

/** Slots of the sources that are not package servers of this SMP. */
export const SMP_SLOT = 0;
export const EXTERNAL_SLOT = 1;
/** All package servers of the parent that offer a package: the rules treat them alike. */
export const UPSTREAM_SLOT = 2;
const FIRST_SERVER_SLOT = 3;

const PACKAGE_PATH = '/Altiris/PackageShare/';

/** The members of a site as people see them. */
export interface SiteMembership {
  readonly site: Site;
  readonly manuallyAssigned: boolean;
}

interface Inputs {
  readonly smp: SmpFacts;
  readonly settings: Settings;
  readonly packageServers: Iterable<PackageServer>;
  readonly sites: ReadonlyMap<Guid, Site>;
  readonly subnets: SubnetIndex;
}

/**
 * All sources as dense slots with the masks that rules combine. Package servers take their slots
 * in order of name and GUID, so walking a mask is walking that order. Immutable: any change of a
 * server, site, subnet or setting makes a new index with the next `generation`.
 */
export class ServerIndex {
  readonly generation: number;
  readonly size: number;
  readonly sources: readonly CodebaseSource[];
  readonly slotOf: ReadonlyMap<Guid, number>;
  readonly none: Bits;
  readonly all: Bits;
  readonly smp: Bits;
  readonly external: Bits;
  readonly upstream: Bits;
  /** Package servers only, by property. */
  readonly servers: Bits;
  readonly enabled: Bits;
  readonly unconstrained: Bits;
  readonly claimed: Bits;
  /** Sources with at least one published address of their own. */
  readonly published: Bits;
  /** Package servers of the SMP's sites. */
  readonly smpSiteServers: Bits;
  readonly smpSites: readonly Site[];
  private readonly bySite = new Map<Guid, Bits>();
  private readonly bySubnet = new Map<Guid, Bits>();
  private readonly memberships = new Map<Guid, readonly SiteMembership[]>();

  constructor(generation: number, inputs: Inputs) {
    const servers = [...inputs.packageServers].sort(byName);
    this.generation = generation;
    this.size = FIRST_SERVER_SLOT + servers.length;
    this.slotOf = new Map(servers.map((server, index) => [server.id, FIRST_SERVER_SLOT + index]));
    this.sources = [
      smpSource(inputs.smp, inputs.settings),
      // What is in these two slots differs from package to package; see `PackageIndex`.
      { trust: 'EXTERNAL', packageServer: undefined, name: '', urls: [] },
      { trust: 'UPSTREAM', packageServer: undefined, name: '', urls: [] },
      ...servers.map((server) => serverSource(server, inputs.settings)),
    ];
    this.none = new Bits(this.size);
    this.smp = this.only(SMP_SLOT);
    this.external = this.only(EXTERNAL_SLOT);
    this.upstream = this.only(UPSTREAM_SLOT);
    this.servers = this.where(servers, () => true);
    this.all = this.servers.or(this.smp).or(this.external).or(this.upstream);
    this.enabled = this.where(servers, (server) => server.enabled);
    this.unconstrained = this.where(servers, (server) => !server.constrained);
    this.claimed = this.where(servers, (server) => server.kind === 'LEGACY');
    this.published = new Bits(this.size);
    this.sources.forEach((source, slot) => source.urls.length > 0 && this.published.add(slot));
    for (const server of servers) this.place(server, inputs);
    this.smpSites = sitesOfAddresses(inputs.smp.addresses, inputs);
    this.smpSiteServers = this.smpSites.reduce(
      (mask, site) => mask.or(this.ofSite(site.id)),
      this.none,
    );
  }

  only(slot: number): Bits {
    return new Bits(this.size).add(slot);
  }

  ofSite(siteId: Guid): Bits {
    return this.bySite.get(siteId) ?? this.none;
  }

  ofSubnet(subnetId: Guid): Bits {
    return this.bySubnet.get(subnetId) ?? this.none;
  }

  sitesOf(packageServerId: Guid): readonly SiteMembership[] {
    return this.memberships.get(packageServerId) ?? [];
  }

  private where(servers: PackageServer[], test: (server: PackageServer) => boolean): Bits {
    const mask = new Bits(this.size);
    servers.forEach((server, index) => test(server) && mask.add(FIRST_SERVER_SLOT + index));
    return mask;
  }

  private place(server: PackageServer, inputs: Inputs): void {
    const slot = this.slotOf.get(server.id)!;
    const subnets = decidingSubnets(server.addresses, inputs.subnets);
    for (const subnet of subnets) this.mark(this.bySubnet, subnet.id, slot);
    const derived = new Set(subnets.map((subnet) => subnet.siteId));
    const manual = new Set(server.manualSiteIds);
    const members: SiteMembership[] = [];
    for (const site of inputs.sites.values()) {
      if (!derived.has(site.id) && !manual.has(site.id)) continue;
      this.mark(this.bySite, site.id, slot);
      members.push({ site, manuallyAssigned: manual.has(site.id) });
    }
    this.memberships.set(server.id, members);
  }

  private mark(masks: Map<Guid, Bits>, id: Guid, slot: number): void {
    let mask = masks.get(id);
    if (!mask) masks.set(id, (mask = new Bits(this.size)));
    mask.add(slot);
  }
}

/** The shapes that publication types leave of a server's addresses: HTTPS, HTTP, UNC. */
function shapesOf(
  bases: { readonly https: string; readonly http: string; readonly unc: string },
  types: PublicationTypes,
  onThisSmp: boolean,
): UrlShape[] {
  const shapes: UrlShape[] = [];
  const web = (kind: 'HTTPS' | 'HTTP', base: string): UrlShape => ({
    kind,
    onThisSmp,
    prefix: `${base}${PACKAGE_PATH}`,
    separator: '/',
    suffix: '/',
    verbatim: undefined,
  });
  if (types.https && bases.https) shapes.push(web('HTTPS', trimSlashes(bases.https)));
  if (types.http && bases.http) shapes.push(web('HTTP', trimSlashes(bases.http)));
  if (types.unc && bases.unc) shapes.push(uncShape(bases.unc));
  return shapes;
}

function uncShape(root: string): UrlShape {
  return {
    kind: 'UNC',
    onThisSmp: false,
    prefix: `${root.replace(/\\+$/, '')}\\`,
    separator: '\\v',
    suffix: '',
    verbatim: undefined,
  };
}

/** The SMP speaks one scheme to the outside; the publication type of that scheme decides. */
function smpSource(smp: SmpFacts, settings: Settings): CodebaseSource {
  const { http, https, unc } = settings.smpPublication;
  const urls: UrlShape[] = [];
  if (smp.scheme === 'https' ? https : http) {
    urls.push({
      kind: smp.scheme === 'https' ? 'HTTPS' : 'HTTP',
      onThisSmp: true,
      prefix: PACKAGE_PATH,
      separator: '/',
      suffix: '/',
      verbatim: undefined,
    });
  }
  if (unc && smp.uncRoot) urls.push(uncShape(smp.uncRoot));
  return { trust: 'OWN', packageServer: undefined, name: smp.name, urls };
}

function serverSource(server: PackageServer, settings: Settings): CodebaseSource {
  const types = server.publicationTypes ?? settings.packageServerPublication;
  const claimed = server.kind === 'LEGACY';
  return {
    trust: claimed ? 'CLAIMED' : 'ATTESTED',
    packageServer: server,
    name: server.name,
    urls: claimed
      ? []
      : shapesOf(
          { https: server.httpsUrl, http: server.httpUrl, unc: server.uncRoot },
          types,
          false,
        ),
  };
}

/** The longest-prefix subnet of each address, without repetition. */
export function decidingSubnets(addresses: readonly string[], index: SubnetIndex): Subnet[] {
  const found = new Map<Guid, Subnet>();
  for (const text of addresses) {
    const address = parseAddress(text);
    const subnet = address && index.containing(address)[0];
    if (subnet) found.set(subnet.id, subnet);
  }
  return [...found.values()];
}

function sitesOfAddresses(addresses: readonly string[], inputs: Inputs): Site[] {
  const ids = new Set(decidingSubnets(addresses, inputs.subnets).map((subnet) => subnet.siteId));
  return [...inputs.sites.values()].filter((site) => ids.has(site.id));
}

function byName(left: PackageServer, right: PackageServer): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}

function trimSlashes(url: string): string {
  return url.replace(/\/+$/, '');
}
