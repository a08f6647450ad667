import { CanopyError, refuseProblems } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { CatalogContext } from './context.ts';
import type { AssignmentInput, CreatePackageInput, PackageFields } from './inputs.ts';
import type { Package, PackageSource, SourceState } from './model.ts';
import type { CatalogTransaction } from './ports.ts';
import { removePackage } from './remove-package.ts';
import { derivePackage } from './replicated-packages.ts';
import { missingItems, requireFree, requireItem } from './require-item.ts';
import { sameSource } from './source-folder.ts';
import { InputCheck, sortedGuids } from './validation.ts';

/** Creates a package; its files are read by the next distribution point update. */
export async function createPackage(
  context: CatalogContext,
  input: CreatePackageInput,
): Promise<Package> {
  const nowMs = context.clock.nowMs();
  const created: Package = {
    id: input.id ?? context.random.guid(),
    name: input.name,
    description: '',
    version: '1.0',
    internalVersion: 0,
    source: input.source,
    ...stateOf(input.source),
    assignmentMode: 'ALL',
    packageServerIds: [],
    siteIds: [],
    priority: 'NORMAL',
    enableMulticast: true,
    cleanupAfterMinutes: 7 * 24 * 60,
    announceBeforeReady: false,
    enabled: true,
    origin: 'LOCAL',
    ownerNodeId: context.identity.nodeId,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const item = withFields(created, input, nowMs);
  return context.write(async (tx) => {
    await requireFree(tx, 'package', item.id);
    tx.put('package', item);
    return item;
  });
}

/** Changes the given fields. A new source is read by the next distribution point update. */
export function updatePackage(
  context: CatalogContext,
  id: Guid,
  fields: PackageFields,
): Promise<Package> {
  return context.write(async (tx) => {
    const before = await requireItem(tx, 'package', id);
    if (before.origin === 'REPLICATED') await overlayFields(tx, before, fields);
    const after = withFields(before, fields, context.clock.nowMs());
    tx.put('package', after);
    return after;
  });
}

/** Of a package of the parent's, this SMP decides alone whether it is enabled here. */
async function overlayFields(
  tx: CatalogTransaction,
  before: Package,
  { enabled, ...others }: PackageFields,
): Promise<void> {
  const foreign = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  refuseProblems(
    foreign.map((name) => ({
      code: 'CONFLICT' as const,
      message: `${before.name} came from the parent; ${name} is changed on the SMP that owns it.`,
      path: [name],
      hint: 'Here only enabled and the package server assignment can be changed.',
    })),
  );
  if (enabled === undefined) return;
  const overlay = await tx.get('overlay', before.id);
  tx.put('overlay', { packageId: before.id, assignment: overlay?.assignment, enabled });
}

/** Deletes the package with its snapshots, assignments and status. */
export function deletePackage(context: CatalogContext, id: Guid): Promise<Package> {
  return context.write(async (tx) => {
    const item = await requireLocal(tx, id);
    await removePackage(tx, id);
    return item;
  });
}

/** The console's "Assign package to": which package servers fetch it. Replaces the earlier choice. */
export async function setPackageServerAssignment(
  context: CatalogContext,
  input: AssignmentInput,
): Promise<Package> {
  const packageServerIds = sortedGuids(input.packageServerIds ?? []);
  const siteIds = sortedGuids(input.siteIds ?? []);
  checkAssignment(input, packageServerIds, siteIds);
  return context.write(async (tx) => {
    const before = await requireItem(tx, 'package', input.packageId, ['packageId']);
    if (before.sourceState === 'UNVERIFIED' && before.origin === 'LOCAL') {
      throw new CanopyError(
        'SOURCE_NOT_VERIFIED',
        `The files of ${before.name} cannot be read here: ${before.sourceReason}`,
        { path: ['packageId'], hint: 'Map the path in uncMounts, or give the URL a directory.' },
      );
    }
    refuseProblems([
      ...(await missingItems(tx, 'packageServer', input.packageServerIds, 'packageServerIds')),
      ...(await missingItems(tx, 'site', input.siteIds, 'siteIds')),
    ]);
    const after: Package = {
      ...before,
      assignmentMode: input.mode,
      packageServerIds,
      siteIds,
      updatedAtMs: context.clock.nowMs(),
    };
    if (before.origin === 'REPLICATED') {
      const overlay = await tx.get('overlay', before.id);
      const assignment = { mode: input.mode, packageServerIds, siteIds };
      tx.put('overlay', { packageId: before.id, enabled: overlay?.enabled, assignment });
    }
    tx.put('package', after);
    return after;
  });
}

/** Forgets what this SMP decided itself about a package of the parent's: the owner's word holds again. */
export function resetPackageOverlay(context: CatalogContext, id: Guid): Promise<Package> {
  return context.write(async (tx) => {
    const before = await requireItem(tx, 'package', id, ['packageId']);
    const item = await tx.get('treeItem', `PACKAGE/${id}`);
    if (before.origin === 'LOCAL' || !item?.state) return before;
    tx.remove('overlay', id);
    const after = derivePackage({
      item: { ...item, state: item.state },
      overlay: undefined,
      before: { ...before, assignmentMode: 'ALL' },
      nowMs: context.clock.nowMs(),
    });
    tx.put('package', after);
    return after;
  });
}

function checkAssignment(
  { mode }: AssignmentInput,
  packageServerIds: readonly Guid[],
  siteIds: readonly Guid[],
): void {
  const check = new InputCheck();
  if (mode !== 'INDIVIDUALLY' && packageServerIds.length > 0) {
    check.add('packageServerIds', `has no meaning with mode ${mode}.`, 'Use INDIVIDUALLY.');
  }
  if (mode !== 'SITE' && mode !== 'AUTOMATIC' && siteIds.length > 0) {
    check.add('siteIds', `has no meaning with mode ${mode}.`, 'Use SITE or AUTOMATIC.');
  }
  check.refuse();
}

/** Offers the package to computers by policy. Already assigned ones stay as they are. */
export function assignPackageToComputers(
  context: CatalogContext,
  packageId: Guid,
  computerIds: readonly Guid[],
): Promise<Package> {
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'package', packageId, ['packageId']);
    refuseProblems(await missingItems(tx, 'computer', computerIds, 'computerIds'));
    for (const computerId of sortedGuids(computerIds)) {
      tx.put('assignment', { packageId, computerId });
    }
    return item;
  });
}

/** Takes the package out of the computers' policies. Computers that do not have it are no error. */
export function unassignPackageFromComputers(
  context: CatalogContext,
  packageId: Guid,
  computerIds: readonly Guid[],
): Promise<Package> {
  return context.write(async (tx) => {
    const item = await requireItem(tx, 'package', packageId, ['packageId']);
    for (const computerId of computerIds) tx.remove('assignment', `${packageId}/${computerId}`);
    return item;
  });
}

async function requireLocal(tx: CatalogTransaction, id: Guid): Promise<Package> {
  const item = await requireItem(tx, 'package', id);
  if (item.origin === 'LOCAL') return item;
  throw new CanopyError('CONFLICT', `${item.name} came from the parent and is read-only here.`, {
    path: ['id'],
    hint: 'Change it on the SMP that owns it.',
  });
}

function withFields(before: Package, fields: PackageFields, updatedAtMs: number): Package {
  const check = new InputCheck();
  const source = fields.source && checkedSource(check, fields.source);
  const after: Package = {
    ...before,
    ...(fields.name !== undefined && { name: check.line('name', fields.name, 250) }),
    ...(fields.description !== undefined && {
      description: check.text('description', fields.description, 4_000),
    }),
    ...(fields.version !== undefined && { version: check.text('version', fields.version, 100) }),
    ...(source && !sameSource(source, before.source) && stateOf(source)),
    ...(source && { source }),
    priority: fields.priority ?? before.priority,
    enableMulticast: fields.enableMulticast ?? before.enableMulticast,
    cleanupAfterMinutes: fields.cleanupAfterMinutes ?? before.cleanupAfterMinutes,
    announceBeforeReady: fields.announceBeforeReady ?? before.announceBeforeReady,
    enabled: fields.enabled ?? before.enabled,
    updatedAtMs,
  };
  check.integer('cleanupAfterMinutes', after.cleanupAfterMinutes, { min: 0, max: 5_256_000 });
  check.refuse();
  return after;
}

function checkedSource(check: InputCheck, source: PackageSource): PackageSource {
  switch (source.kind) {
    case 'NONE':
      return source;
    case 'LOCAL':
      return { kind: 'LOCAL', path: check.folder('source.path', source.path) };
    case 'UNC':
      if (source.path === '')
        check.add('source.path', 'is empty.', 'Write \\\\server\\share\\folder.');
      return { kind: 'UNC', path: check.unc('source.path', source.path) };
    case 'URL':
      if (source.url === '') check.add('source.url', 'is empty.', 'Give an http or https URL.');
      return {
        kind: 'URL',
        url: check.webUrl('source.url', source.url, 'either'),
        directory: checkedDirectory(check, source.directory),
      };
  }
}

/** Read through `uncMounts` when it is a UNC path. */
function checkedDirectory(check: InputCheck, path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  const field = 'source.directory';
  return path.startsWith('\\\\') ? check.unc(field, path) : check.folder(field, path);
}

function stateOf(source: PackageSource): { sourceState: SourceState; sourceReason: string } {
  return { sourceState: source.kind === 'NONE' ? 'EMPTY' : 'PENDING', sourceReason: '' };
}
