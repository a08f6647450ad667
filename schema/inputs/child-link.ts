import { Field, InputType, Int } from 'type-graphql';
import { JsonObject, SafeInt } from '../scalars.ts';

@InputType({ description: 'How a child introduces itself.' })
export class ChildHelloInput {
  @Field(() => SafeInt, { description: 'Raised and stored each time its process starts.' })
  bootCounter!: number;
  @Field(() => Int, { description: 'Version of the protocol; 1.' })
  protocolVersion!: number;
  @Field(() => String, { description: 'Version of its software.' })
  softwareVersion!: string;
  @Field(() => String, { description: 'Its name.' })
  name!: string;
  @Field(() => String, { description: 'Where people reach it; empty when nowhere.' })
  url!: string;
  @Field(() => String, { description: 'Of the last page it stored; empty for none.' })
  cursor!: string;
}

@InputType({ description: "A stretch of the child's feed of what goes up." })
export class UpPageInput {
  @Field(() => [JsonObject], { description: 'Summaries and progress; at most 500.' })
  states!: object[];
  @Field(() => String, {
    description: 'Cursor of the page before; at the first, the upCursor that the link began with.',
  })
  after!: string;
  @Field(() => String, { description: "The child's; the parent stores it with the states." })
  cursor!: string;
}
