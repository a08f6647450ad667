import type { CatalogContext } from '../../catalog/context.ts';
import { missingItems, requireItem } from '../../catalog/require-item.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Child, DeletePolicy, ReplicationRule } from '../../catalog/tree-model.ts';
import { InputCheck, sortedGuids } from '../../catalog/validation.ts';
import { CanopyError, refuseProblems } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';

/** What is to be different; absent fields stay as they are. */
export interface ChildChange {
  readonly rule?: ReplicationRule | undefined;
  readonly deletePolicy?: DeletePolicy | undefined;
  readonly replicationEnabled?: boolean | undefined;
  readonly dryRun: boolean;
}

export interface ChildOutcome {
  readonly child: Child;
  /** Packages that it gets under the rule and did not before. */
  readonly added: number;
  /** Packages that are withdrawn from it. */
  readonly withdrawn: number;
}

const MAX_CHOSEN = 5_000;

/**
 * Changes what a child gets and does. Another rule makes it compare everything; what the rule leaves
 * out goes there by the delete policy. Answers the child as it is (for a dry run: would be) stored.
 * Throws `NOT_FOUND` for a child or packages that are not here, `CONFLICT` for a removed child.
 */
export async function updateChild(
  context: CatalogContext,
  childId: Guid,
  { dryRun, ...change }: ChildChange,
): Promise<ChildOutcome> {
  const rule = change.rule && checkedRule(change.rule);
  const work = async (tx: Parameters<Parameters<CatalogContext['write']>[0]>[0]) => {
    const before = await requireItem(tx, 'child', childId, ['childId']);
    if (before.state === 'REMOVED') {
      throw new CanopyError('CONFLICT', `${before.name} was removed.`, { path: ['childId'] });
    }
    if (rule?.kind === 'CHOSEN') {
      const path = 'packages.packageIds';
      const missing = await missingItems(tx, 'package', rule.packageIds, path);
      refuseProblems(missing.map((one) => ({ ...one, path: one.path.join('.').split('.') })));
    }
    const child = changed(before, { ...change, rule });
    if (!dryRun) tx.put('child', child);
    return { child, ...difference(context.model, before.rule, child.rule) };
  };
  return dryRun ? (await context.store.transact(work)).value : context.write(work);
}

function checkedRule(rule: ReplicationRule): ReplicationRule {
  if (rule.kind === 'EVERYTHING') return rule;
  const packageIds = sortedGuids(rule.packageIds);
  const check = new InputCheck();
  if (packageIds.length > MAX_CHOSEN) {
    const text = `${packageIds.length} packages are more than ${MAX_CHOSEN}.`;
    check.add('packages.packageIds', text, 'Replicate everything instead.');
  }
  check.refuse();
  return { kind: 'CHOSEN', packageIds };
}

function changed(before: Child, change: Omit<ChildChange, 'dryRun'>): Child {
  const rule = change.rule ?? before.rule;
  const isSameRule = JSON.stringify(rule) === JSON.stringify(before.rule);
  return {
    ...before,
    rule: isSameRule ? before.rule : rule,
    ruleRevision: isSameRule ? before.ruleRevision : before.ruleRevision + 1,
    deletePolicy: change.deletePolicy ?? before.deletePolicy,
    replicationEnabled: change.replicationEnabled ?? before.replicationEnabled,
  };
}

function difference(
  model: ReadModel,
  before: ReplicationRule,
  after: ReplicationRule,
): { readonly added: number; readonly withdrawn: number } {
  const got = chosenBy(before);
  const gets = chosenBy(after);
  let added = 0;
  let withdrawn = 0;
  for (const { id } of model.packages()) {
    if (gets(id) && !got(id)) added += 1;
    if (got(id) && !gets(id)) withdrawn += 1;
  }
  return { added, withdrawn };
}

function chosenBy(rule: ReplicationRule): (id: Guid) => boolean {
  if (rule.kind === 'EVERYTHING') return () => true;
  const chosen = new Set(rule.packageIds);
  return (id) => chosen.has(id);
}
