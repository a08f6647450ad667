import { parseAddress, parseNetwork } from '../../catalog/network.ts';
import type { PackageServer, Site } from '../../catalog/model.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import { advice, joinCheck, type Cure, type JoinCheck } from './join-check.ts';

/**
 * The rule of KB 184143 on one side: the SMP is in a site, and a package server serves that site,
 * by its subnet or by manual assignment. Constrained or not, running or not, is all the same. It
 * holds at the join and never again.
 */
export function siteChecks(
  model: ReadModel,
  side: 'CHILD' | 'PARENT',
  metadataOnly: boolean,
): JoinCheck[] {
  const { name, addresses } = model.smp;
  const sites = model.servers.smpSites;
  const [site] = sites;
  if (!site) {
    const text =
      addresses.length === 0
        ? `${name} has no site address.`
        : `${name} is in no site: none of its addresses (${addresses.join(', ')}) is in a subnet of one.`;
    return [
      joinCheck('SMP_NOT_IN_A_SITE', side, 'FAILED', text, siteCures(model)),
      joinCheck(
        'PACKAGE_SERVER_NOT_IN_SMP_SITE',
        side,
        metadataOnly ? 'WAIVED' : 'NOT_RUN',
        metadataOnly ? WAIVED : `${name} has to be in a site first.`,
      ),
    ];
  }
  const names = sites.map((one) => one.name).join(', ');
  const inSite = joinCheck('SMP_NOT_IN_A_SITE', side, 'PASSED', `${name} is in the site ${names}.`);
  return [inSite, packageServerCheck(model, side, metadataOnly)];
}

/** Why packages cannot move by way of this SMP's site; empty when they can, as far as sites go. */
export function siteReadiness(model: ReadModel): string[] {
  return siteChecks(model, 'CHILD', false)
    .filter(({ outcome }) => outcome === 'FAILED')
    .map(({ text }) => text);
}

const WAIVED = 'Waived: only metadata is replicated, packages never move.';

function packageServerCheck(
  model: ReadModel,
  side: 'CHILD' | 'PARENT',
  metadataOnly: boolean,
): JoinCheck {
  const code = 'PACKAGE_SERVER_NOT_IN_SMP_SITE';
  const sites = model.servers.smpSites;
  const serving = serverOf(model, sites);
  if (serving) {
    const { server, membership } = serving;
    const how = membership.manuallyAssigned ? 'manually assigned' : 'by subnet';
    const text = `${server.name} serves the site ${membership.site.name} (${how}).`;
    return joinCheck(code, side, 'PASSED', text);
  }
  const names = sites.map((one) => one.name).join(', ');
  const text = `No package server serves the site ${names} of ${model.smp.name}.`;
  if (metadataOnly) return joinCheck(code, side, 'WAIVED', `${text} ${WAIVED}`);
  return joinCheck(code, side, 'FAILED', text, packageServerCures(model, sites[0]!));
}

function serverOf(model: ReadModel, sites: readonly Site[]) {
  for (const server of model.packageServers()) {
    const membership = model
      .sitesOf(server)
      .find(({ site }) => sites.some(({ id }) => id === site.id));
    if (membership) return { server, membership };
  }
  return undefined;
}

/** Puts the SMP into a site: into the only one there is, or a new one. */
function siteCures(model: ReadModel): Cure[] {
  const address = model.smp.addresses.map(parseAddress).find((one) => one !== undefined);
  if (!address) {
    return [advice('Set siteAddresses in the configuration of this SMP and start it again.')];
  }
  const [known] = model.sites();
  const site = known?.name ?? `Site of ${model.smp.name}`;
  const make: Cure = {
    text: 'Create a site.',
    mutation: `mutation { createSite(input: {name: ${quote(site)}}) { site { id } userErrors { message } } }`,
    command: `canopy site create ${word(site)}`,
  };
  const [subnet] = model.networks.containing(address);
  const prefix = address.bytes.length === 4 ? 24 : 64;
  const network = subnet?.network ?? parseNetwork(`${address.text}/${prefix}`)!.network.cidr;
  const siteId = known?.id ?? '<id of the site>';
  const place: Cure = {
    text: `Put the network of ${address.text} into the site.`,
    mutation: subnet
      ? `mutation { assignSubnetToSite(input: {subnetId: ${quote(subnet.id)}, siteId: ${quote(siteId)}}) { subnet { id } userErrors { message } } }`
      : `mutation { createSubnet(input: {network: ${quote(network)}, siteId: ${quote(siteId)}}) { subnet { id } userErrors { message } } }`,
    command: `canopy site add-subnet ${word(site)} ${network}`,
  };
  return known ? [place] : [make, place];
}

/** Assigns a package server to the site by hand: one that is there, or a new one. */
function packageServerCures(model: ReadModel, site: Site): Cure[] {
  const known = [...model.packageServers()].sort(byName)[0];
  const name = known?.name ?? 'PS01';
  const make: Cure = {
    text: 'Create a package server.',
    mutation: `mutation { createPackageServer(input: {name: ${quote(name)}}) { packageServer { id } userErrors { message } } }`,
    command: `canopy package-server create ${word(name)}`,
  };
  const id = known?.id ?? '<id of the package server>';
  const assign: Cure = {
    text: 'Assign it to the site by hand.',
    mutation: `mutation { assignPackageServerToSite(input: {packageServerId: ${quote(id)}, siteId: ${quote(site.id)}}) { packageServer { id } userErrors { message } } }`,
    command: `canopy site assign-ps ${word(site.name)} ${word(name)}`,
  };
  return known ? [{ ...assign, text: `Assign ${name} to the site by hand.` }] : [make, assign];
}

const byName = (left: PackageServer, right: PackageServer): number =>
  left.name < right.name ? -1 : left.name > right.name ? 1 : 0;

/** A string of GraphQL. */
const quote = (text: string): string => JSON.stringify(text);

/** A word of a POSIX shell. */
const word = (text: string): string =>
  /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
