import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { SiteInput, SubnetInput } from './inputs.ts';
import type { Site, Subnet } from './model.ts';
import { parseNetwork } from './network.ts';
import { forgetInOverlays } from './overlay-places.ts';
import type { CatalogTransaction } from './ports.ts';
import { changeItem, requireFree, requireItem } from './require-item.ts';
import { keepFloorsOfMovedSubnet } from './site-floors.ts';
import { InputCheck, quoted } from './validation.ts';

export async function createSite(context: CatalogContext, input: SiteInput): Promise<Site> {
  const empty: Site = { id: input.id ?? context.random.guid(), name: '', description: '' };
  const item = siteWith(empty, { ...input, name: input.name ?? '' });
  return context.write(async (tx) => {
    await requireFree(tx, 'site', item.id);
    tx.put('site', item);
    return item;
  });
}

export function updateSite(context: CatalogContext, id: Guid, input: SiteInput): Promise<Site> {
  return context.write(async (tx) => {
    const item = siteWith(await requireItem(tx, 'site', id), input);
    tx.put('site', item);
    return item;
  });
}

/**
 * Deletes a site. Its subnets stay, in no site; servers, computers and packages lose the manual
 * assignment. No machine is deleted.
 */
export function deleteSite(context: CatalogContext, id: Guid): Promise<Site> {
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'site', id);
    for (const { id: key, siteId } of await tx.list('subnet')) {
      if (siteId !== id) continue;
      await changeItem(tx, 'subnet', key, (stored) => ({ ...stored, siteId: undefined }));
    }
    for (const kind of ['packageServer', 'computer'] as const) {
      for (const { id: key, manualSiteIds } of await tx.list(kind)) {
        if (!manualSiteIds.includes(id)) continue;
        await changeItem<typeof kind>(tx, kind, key, (stored) => withoutSite(stored, id));
      }
    }
    for (const { id: key, siteIds } of await tx.list('package')) {
      if (!siteIds.includes(id)) continue;
      await changeItem(tx, 'package', key, (stored) => ({
        ...stored,
        siteIds: stored.siteIds.filter((site) => site !== id),
      }));
    }
    for (const { packageId } of await tx.list('siteOffer', `${id}/`)) {
      tx.remove('siteOffer', `${id}/${packageId}`);
    }
    await forgetInOverlays(tx, 'siteIds', id);
    tx.remove('site', id);
    return item;
  });
}

/** Contained subnets are legal; the same network twice is `CONFLICT`. */
export async function createSubnet(context: CatalogContext, input: SubnetInput): Promise<Subnet> {
  const empty: Subnet = {
    id: input.id ?? context.random.guid(),
    network: '',
    name: '',
    siteId: undefined,
  };
  const item = subnetWith(empty, { ...input, network: input.network ?? '' });
  return context.write(async (tx) => {
    await requireFree(tx, 'subnet', item.id);
    return putSubnet(context, tx, { before: undefined, after: item });
  });
}

export function updateSubnet(
  context: CatalogContext,
  id: Guid,
  input: SubnetInput,
): Promise<Subnet> {
  return context.write(async (tx) => {
    const before = await requireItem(tx, 'subnet', id);
    return putSubnet(context, tx, { before, after: subnetWith(before, input) });
  });
}

export function deleteSubnet(context: CatalogContext, id: Guid): Promise<Subnet> {
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'subnet', id);
    await keepFloorsOfMovedSubnet(context, tx, { before: item, after: undefined });
    tx.remove('subnet', id);
    return item;
  });
}

async function putSubnet(
  context: CatalogContext,
  tx: CatalogTransaction,
  move: { readonly before: Subnet | undefined; readonly after: Subnet },
): Promise<Subnet> {
  const { before, after } = move;
  if (after.siteId && after.siteId !== before?.siteId) {
    await requireItem(tx, 'site', after.siteId, ['siteId']);
  }
  for (const other of context.model.subnets()) {
    // For the helpful answer; that networks are unique is the store's to guarantee.
    if (other.network !== after.network || other.id === after.id) continue;
    throw new CanopyError('CONFLICT', `The subnet ${after.network} already exists.`, {
      path: ['network'],
      hint: 'Assign the existing subnet to the site instead.',
    });
  }
  await keepFloorsOfMovedSubnet(context, tx, move);
  tx.put('subnet', after);
  return after;
}

function siteWith(before: Site, input: SiteInput): Site {
  const check = new InputCheck();
  const after: Site = {
    ...before,
    ...(input.name !== undefined && { name: check.line('name', input.name, 250) }),
    ...(input.description !== undefined && {
      description: check.text('description', input.description, 4_000),
    }),
  };
  check.refuse();
  return after;
}

function subnetWith(before: Subnet, input: SubnetInput): Subnet {
  const check = new InputCheck();
  const after: Subnet = {
    ...before,
    ...(input.network !== undefined && { network: checkedNetwork(check, input.network) }),
    ...(input.name !== undefined && { name: check.text('name', input.name.trim(), 250) }),
    ...(input.siteId !== undefined && { siteId: input.siteId ?? undefined }),
  };
  check.refuse();
  return after;
}

function checkedNetwork(check: InputCheck, text: string): string {
  const parsed = parseNetwork(text);
  if (!parsed) {
    check.add(
      'network',
      `${quoted(text)} is not a subnet.`,
      'Write 10.1.0.0/16, 10.1.0.0/255.255.0.0 or 2001:db8::/32.',
    );
    return text;
  }
  if (parsed.hostBits) {
    const { cidr } = parsed.network;
    check.add('network', `${text} names an address inside the subnet ${cidr}.`, `Write ${cidr}.`);
  }
  return parsed.network.cidr;
}

function withoutSite<T extends { readonly manualSiteIds: readonly Guid[] }>(item: T, id: Guid): T {
  return { ...item, manualSiteIds: item.manualSiteIds.filter((site) => site !== id) };
}
