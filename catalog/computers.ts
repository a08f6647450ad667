import { refuseProblems } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { ComputerInput } from './inputs.ts';
import type { Computer } from './model.ts';
import type { CatalogTransaction } from './ports.ts';
import { missingItems, requireFree, requireItem } from './require-item.ts';
import { InputCheck, sortedGuids } from './validation.ts';

export async function createComputer(
  context: CatalogContext,
  input: ComputerInput,
): Promise<Computer> {
  const empty: Computer = {
    id: input.id ?? context.random.guid(),
    name: '',
    domain: '',
    addresses: [],
    manualSiteIds: [],
    origin: 'LOCAL',
  };
  const item = withFields(empty, { ...input, name: input.name ?? '' });
  return context.write(async (tx) => {
    await requireFree(tx, 'computer', item.id);
    return put(tx, item);
  });
}

export function updateComputer(
  context: CatalogContext,
  id: Guid,
  input: ComputerInput,
): Promise<Computer> {
  return context.write(async (tx) =>
    put(tx, withFields(await requireItem(tx, 'computer', id), input)),
  );
}

/** Deletes the record and its package assignments; the machine is asked nothing. */
export function deleteComputer(context: CatalogContext, id: Guid): Promise<Computer> {
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'computer', id);
    for (const one of await tx.list('package')) tx.remove('assignment', `${one.id}/${id}`);
    tx.remove('computer', id);
    return item;
  });
}

async function put(tx: CatalogTransaction, item: Computer): Promise<Computer> {
  refuseProblems(await missingItems(tx, 'site', item.manualSiteIds, 'manualSiteIds'));
  tx.put('computer', item);
  return item;
}

function withFields(before: Computer, input: ComputerInput): Computer {
  const check = new InputCheck();
  const after: Computer = {
    ...before,
    ...(input.name !== undefined && { name: check.line('name', input.name, 250) }),
    ...(input.domain !== undefined && { domain: check.text('domain', input.domain.trim(), 250) }),
    ...(input.addresses && { addresses: check.addresses('addresses', input.addresses) }),
    ...(input.manualSiteIds && { manualSiteIds: sortedGuids(input.manualSiteIds) }),
  };
  check.refuse();
  return after;
}
