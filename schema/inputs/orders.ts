import { Field, InputType, registerEnumType, type ClassType } from 'type-graphql';
import type { Order } from '../../catalog/queries.ts';
import { OrderDirectionEnum } from '../enums.ts';

interface OrderInput {
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
}
export type OrderType = ClassType<OrderInput>;

/** The order input of one list: enum value → stored field. */
function orderType(name: string, noun: string, fields: { readonly [value: string]: string }) {
  const values = Object.fromEntries(Object.keys(fields).map((value) => [value, value]));
  registerEnumType(values, {
    name: `${name}Field`,
    description: `What ${noun} can be ordered by.`,
    valuesConfig: Object.fromEntries(
      Object.keys(fields).map((value) => [
        value,
        { description: `By ${value.toLowerCase().replaceAll('_', ' ')}.` },
      ]),
    ),
  });

  @InputType(name, { description: `One order of ${noun}; the id decides between equals.` })
  class OrderClass implements OrderInput {
    @Field(() => values, { description: 'What to order by.' })
    field!: string;
    @Field(() => OrderDirectionEnum, { defaultValue: 'ASC', description: 'Which way.' })
    direction!: 'ASC' | 'DESC';
  }
  const ordersOf = (orders: readonly OrderInput[] | null | undefined): Order[] =>
    (orders ?? []).map(({ field, direction }) => ({ field: fields[field]!, direction }));
  return { type: OrderClass as OrderType, ordersOf };
}

export const packageOrder = orderType('PackageOrder', 'packages', {
  NAME: 'name',
  VERSION: 'version',
  INTERNAL_VERSION: 'internalVersion',
  CREATED_AT: 'createdAtMs',
  UPDATED_AT: 'updatedAtMs',
});
export const siteOrder = orderType('SiteOrder', 'sites', { NAME: 'name' });
export const subnetOrder = orderType('SubnetOrder', 'subnets', {
  NETWORK: 'network',
  NAME: 'name',
});
export const packageServerOrder = orderType('PackageServerOrder', 'package servers', {
  NAME: 'name',
});
export const computerOrder = orderType('ComputerOrder', 'computers', {
  NAME: 'name',
  DOMAIN: 'domain',
});
export const packageStatusOrder = orderType('PackageStatusOrder', 'package statuses', {
  STATE: 'status',
  SINCE: 'sinceMs',
});
