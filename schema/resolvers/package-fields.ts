import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { decideFor } from '../codebase-answers.ts';
import type { GraphqlContext } from '../context.ts';
import { CodebaseRequestInput } from '../inputs/look-ups.ts';
import { pageOfList } from '../paging.ts';
import { CodebaseType } from '../types/codebase.ts';
import { PageArgs, type Connection } from '../types/connection.ts';
import {
  PackageNode,
  SnapshotConnection,
  SnapshotFileConnection,
  snapshotNode,
  SnapshotNode,
  packageNode,
  type SnapshotFile,
} from '../types/package.ts';
import {
  PackageStatusConnection,
  packageStatusNode,
  PackageStatusNode,
} from '../types/package-status.ts';
import {
  ComputerConnection,
  computerNode,
  packageServerNode,
  PackageServerNode,
  SiteNode,
  siteNode,
  type ComputerNode,
} from '../types/topology.ts';

@Resolver(() => PackageNode)
export class PackageFieldsResolver {
  @FieldResolver(() => SnapshotNode, { nullable: true, description: 'The current snapshot.' })
  snapshot(@Root() { item }: PackageNode, @Ctx() { catalog }: GraphqlContext): SnapshotNode | null {
    const snapshot = catalog.model.snapshot(item.id, item.internalVersion);
    return snapshot ? snapshotNode(snapshot) : null;
  }

  @FieldResolver(() => SnapshotConnection, { description: 'All kept snapshots, oldest first.' })
  snapshots(
    @Root() { item }: PackageNode,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Connection<SnapshotNode> {
    return pageOfList(catalog.model.snapshots(item.id), args, {
      keyOf: (snapshot) => [snapshot.internalVersion],
      node: snapshotNode,
    });
  }

  @FieldResolver(() => [CodebaseType], {
    description: 'What an asker is offered, best first; the asker without addresses when absent.',
  })
  codebases(
    @Root() { item }: PackageNode,
    @Arg('for', () => CodebaseRequestInput, { nullable: true, description: 'Who asks.' })
    asker: CodebaseRequestInput | null,
    @Ctx() context: GraphqlContext,
  ): CodebaseType[] {
    return decideFor(context, item.id, asker).codebases;
  }

  @FieldResolver(() => [PackageServerNode], {
    description: 'Package servers chosen by hand; used by the mode INDIVIDUALLY.',
  })
  assignedPackageServers(
    @Root() { item }: PackageNode,
    @Ctx() { catalog }: GraphqlContext,
  ): PackageServerNode[] {
    return item.packageServerIds
      .map((id) => catalog.model.packageServer(id))
      .filter((server) => server !== undefined)
      .map(packageServerNode);
  }

  @FieldResolver(() => [SiteNode], {
    description: 'Sites chosen by hand or automatically; used by the modes SITE and AUTOMATIC.',
  })
  assignedSites(@Root() { item }: PackageNode, @Ctx() { catalog }: GraphqlContext): SiteNode[] {
    return item.siteIds
      .map((id) => catalog.model.site(id))
      .filter((site) => site !== undefined)
      .map(siteNode);
  }

  @FieldResolver(() => PackageStatusConnection, {
    description: 'What the package servers have of it (SMC: package status).',
  })
  packageServers(
    @Root() { item }: PackageNode,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Connection<PackageStatusNode> {
    const holdings = [...catalog.model.packageServers()]
      .map((server) => catalog.model.holding(server.id, item.id))
      .filter((holding) => holding !== undefined);
    return pageOfList(holdings, args, {
      keyOf: (holding) => [holding.packageServerId],
      node: packageStatusNode,
    });
  }

  @FieldResolver(() => ComputerConnection, {
    description: 'Computers that are offered it by policy.',
  })
  assignedComputers(
    @Root() { item }: PackageNode,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { catalog }: GraphqlContext,
  ): Connection<ComputerNode> {
    const { model } = catalog;
    const computers = [...model.assignedComputers(item.id)]
      .map((id) => model.computer(id))
      .filter((computer) => computer !== undefined);
    return pageOfList(computers, args, { keyOf: ({ id }) => [id], node: computerNode });
  }
}

@Resolver(() => SnapshotNode)
export class SnapshotFieldsResolver {
  @FieldResolver(() => PackageNode, { nullable: true, description: 'The package.' })
  package(@Root() { item }: SnapshotNode, @Ctx() { catalog }: GraphqlContext): PackageNode | null {
    const ofPackage = catalog.model.package(item.packageId);
    return ofPackage ? packageNode(ofPackage) : null;
  }

  @FieldResolver(() => SnapshotFileConnection, { description: 'Its files, by path.' })
  async files(
    @Root() { item }: SnapshotNode,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Connection<SnapshotFile>> {
    const { files } = await services.readManifest(item.manifestHash);
    return pageOfList(files, args, {
      keyOf: ({ path }) => [path],
      node: ({ modifiedAtMs, ...file }) => ({ ...file, modifiedAt: new Date(modifiedAtMs) }),
    });
  }
}

@Resolver(() => PackageStatusNode)
export class PackageStatusFieldsResolver {
  @FieldResolver(() => PackageNode, { nullable: true, description: 'The package.' })
  package(
    @Root() { item }: PackageStatusNode,
    @Ctx() { catalog }: GraphqlContext,
  ): PackageNode | null {
    const ofPackage = catalog.model.package(item.packageId);
    return ofPackage ? packageNode(ofPackage) : null;
  }

  @FieldResolver(() => PackageServerNode, { nullable: true, description: 'The package server.' })
  packageServer(
    @Root() { item }: PackageStatusNode,
    @Ctx() { catalog }: GraphqlContext,
  ): PackageServerNode | null {
    const server = catalog.model.packageServer(item.packageServerId);
    return server ? packageServerNode(server) : null;
  }

  @FieldResolver(() => Boolean, { description: 'It can deliver the current version.' })
  upToDate(@Root() { item }: PackageStatusNode, @Ctx() { catalog }: GraphqlContext): boolean {
    const current = catalog.model.package(item.packageId)?.internalVersion;
    return current !== undefined && item.held[0]?.internalVersion === current;
  }
}
