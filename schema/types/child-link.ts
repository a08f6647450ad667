import { createUnionType, Field, ObjectType } from 'type-graphql';
import type { DeletePolicy } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type {
  ChildLinkEvent,
  CompareReason,
  SentItem,
} from '../../hierarchy/link/link-protocol.ts';
import { CompareReasonEnum, DeletePolicyEnum } from '../enums.ts';
import { GuidScalar, JsonObject, SafeInt } from '../scalars.ts';

@ObjectType('PlacementRaise', {
  description: 'A node that has to raise its placement, by which it is known elsewhere.',
  simpleResolvers: true,
})
class PlacementRaiseType {
  @Field(() => String, { description: 'Node id of the child, or of a node below it.' })
  nodeId!: string;
  @Field(() => SafeInt, { description: 'Its placement has to be higher than this.' })
  above!: number;
}

@ObjectType('ChildStandingEvent', {
  description: 'The first event of a link, and again whenever it changed.',
  simpleResolvers: true,
})
export class ChildStandingEventType {
  @Field(() => [JsonObject], {
    description: 'Ancestors from the root to the parent, with what each was signed.',
  })
  lineage!: readonly object[];
  @Field(() => String, { description: "The parent's signature over the membership, base64." })
  membership!: string;
  @Field(() => Boolean, { description: 'Whether the parent sends pages.' })
  replicationEnabled!: boolean;
  @Field(() => Boolean, { description: 'Packages never move over this link.' })
  metadataOnly!: boolean;
  @Field(() => DeletePolicyEnum, { description: 'What happens with what the parent deletes.' })
  deletePolicy!: DeletePolicy;
  @Field(() => String, { description: "Where the parent stands in the child's feed." })
  upCursor!: string;
  @Field(() => [PlacementRaiseType], { description: 'Of the child and of nodes below it.' })
  raises!: readonly PlacementRaiseType[];
  @Field(() => SafeInt, { description: 'Time of the parent, milliseconds since 1970 UTC.' })
  serverTimeMs!: number;
}

@ObjectType('SentTreeItem', { description: 'One item of a page.', simpleResolvers: true })
export class SentTreeItemType {
  @Field(() => JsonObject, {
    nullable: true,
    description: 'As its owner signed it; null for one that is not for the child (any more).',
  })
  item!: object | null;
  @Field(() => String, { nullable: true, description: 'Key of an item that is not for the child.' })
  withdrawnKey!: string | null;
  @Field(() => SafeInt, { description: 'How old the statement is, milliseconds.' })
  ageMs!: number;
}

export function sentTreeItemNode(sent: SentItem): SentTreeItemType {
  return sent.kind === 'ITEM'
    ? { item: sent.item, withdrawnKey: null, ageMs: sent.ageMs }
    : { item: null, withdrawnKey: `${sent.itemKind}/${sent.id}`, ageMs: 0 };
}

@ObjectType('ChildPageEvent', {
  description: "A stretch of the parent's feed under the child's rule.",
  simpleResolvers: true,
})
export class ChildPageEventType {
  @Field(() => [SentTreeItemType], { description: 'Current states, each key once.' })
  items!: readonly SentTreeItemType[];
  @Field(() => String, { description: 'Where the page ends; the child acknowledges it.' })
  cursor!: string;
  @Field(() => Boolean, { description: 'Another page follows at once.' })
  more!: boolean;
}

@ObjectType('ChildCompareEvent', {
  description: 'The child is to compare everything; nothing comes by cursor until it has.',
  simpleResolvers: true,
})
export class ChildCompareEventType {
  @Field(() => CompareReasonEnum, { description: 'Why.' })
  reason!: CompareReason;
}

@ObjectType('ChildOffersEvent', {
  description: "Where the parent's package servers have packages.",
  simpleResolvers: true,
})
export class ChildOffersEventType {
  @Field(() => [JsonObject], { description: 'New and changed offers.' })
  offers!: readonly object[];
  @Field(() => [GuidScalar], { description: 'Packages that can no longer be had.' })
  withdrawn!: readonly Guid[];
  @Field(() => Boolean, { description: 'Every offer was told; what was not is withdrawn.' })
  complete!: boolean;
}

@ObjectType('ChildServersEvent', {
  description: 'The package servers that those of the child may fetch from: all of them.',
  simpleResolvers: true,
})
export class ChildServersEventType {
  @Field(() => [JsonObject], { description: 'Best addresses first.' })
  servers!: readonly object[];
}

@ObjectType('ChildOperationEvent', {
  description: 'A query that the child is to answer with answerOperation.',
  simpleResolvers: true,
})
export class ChildOperationEventType {
  @Field(() => JsonObject, { description: 'Query, variables, time left and who asks.' })
  operation!: object;
}

@ObjectType('ChildCancelEvent', {
  description: 'Nobody waits for the answer to this operation any more.',
  simpleResolvers: true,
})
export class ChildCancelEventType {
  @Field(() => String, { description: 'Its id.' })
  operationId!: string;
}

@ObjectType('ChildHeartbeatEvent', {
  description: 'Comes every ten seconds; the child answers it with an empty acknowledgeTree.',
  simpleResolvers: true,
})
export class ChildHeartbeatEventType {
  @Field(() => SafeInt, { description: 'Time of the parent, milliseconds since 1970 UTC.' })
  serverTimeMs!: number;
}

@ObjectType('ChildRemovedEvent', {
  description: 'The child was removed. The last event.',
  simpleResolvers: true,
})
export class ChildRemovedEventType {
  @Field(() => Boolean, { description: 'It keeps what it got, as its own.' })
  keepsItems!: boolean;
}

const TYPES = {
  STANDING: ChildStandingEventType,
  PAGE: ChildPageEventType,
  COMPARE: ChildCompareEventType,
  OFFERS: ChildOffersEventType,
  SERVERS: ChildServersEventType,
  OPERATION: ChildOperationEventType,
  CANCEL: ChildCancelEventType,
  HEARTBEAT: ChildHeartbeatEventType,
  REMOVED: ChildRemovedEventType,
} as const;

export const ChildLinkEventUnion = createUnionType({
  name: 'ChildLinkEvent',
  description: 'What a parent says over the link of a child; see docs/protocol.md.',
  types: () => Object.values(TYPES) as (typeof TYPES)[keyof typeof TYPES][],
  // What is resolved is an event with its kind, from `childLinkEventNode`.
  resolveType: (event: object) => TYPES[(event as ChildLinkEvent).kind],
});

/** An event with the members of its type. */
export function childLinkEventNode(event: ChildLinkEvent): object {
  switch (event.kind) {
    case 'STANDING':
      return { ...event, ...event.standing };
    case 'PAGE':
      return { kind: event.kind, ...event.page, items: event.page.items.map(sentTreeItemNode) };
    default:
      return event;
  }
}

@ObjectType('DigestChild', { description: 'A longer prefix.', simpleResolvers: true })
class DigestChildType {
  @Field(() => String, { description: 'The prefix.' })
  prefix!: string;
  @Field(() => String, { description: 'Digest of what is below it.' })
  digest!: string;
}

@ObjectType('DigestItem', { description: 'One item below a prefix.', simpleResolvers: true })
class DigestItemType {
  @Field(() => String, { description: 'Its key.' })
  key!: string;
  @Field(() => String, { description: 'Node id of its owner.' })
  ownerNodeId!: string;
  @Field(() => SafeInt, { description: "Number of its owner's statement." })
  ownerRevision!: number;
}

@ObjectType('DigestAnswer', {
  description: 'What is below one prefix: digests of the longer ones, or the few items.',
  simpleResolvers: true,
})
class DigestAnswerType {
  @Field(() => String, { description: 'The prefix asked for.' })
  prefix!: string;
  @Field(() => SafeInt, { description: 'Items below it.' })
  count!: number;
  @Field(() => String, { description: 'Digest of all of them.' })
  digest!: string;
  @Field(() => [DigestChildType], { description: 'Sixteen, or none.' })
  children!: readonly DigestChildType[];
  @Field(() => [DigestItemType], { description: 'All, or none when there are children.' })
  items!: readonly DigestItemType[];
}

@ObjectType('TreeDigests', {
  description: 'Digests of what the child is to have.',
  simpleResolvers: true,
})
export class TreeDigestsType {
  @Field(() => [DigestAnswerType], { description: 'One for each prefix.' })
  answers!: readonly DigestAnswerType[];
  @Field(() => String, { description: 'Where to read on once all differences are gone.' })
  cursor!: string;
}

@ObjectType('DownloadTicket', {
  description: "Lets a package server of the child fetch one version from the parent's.",
  simpleResolvers: true,
})
export class DownloadTicketType {
  @Field(() => GuidScalar, { description: 'GUID of the package.' })
  packageId!: Guid;
  @Field(() => SafeInt, { description: 'The internal version.' })
  internalVersion!: number;
  @Field(() => String, { description: 'Node id of the child.' })
  childNodeId!: string;
  @Field(() => SafeInt, { description: 'Until when, milliseconds since 1970 UTC.' })
  expiresAtMs!: number;
  @Field(() => String, { description: "The parent's signature, base64." })
  signature!: string;
}
