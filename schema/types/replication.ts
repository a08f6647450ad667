import { Field, ObjectType } from 'type-graphql';
import type { Rejection } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';
import { connectionType } from './connection.ts';

@ObjectType('RejectedItem', {
  description: "An item of the parent's that was not taken over. What was there before stays.",
  simpleResolvers: true,
})
export class RejectedItemType {
  readonly item!: Rejection;
  @Field(() => GuidScalar, { description: 'GUID of the package that it is about.' })
  packageGuid!: Guid;
  @Field(() => String, {
    description: 'Why, for programs: DELETION_HELD, OWNER_DIFFERS, SIGNATURE_INVALID and others.',
  })
  code!: string;
  @Field(() => String, { description: 'Why, for people.' })
  reason!: string;
  @Field(() => SafeInt, { description: "Number of the owner's statement that was not taken over." })
  ownerRevision!: number;
  @Field(() => DateTimeISO, { description: 'Since when.' })
  since!: Date;
}

export function rejectedItemNode(item: Rejection): RejectedItemType {
  const { id: packageGuid, code, reason, ownerRevision, sinceMs } = item;
  return { item, packageGuid, code, reason, ownerRevision, since: new Date(sinceMs) };
}

export const RejectedItemConnection = connectionType(
  'RejectedItem',
  'rejected items',
  () => RejectedItemType,
);

@ObjectType({ description: 'Why and when everything was compared.', simpleResolvers: true })
export class ComparisonType {
  @Field(() => String, {
    description:
      'FIRST, EPOCH_CHANGED, RULE_CHANGED, CHILD_REWOUND, CURSOR_INVALID or REQUESTED; see docs/protocol.md.',
  })
  reason!: string;
  @Field(() => DateTimeISO, { description: 'When the child was told to.' })
  at!: Date;
}
