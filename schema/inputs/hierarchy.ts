import { Field, ID, InputType } from 'type-graphql';
import type { ConflictChoice } from '../../catalog/tree-model.ts';
import type { JoinInput } from '../../hierarchy/membership/join.ts';
import type { ItemsChoice } from '../../hierarchy/membership/leave.ts';
import { ConflictChoiceEnum, ItemsChoiceEnum } from '../enums.ts';

const DRY_RUN = 'Only tell what would happen; nothing is changed.';

@InputType({ description: 'The parent that this SMP joins.' })
export class JoinHierarchyInput {
  @Field(() => String, { description: 'Where the parent is reached: https://host:port.' })
  parentUrl!: string;
  @Field(() => String, {
    description:
      'A token of the parent (createEnrollmentToken, kind CHILD). Its secret is not sent.',
  })
  token!: string;
  @Field(() => ConflictChoiceEnum, {
    defaultValue: 'REFUSE',
    description: 'What happens with local packages that have the GUID of one of the parent.',
  })
  onConflict!: ConflictChoice;
  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Join without a package server in the site of either SMP. Packages never move over it.',
  })
  metadataOnly!: boolean;
  @Field(() => ID, {
    nullable: true,
    description: 'Node id that the root of the tree must have, now and later.',
  })
  expectRoot?: string | null;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Take the place of the present parent, in one step.',
  })
  replaceParent!: boolean;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Only run the checks of both sides; nothing is changed.',
  })
  dryRun!: boolean;
}

export function joinInput({ expectRoot, ...input }: JoinHierarchyInput): JoinInput {
  return { ...input, expectRoot: expectRoot ?? '' };
}

@InputType({ description: 'How this SMP leaves its parent.' })
export class LeaveHierarchyInput {
  @Field(() => ItemsChoiceEnum, {
    defaultValue: 'KEEP',
    description: 'What happens with the packages that came from the parent.',
  })
  items!: ItemsChoice;
  @Field(() => Boolean, { defaultValue: false, description: DRY_RUN })
  dryRun!: boolean;
}

@InputType({ description: 'The child that is removed.' })
export class RemoveChildInput {
  @Field(() => ID, { description: 'The child, by id or GUID.' })
  childId!: string;
  @Field(() => ItemsChoiceEnum, {
    defaultValue: 'KEEP',
    description: 'What the child does with the packages that came from this SMP.',
  })
  items!: ItemsChoice;
  @Field(() => Boolean, { defaultValue: false, description: DRY_RUN })
  dryRun!: boolean;
}
