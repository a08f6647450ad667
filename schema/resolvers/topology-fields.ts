import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { locateAsker } from '../../catalog/locate-asker.ts';
import { networkContains, parseNetwork } from '../../catalog/network.ts';
import type { Subnet } from '../../catalog/model.ts';
import type { GraphqlContext } from '../context.ts';
import { pageOfList, pageOfQuery } from '../paging.ts';
import { PageArgs, type Connection } from '../types/connection.ts';
import { JobNode } from '../types/operations.ts';
import { PackageConnection, packageNode, PackageNode } from '../types/package.ts';
import {
  PackageStatusConnection,
  packageStatusNode,
  type PackageStatusNode,
} from '../types/package-status.ts';
import {
  ComputerNode,
  PackageServerConnection,
  packageServerNode,
  PackageServerNode,
  ServedSite,
  siteNode,
  SiteNode,
  SitePackageServer,
  SmpNode,
  SubnetConnection,
  subnetNode,
  SubnetNode,
} from '../types/topology.ts';

@Resolver(() => SmpNode)
export class SmpFieldsResolver {
  @FieldResolver(() => PackageConnection, { description: 'Its packages, by id.' })
  packages(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<PackageNode>> {
    const all = { conditions: [], orderBy: [], args };
    return pageOfQuery(catalog.queries, { kind: 'package', node: packageNode, ...all });
  }

  @FieldResolver(() => PackageServerConnection, { description: 'Its package servers, by id.' })
  packageServers(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<Connection<PackageServerNode>> {
    const all = { conditions: [], orderBy: [], args };
    return pageOfQuery(catalog.queries, { kind: 'packageServer', node: packageServerNode, ...all });
  }

  @FieldResolver(() => [SiteNode], {
    description: 'The sites of this server: by its addresses, longest prefix first.',
  })
  sites(@Ctx() { catalog }: GraphqlContext): SiteNode[] {
    const { model } = catalog;
    return locateAsker(model, { addresses: model.smp.addresses }).sites.map(siteNode);
  }
}

@Resolver(() => SiteNode)
export class SiteFieldsResolver {
  @FieldResolver(() => SubnetConnection, { description: 'Its subnets.' })
  subnets(
    @Root() { item }: SiteNode,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Connection<SubnetNode> {
    return pageOfList(loaders.subnetsOfSite(item.id), args, {
      keyOf: ({ id }) => [id],
      node: subnetNode,
    });
  }

  @FieldResolver(() => [SitePackageServer], {
    description: 'Package servers that serve it, by subnet or by hand.',
  })
  packageServers(
    @Root() { item }: SiteNode,
    @Ctx() { loaders }: GraphqlContext,
  ): SitePackageServer[] {
    return loaders.packageServersOfSite(item.id).map(({ packageServer, manuallyAssigned }) => ({
      packageServer: packageServerNode(packageServer),
      manuallyAssigned,
    }));
  }

  @FieldResolver(() => PackageConnection, {
    description: 'Packages assigned to this site (modes SITE and AUTOMATIC).',
  })
  packages(
    @Root() { item }: SiteNode,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Connection<PackageNode> {
    const assigned = [...catalog.model.packages()].filter(
      ({ assignmentMode, siteIds }) =>
        (assignmentMode === 'SITE' || assignmentMode === 'AUTOMATIC') && siteIds.includes(item.id),
    );
    return pageOfList(assigned, args, { keyOf: ({ id }) => [id], node: packageNode });
  }
}

/** The other subnets that contain this one or lie inside it, with both prefix lengths. */
function overlapping(subnets: Iterable<Subnet>, one: Subnet) {
  const own = parseNetwork(one.network)!.network;
  return [...subnets]
    .filter(({ id }) => id !== one.id)
    .map((subnet) => ({ subnet, network: parseNetwork(subnet.network)!.network }))
    .filter(({ network }) => networkContains(network, own) || networkContains(own, network))
    .map(({ subnet, network }) => ({
      subnet,
      prefixLength: network.prefixLength,
      own: own.prefixLength,
    }));
}

@Resolver(() => SubnetNode)
export class SubnetFieldsResolver {
  @FieldResolver(() => SiteNode, { nullable: true, description: 'The site it belongs to.' })
  site(@Root() { item }: SubnetNode, @Ctx() { catalog }: GraphqlContext): SiteNode | null {
    const site = item.siteId === undefined ? undefined : catalog.model.site(item.siteId);
    return site ? siteNode(site) : null;
  }

  @FieldResolver(() => [SubnetNode], {
    description: 'Known networks that contain this one, longest prefix first.',
  })
  containedBy(@Root() { item }: SubnetNode, @Ctx() { catalog }: GraphqlContext): SubnetNode[] {
    return overlapping(catalog.model.subnets(), item)
      .filter(({ prefixLength, own }) => prefixLength < own)
      .sort((a, b) => b.prefixLength - a.prefixLength)
      .map(({ subnet }) => subnetNode(subnet));
  }

  @FieldResolver(() => [SubnetNode], {
    description: 'Known networks inside this one; for their addresses they decide instead of it.',
  })
  contains(@Root() { item }: SubnetNode, @Ctx() { catalog }: GraphqlContext): SubnetNode[] {
    return overlapping(catalog.model.subnets(), item)
      .filter(({ prefixLength, own }) => prefixLength > own)
      .sort((a, b) => a.prefixLength - b.prefixLength)
      .map(({ subnet }) => subnetNode(subnet));
  }
}

@Resolver(() => PackageServerNode)
export class PackageServerFieldsResolver {
  @FieldResolver(() => [ServedSite], {
    description: 'Sites it serves, by the subnets of its addresses and by hand.',
  })
  sites(@Root() { item }: PackageServerNode, @Ctx() { catalog }: GraphqlContext): ServedSite[] {
    return catalog.model
      .sitesOf(item)
      .map(({ site, manuallyAssigned }) => ({ site: siteNode(site), manuallyAssigned }));
  }

  @FieldResolver(() => PackageStatusConnection, {
    description: 'What it has, package by package.',
  })
  holdings(
    @Root() { item }: PackageServerNode,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Connection<PackageStatusNode> {
    const holdings = [...catalog.model.packages()]
      .map((ofPackage) => catalog.model.holding(item.id, ofPackage.id))
      .filter((holding) => holding !== undefined);
    return pageOfList(holdings, args, {
      keyOf: ({ packageId }) => [packageId],
      node: packageStatusNode,
    });
  }
}

@Resolver(() => ComputerNode)
export class ComputerFieldsResolver {
  @FieldResolver(() => [SiteNode], { description: 'Its sites, by address and by hand.' })
  sites(@Root() { item }: ComputerNode, @Ctx() { catalog }: GraphqlContext): SiteNode[] {
    const who = { resourceId: item.id, addresses: [] };
    return locateAsker(catalog.model, who).sites.map(siteNode);
  }

  @FieldResolver(() => [SiteNode], { description: 'Sites it was assigned to by hand.' })
  manualSites(@Root() { item }: ComputerNode, @Ctx() { catalog }: GraphqlContext): SiteNode[] {
    return item.manualSiteIds
      .map((id) => catalog.model.site(id))
      .filter((site) => site !== undefined)
      .map(siteNode);
  }

  @FieldResolver(() => [PackageNode], { description: 'Packages offered to it by policy.' })
  packages(@Root() { item }: ComputerNode, @Ctx() { catalog }: GraphqlContext): PackageNode[] {
    return catalog.model.assignedPackages(item.id).map(packageNode);
  }
}

@Resolver(() => JobNode)
export class JobFieldsResolver {
  @FieldResolver(() => PackageNode, {
    nullable: true,
    description:
      'The package it is about; null for all of them, when it is gone, and for replication.',
  })
  package(@Root() { item }: JobNode, @Ctx() { catalog }: GraphqlContext): PackageNode | null {
    const subject = item.subjectId && catalog.model.package(item.subjectId);
    return subject ? packageNode(subject) : null;
  }
}
