import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { PackageServerInput } from './inputs.ts';
import type { PackageServer, PublicationTypes } from './model.ts';
import { forgetInOverlays } from './overlay-places.ts';
import { changeItem, requireFree, requireItem } from './require-item.ts';
import { keepFloors, keepFloorsOfMovedServer } from './site-floors.ts';
import { InputCheck, quoted, sortedGuids } from './validation.ts';

export async function createPackageServer(
  context: CatalogContext,
  input: PackageServerInput,
): Promise<PackageServer> {
  const empty: PackageServer = {
    id: input.id ?? context.random.guid(),
    name: '',
    kind: input.kind ?? 'CANOPY',
    constrained: false,
    enabled: true,
    addresses: [],
    hostNames: [],
    httpUrl: '',
    httpsUrl: '',
    uncRoot: '',
    publicationTypes: undefined,
    manualSiteIds: [],
    publicKey: '',
  };
  const item = withFields(empty, { ...input, name: input.name ?? '' });
  return context.write(async (tx) => {
    await requireFree(tx, 'packageServer', item.id);
    tx.put('packageServer', item);
    return item;
  });
}

export function updatePackageServer(
  context: CatalogContext,
  id: Guid,
  input: PackageServerInput,
): Promise<PackageServer> {
  return context.write(async (tx) => {
    const item = withFields(await requireItem(tx, 'packageServer', id), input);
    await keepFloorsOfMovedServer(context, tx, item);
    tx.put('packageServer', item);
    return item;
  });
}

/** Deletes the record, its status and its place in assignments. The machine is asked nothing. */
export function deletePackageServer(context: CatalogContext, id: Guid): Promise<PackageServer> {
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'packageServer', id);
    const sites = context.model.sitesOf(item).map(({ site }) => site.id);
    await keepFloors(tx, id, sites);
    for (const { packageId } of await tx.list('holding', `${id}/`)) {
      tx.remove('holding', `${id}/${packageId}`);
    }
    for (const { id: key, packageServerIds } of await tx.list('package')) {
      if (!packageServerIds.includes(id)) continue;
      await changeItem(tx, 'package', key, (stored) => ({
        ...stored,
        packageServerIds: stored.packageServerIds.filter((server) => server !== id),
      }));
    }
    await forgetInOverlays(tx, 'packageServerIds', id);
    tx.remove('packageServer', id);
    return item;
  });
}

/** Site Servers > Assign to site: the server keeps its own subnet and serves this site too. */
export function assignPackageServerToSite(
  context: CatalogContext,
  packageServerId: Guid,
  siteId: Guid,
): Promise<PackageServer> {
  return context.write(async (tx) => {
    const before = await requireItem(tx, 'packageServer', packageServerId, ['packageServerId']);
    await requireItem(tx, 'site', siteId, ['siteId']);
    const item = { ...before, manualSiteIds: sortedGuids([...before.manualSiteIds, siteId]) };
    tx.put('packageServer', item);
    return item;
  });
}

/** Takes a manual assignment back (KB 184143). A place by subnet cannot be taken back here. */
export function unassignPackageServerFromSite(
  context: CatalogContext,
  packageServerId: Guid,
  siteId: Guid,
): Promise<PackageServer> {
  return context.write(async (tx) => {
    const before = await requireItem(tx, 'packageServer', packageServerId, ['packageServerId']);
    const site = await requireItem(tx, 'site', siteId, ['siteId']);
    if (!before.manualSiteIds.includes(siteId)) {
      throw new CanopyError(
        'CONFLICT',
        `${before.name} is not manually assigned to ${site.name}.`,
        {
          path: ['siteId'],
          hint: 'If it serves the site by its subnet, move the subnet to another site.',
        },
      );
    }
    await keepFloors(tx, packageServerId, [siteId]);
    const manualSiteIds = before.manualSiteIds.filter((id) => id !== siteId);
    const item = { ...before, manualSiteIds };
    tx.put('packageServer', item);
    return item;
  });
}

function withFields(before: PackageServer, input: PackageServerInput): PackageServer {
  const check = new InputCheck();
  const after: PackageServer = {
    ...before,
    ...(input.name !== undefined && { name: check.line('name', input.name, 250) }),
    kind: input.kind ?? before.kind,
    constrained: input.constrained ?? before.constrained,
    enabled: input.enabled ?? before.enabled,
    ...(input.addresses && { addresses: check.addresses('addresses', input.addresses) }),
    ...(input.hostNames && { hostNames: checkedHostNames(check, input.hostNames) }),
    ...(input.httpUrl !== undefined && { httpUrl: check.webUrl('httpUrl', input.httpUrl, 'http') }),
    ...(input.httpsUrl !== undefined && {
      httpsUrl: check.webUrl('httpsUrl', input.httpsUrl, 'https'),
    }),
    ...(input.uncRoot !== undefined && { uncRoot: check.unc('uncRoot', input.uncRoot) }),
    ...(input.publicationTypes !== undefined && {
      publicationTypes: input.publicationTypes ?? undefined,
    }),
  };
  if (after.kind !== before.kind) {
    check.add('kind', 'cannot be changed.', 'Delete the package server and create it anew.');
  }
  if (after.publicationTypes) checkPublication(check, 'publicationTypes', after.publicationTypes);
  check.refuse();
  return after;
}

/** Switching every publication type off leaves clients without any source (KB 179608). */
export function checkPublication(check: InputCheck, path: string, types: PublicationTypes): void {
  if (types.unc || types.http || types.https) return;
  check.add(
    path,
    'switches every publication type off, so that no machine would find a source.',
    'Leave UNC, HTTP or HTTPS on; to stop a server, disable it.',
    'PUBLICATION_TYPES_ALL_OFF',
  );
}

/** With the underscore, which Windows allows. */
const HOST_LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

function checkedHostNames(check: InputCheck, names: readonly string[]): string[] {
  const clean = names.map((name, index) => {
    const text = name.trim().toLowerCase().replace(/\.$/, '');
    const isName = text.length <= 253 && text.split('.').every((label) => HOST_LABEL.test(label));
    if (!isName) {
      check.add(
        `hostNames.${index}`,
        `${quoted(name)} is not a host name.`,
        'Write ps1 or ps1.example.',
      );
    }
    return text;
  });
  return [...new Set(clean)];
}
