import { Field, ID, InputType } from 'type-graphql';
import type { DeletePolicy, ReplicationRule } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import type { ChildChange } from '../../hierarchy/operations/update-child.ts';
import type { HeldDeletionsChoice } from '../../hierarchy/replication/held-deletions.ts';
import { DeletePolicyEnum } from '../enums.ts';
import { guidsOfReferences, parseNodeId, references } from '../node-id.ts';

const DRY_RUN = 'Only tell what would happen; nothing is changed.';
const NEIGHBOUR = 'The child by id, GUID or node id, or the parent by GUID or node id';

@InputType({ description: 'Which packages a child gets. Exactly one of the fields.' })
export class ChildPackagesInput {
  @Field(() => Boolean, { nullable: true, description: 'true: every package.' })
  everything?: boolean;
  @Field(() => [ID], { nullable: true, description: 'These alone, by id or GUID; may be none.' })
  packageIds?: string[];
}

@InputType({ description: 'A change of what a child gets and does; absent fields stay.' })
export class UpdateChildInput {
  @Field(() => ID, { description: 'The child, by id or GUID.' })
  childId!: string;
  @Field(() => ChildPackagesInput, {
    nullable: true,
    description: 'Which packages it gets. Another choice makes it compare everything.',
  })
  packages?: ChildPackagesInput | null;
  @Field(() => DeletePolicyEnum, {
    nullable: true,
    description: 'What it does with a package that is deleted here, or left out now.',
  })
  deletePolicy?: DeletePolicy | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether packages are replicated to it. The link stays in either case.',
  })
  replicationEnabled?: boolean | null;
  @Field(() => Boolean, { defaultValue: false, description: DRY_RUN })
  dryRun!: boolean;
}

export function childChange(input: UpdateChildInput): ChildChange {
  const { packages, deletePolicy, replicationEnabled, dryRun } = input;
  return {
    rule: packages == null ? undefined : ruleOf(packages),
    deletePolicy: deletePolicy ?? undefined,
    replicationEnabled: replicationEnabled ?? undefined,
    dryRun,
  };
}

function ruleOf({ everything, packageIds }: ChildPackagesInput): ReplicationRule {
  if (packageIds) {
    const path = ['packages', 'packageIds'];
    return { kind: 'CHOSEN', packageIds: guidsOfReferences('package', packageIds, path) };
  }
  if (everything) return { kind: 'EVERYTHING' };
  throw new CanopyError('INVALID_INPUT', 'packages.everything: false says nothing.', {
    path: ['packages', 'everything'],
    hint: 'Give packageIds; an empty list is no package.',
  });
}

@InputType({ description: 'Whether replication runs, and with whom.' })
export class EnableHierarchyReplicationInput {
  @Field(() => Boolean, { description: 'On or off.' })
  enabled!: boolean;
  @Field(() => ID, {
    nullable: true,
    description: `${NEIGHBOUR}; the parent and all children when absent.`,
  })
  neighbourId?: string | null;
}

@InputType({ description: 'With whom to replicate now.' })
export class RunReplicationInput {
  @Field(() => ID, { nullable: true, description: `${NEIGHBOUR}; all children when absent.` })
  neighbourId?: string | null;
}

/** The text that names a neighbour in the hierarchy: what an opaque id stands for, else as it is. */
export function neighbourReference(id: string | null | undefined): string | undefined {
  if (id == null) return undefined;
  const parsed = parseNodeId(id);
  return parsed?.kind === 'child' ? parsed.key : id;
}

@InputType({ description: 'Which held deletions are meant.' })
export class ConfirmHeldDeletionsInput {
  @Field(() => [ID], {
    nullable: true,
    description: 'The packages, by id or GUID; all that are held now when absent.',
  })
  packageIds?: string[] | null;
  @Field(() => Boolean, { defaultValue: false, description: DRY_RUN })
  dryRun!: boolean;
}

export function heldDeletionsChoice(input: ConfirmHeldDeletionsInput): HeldDeletionsChoice {
  const packageIds = references('package', input.packageIds, ['packageIds']);
  return { packageIds, dryRun: input.dryRun };
}
