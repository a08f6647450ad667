import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { SiteInput, SubnetInput } from './inputs.ts';
import type { Site, Subnet } from './model.ts';
import { parseNetwork } from './network.ts';
import type { CatalogTransaction } from './ports.ts';
import { requireFree, requireItem } from './require-item.ts';
import { InputCheck } from './validation.ts';

export function createSite(context: CatalogContext, input: SiteInput): Promise<Site> {
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
  const { model } = context;
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'site', id);
    for (const subnet of await tx.list('subnet')) {
      if (subnet.siteId === id) tx.put('subnet', { ...subnet, siteId: undefined });
    }
    for (const server of await tx.list('packageServer')) {
      if (server.manualSiteIds.includes(id)) tx.put('packageServer', withoutSite(server, id));
    }
    for (const computer of [...model.computers()]) {
      if (!computer.manualSiteIds.includes(id)) continue;
      const stored = await tx.get('computer', computer.id);
      if (stored) tx.put('computer', withoutSite(stored, id));
    }
    for (const one of [...model.packages()]) {
      const stored = one.siteIds.includes(id) ? await tx.get('package', one.id) : undefined;
      if (stored) {
        tx.put('package', { ...stored, siteIds: stored.siteIds.filter((site) => site !== id) });
      }
      if (model.siteOffer(id, one.id) > 0) tx.remove('siteOffer', `${id}/${one.id}`);
    }
    tx.remove('site', id);
    return item;
  });
}

/** Contained subnets are legal; the same network twice is `CONFLICT`. */
export function createSubnet(context: CatalogContext, input: SubnetInput): Promise<Subnet> {
  const empty: Subnet = {
    id: input.id ?? context.random.guid(),
    network: '',
    name: '',
    siteId: undefined,
  };
  const item = subnetWith(empty, { ...input, network: input.network ?? '' });
  return context.write(async (tx) => {
    await requireFree(tx, 'subnet', item.id);
    return putSubnet(tx, item);
  });
}

export function updateSubnet(
  context: CatalogContext,
  id: Guid,
  input: SubnetInput,
): Promise<Subnet> {
  return context.write(async (tx) =>
    putSubnet(tx, subnetWith(await requireItem(tx, 'subnet', id), input)),
  );
}

export function deleteSubnet(context: CatalogContext, id: Guid): Promise<Subnet> {
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'subnet', id);
    tx.remove('subnet', id);
    return item;
  });
}

async function putSubnet(tx: CatalogTransaction, item: Subnet): Promise<Subnet> {
  if (item.siteId) await requireItem(tx, 'site', item.siteId, ['siteId']);
  for (const other of await tx.list('subnet')) {
    if (other.network !== item.network || other.id === item.id) continue;
    throw new CanopyError('CONFLICT', `The subnet ${item.network} already exists.`, {
      path: ['network'],
      hint: 'Assign the existing subnet to the site instead.',
    });
  }
  tx.put('subnet', item);
  return item;
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
      `${JSON.stringify(text)} is not a subnet.`,
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
