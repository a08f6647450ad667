import { Arg, Ctx, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Guid } from '../../core/guid.ts';
import type { ChildLinkEvent } from '../../hierarchy/link/link-protocol.ts';
import { operationAnswer, signedTreeItem, upStates } from '../../hierarchy/link/wire-shapes.ts';
import type { GraphqlContext } from '../context.ts';
import { ChildHelloInput, UpPageInput } from '../inputs/child-link.ts';
import { GuidScalar, JsonObject, SafeInt } from '../scalars.ts';
import { guarded } from '../streams.ts';
import {
  childLinkEventNode,
  ChildLinkEventUnion,
  DownloadTicketType,
  sentTreeItemNode,
  SentTreeItemType,
  TreeDigestsType,
} from '../types/child-link.ts';

/**
 * What an SMP asks of its parent. Errors are those of the request, not `userErrors`: no person
 * reads them.
 */
@Resolver()
export class ChildLinkResolver {
  @Subscription(() => ChildLinkEventUnion, {
    description:
      'The link of the child SMP that asks, which signs its requests. First its standing, then ' +
      'what goes down the tree. See docs/protocol.md.',
    subscribe: ({
      args: { hello },
      context,
    }: {
      readonly args: { readonly hello: ChildHelloInput };
      readonly context: GraphqlContext;
    }) => guarded(context, (signal) => context.hierarchy.link.openChildLink(hello, signal)),
  })
  childLink(
    @Root() event: ChildLinkEvent,
    @Arg('hello', () => ChildHelloInput, { description: 'Who speaks.' }) _hello: ChildHelloInput,
  ): object {
    return childLinkEventNode(event);
  }

  @Mutation(() => Boolean, {
    description:
      'Everything up to this cursor is stored by the child that asks. Empty: it is alive.',
  })
  async acknowledgeTree(
    @Arg('cursor', () => String, { description: 'Of the page, or of a comparison.' })
    cursor: string,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<boolean> {
    await hierarchy.link.acknowledgeTree(cursor);
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'What the child that asks has to say of itself and the nodes below it.',
  })
  async reportTree(
    @Arg('page', () => UpPageInput, { description: "A stretch of the child's feed." })
    { states, after, cursor }: UpPageInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<boolean> {
    await hierarchy.link.reportTree({ states: upStates(states, 'page.states'), after, cursor });
    return true;
  }

  @Mutation(() => Boolean, { description: 'The answer of the child that asks to an operation.' })
  async answerOperation(
    @Arg('answer', () => JsonObject, { description: 'With the id of the operation.' })
    answer: object,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<boolean> {
    await hierarchy.link.answerOperation(operationAnswer(answer, 'answer'));
    return true;
  }

  @Mutation(() => Boolean, { description: 'The child that asks has left this parent.' })
  async leaveParent(@Ctx() { hierarchy }: GraphqlContext): Promise<boolean> {
    await hierarchy.link.leaveParent();
    return true;
  }

  @Query(() => TreeDigestsType, {
    description: 'Digests by prefix of what the child that asks is to have.',
  })
  treeDigests(
    @Arg('prefixes', () => [String], { description: 'At most 256; hexadecimal.' })
    prefixes: string[],
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return hierarchy.link.treeDigests({ prefixes });
  }

  @Query(() => [SentTreeItemType], {
    description: 'The items of these keys; what is not for the child that asks comes as withdrawn.',
  })
  async treeItems(
    @Arg('keys', () => [String], { description: 'At most 200.' }) keys: string[],
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<SentTreeItemType[]> {
    return (await hierarchy.link.treeItems(keys)).map(sentTreeItemNode);
  }

  @Mutation(() => [String], {
    description:
      'Statements that this SMP may have lost. It takes over what their owners signed, and answers ' +
      'the keys of those that are not for the child that asks.',
  })
  async offerTreeItems(
    @Arg('items', () => [JsonObject], { description: 'Signed items; at most 200.' })
    items: object[],
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<string[]> {
    const signed = items.map((item, index) => signedTreeItem(item, `items.${index}`));
    return [...(await hierarchy.link.offerTreeItems(signed)).withdrawn];
  }

  @Query(() => DownloadTicketType, {
    description: 'Lets a package server of the child that asks fetch one version.',
  })
  downloadTicket(
    @Arg('packageId', () => GuidScalar, { description: 'GUID of the package.' }) packageId: Guid,
    @Arg('internalVersion', () => SafeInt, { description: 'Which version.' })
    internalVersion: number,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return hierarchy.link.downloadTicket(packageId, internalVersion);
  }
}
