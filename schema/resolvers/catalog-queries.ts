import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql';
import {
  COMPUTER_FIELDS,
  conditionsOf,
  PACKAGE_FIELDS,
  PACKAGE_SERVER_FIELDS,
  PACKAGE_STATUS_FIELDS,
  SITE_FIELDS,
  SUBNET_FIELDS,
} from '../conditions.ts';
import type { GraphqlContext } from '../context.ts';
import {
  ComputerFilter,
  PackageFilter,
  PackageServerFilter,
  PackageStatusFilter,
  SiteFilter,
  SubnetFilter,
} from '../inputs/filters.ts';
import { ComputerBy, PackageBy, PackageServerBy, SiteBy, SubnetBy } from '../inputs/look-ups.ts';
import {
  computerOrder,
  packageOrder,
  packageServerOrder,
  packageStatusOrder,
  siteOrder,
  subnetOrder,
} from '../inputs/orders.ts';
import { findBy, findNode } from '../look-up.ts';
import { pageOfQuery, refuseLongList } from '../paging.ts';
import { smpNode } from '../smp-node.ts';
import { PageArgs, type Connection } from '../types/connection.ts';
import { NodeInterface } from '../types/node.ts';
import { PackageConnection, packageNode, PackageNode } from '../types/package.ts';
import { packageStatusRow, PackageStatusRowConnection } from '../types/package-status.ts';
import {
  ComputerConnection,
  computerNode,
  ComputerNode,
  PackageServerConnection,
  packageServerNode,
  PackageServerNode,
  SiteConnection,
  siteNode,
  SiteNode,
  SmpNode,
  SubnetConnection,
  subnetNode,
  SubnetNode,
} from '../types/topology.ts';

type Orders = readonly { readonly field: string; readonly direction: 'ASC' | 'DESC' }[];

const BY = 'Which one.';
const WHERE = 'Only those; all when absent.';
const ORDER = 'Order, most important first; by id when absent.';

@Resolver()
export class CatalogQueriesResolver {
  @Query(() => SmpNode, { description: 'This management server.' })
  smp(@Ctx() context: GraphqlContext): SmpNode {
    return smpNode(context);
  }

  @Query(() => NodeInterface, { nullable: true, description: 'Any object by its opaque id.' })
  node(
    @Arg('id', () => ID, { description: 'Opaque id.' }) id: string,
    @Ctx() context: GraphqlContext,
  ): Promise<NodeInterface | null> {
    return findNode(context, id);
  }

  @Query(() => [NodeInterface], {
    nullable: 'items',
    description: 'Several objects in the order of their ids; null where there is none.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Opaque ids.' }) ids: string[],
    @Ctx() context: GraphqlContext,
  ): Promise<NodeInterface | null>[] {
    refuseLongList('ids', ids);
    return ids.map((id) => findNode(context, id));
  }

  @Query(() => PackageNode, { nullable: true, description: 'One package.' })
  async package(
    @Arg('by', () => PackageBy, { description: BY }) by: PackageBy,
    @Ctx() context: GraphqlContext,
  ): Promise<PackageNode | null> {
    const item = await findBy(context, 'package', by);
    return item ? packageNode(item) : null;
  }

  @Query(() => PackageConnection, { description: 'Packages.' })
  packages(
    @Arg('where', () => PackageFilter, { nullable: true, description: WHERE })
    where: PackageFilter | null,
    @Arg('orderBy', () => [packageOrder.type], { nullable: true, description: ORDER })
    orderBy: Orders | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<PackageNode>> {
    return pageOfQuery(catalog.queries, {
      kind: 'package',
      conditions: conditionsOf(where, PACKAGE_FIELDS),
      orderBy: packageOrder.ordersOf(orderBy),
      args,
      node: packageNode,
    });
  }

  @Query(() => SiteNode, { nullable: true, description: 'One site.' })
  async site(
    @Arg('by', () => SiteBy, { description: BY }) by: SiteBy,
    @Ctx() context: GraphqlContext,
  ): Promise<SiteNode | null> {
    const item = await findBy(context, 'site', by);
    return item ? siteNode(item) : null;
  }

  @Query(() => SiteConnection, { description: 'Sites.' })
  sites(
    @Arg('where', () => SiteFilter, { nullable: true, description: WHERE })
    where: SiteFilter | null,
    @Arg('orderBy', () => [siteOrder.type], { nullable: true, description: ORDER })
    orderBy: Orders | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<SiteNode>> {
    return pageOfQuery(catalog.queries, {
      kind: 'site',
      conditions: conditionsOf(where, SITE_FIELDS),
      orderBy: siteOrder.ordersOf(orderBy),
      args,
      node: siteNode,
    });
  }

  @Query(() => SubnetNode, { nullable: true, description: 'One subnet.' })
  async subnet(
    @Arg('by', () => SubnetBy, { description: BY }) by: SubnetBy,
    @Ctx() context: GraphqlContext,
  ): Promise<SubnetNode | null> {
    const item = await findBy(context, 'subnet', by);
    return item ? subnetNode(item) : null;
  }

  @Query(() => SubnetConnection, { description: 'Subnets.' })
  subnets(
    @Arg('where', () => SubnetFilter, { nullable: true, description: WHERE })
    where: SubnetFilter | null,
    @Arg('orderBy', () => [subnetOrder.type], { nullable: true, description: ORDER })
    orderBy: Orders | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<SubnetNode>> {
    return pageOfQuery(catalog.queries, {
      kind: 'subnet',
      conditions: conditionsOf(where, SUBNET_FIELDS),
      orderBy: subnetOrder.ordersOf(orderBy),
      args,
      node: subnetNode,
    });
  }

  @Query(() => PackageServerNode, { nullable: true, description: 'One package server.' })
  async packageServer(
    @Arg('by', () => PackageServerBy, { description: BY }) by: PackageServerBy,
    @Ctx() context: GraphqlContext,
  ): Promise<PackageServerNode | null> {
    const item = await findBy(context, 'packageServer', by);
    return item ? packageServerNode(item) : null;
  }

  @Query(() => PackageServerConnection, { description: 'Package servers.' })
  packageServers(
    @Arg('where', () => PackageServerFilter, { nullable: true, description: WHERE })
    where: PackageServerFilter | null,
    @Arg('orderBy', () => [packageServerOrder.type], { nullable: true, description: ORDER })
    orderBy: Orders | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<PackageServerNode>> {
    return pageOfQuery(catalog.queries, {
      kind: 'packageServer',
      conditions: conditionsOf(where, PACKAGE_SERVER_FIELDS),
      orderBy: packageServerOrder.ordersOf(orderBy),
      args,
      node: packageServerNode,
    });
  }

  @Query(() => ComputerNode, { nullable: true, description: 'One computer.' })
  async computer(
    @Arg('by', () => ComputerBy, { description: BY }) by: ComputerBy,
    @Ctx() context: GraphqlContext,
  ): Promise<ComputerNode | null> {
    const item = await findBy(context, 'computer', by);
    return item ? computerNode(item) : null;
  }

  @Query(() => ComputerConnection, { description: 'Computers.' })
  computers(
    @Arg('where', () => ComputerFilter, { nullable: true, description: WHERE })
    where: ComputerFilter | null,
    @Arg('orderBy', () => [computerOrder.type], { nullable: true, description: ORDER })
    orderBy: Orders | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<ComputerNode>> {
    return pageOfQuery(catalog.queries, {
      kind: 'computer',
      conditions: conditionsOf(where, COMPUTER_FIELDS),
      orderBy: computerOrder.ordersOf(orderBy),
      args,
      node: computerNode,
    });
  }

  @Query(() => PackageStatusRowConnection, {
    description: 'One flat row per package and package server, for dashboards.',
  })
  packageStatusRows(
    @Arg('where', () => PackageStatusFilter, { nullable: true, description: WHERE })
    where: PackageStatusFilter | null,
    @Arg('orderBy', () => [packageStatusOrder.type], { nullable: true, description: ORDER })
    orderBy: Orders | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<object>> {
    const { queries, model } = catalog;
    return pageOfQuery(queries, {
      kind: 'holding',
      conditions: conditionsOf(where, PACKAGE_STATUS_FIELDS),
      orderBy: packageStatusOrder.ordersOf(orderBy),
      args,
      node: (item) =>
        packageStatusRow(
          item,
          model.package(item.packageId),
          model.packageServer(item.packageServerId),
        ),
    });
  }
}
