import 'reflect-metadata';
import {
  type GraphQLInputObjectType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLSchema,
} from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { ONE_OF_INPUTS } from './inputs/look-ups.ts';
import { CatalogQueriesResolver } from './resolvers/catalog-queries.ts';
import { ChildLinkResolver } from './resolvers/child-link.ts';
import { CodebaseQueriesResolver } from './resolvers/codebase-queries.ts';
import { ConvergenceResolver } from './resolvers/convergence.ts';
import { HierarchyResolver, SmpHierarchyResolver } from './resolvers/hierarchy.ts';
import {
  ChildLinkHealthResolver,
  ParentLinkHealthResolver,
  RejectedItemFieldsResolver,
} from './resolvers/link-health.ts';
import { ReplicationResolver } from './resolvers/replication.ts';
import { CrossingFieldsResolver } from './resolvers/crossing-fields.ts';
import { MachineMutationsResolver } from './resolvers/machine-mutations.ts';
import { OperationMutationsResolver } from './resolvers/operation-mutations.ts';
import { OperationQueriesResolver } from './resolvers/operation-queries.ts';
import {
  PackageFieldsResolver,
  PackageStatusFieldsResolver,
  SnapshotFieldsResolver,
} from './resolvers/package-fields.ts';
import {
  PackageServerLinkFieldsResolver,
  PackageServerLinkResolver,
  PackageStatusProgressResolver,
} from './resolvers/package-server-link.ts';
import { PackageMutationsResolver } from './resolvers/package-mutations.ts';
import {
  ChildLinkFieldsResolver,
  RemoteSmpConnectionResolver,
  RemoteSmpEdgeResolver,
  RemoteSmpFieldsResolver,
  TreeResolver,
} from './resolvers/remote.ts';
import { SiteMutationsResolver } from './resolvers/site-mutations.ts';
import { SubscriptionsResolver } from './resolvers/subscriptions.ts';
import {
  ComputerFieldsResolver,
  JobFieldsResolver,
  PackageServerFieldsResolver,
  SiteFieldsResolver,
  SmpFieldsResolver,
  SubnetFieldsResolver,
} from './resolvers/topology-fields.ts';
import { DateTimeISO } from './scalars.ts';

/** type-graphql demands one, but every subscription here reads the change feed by `subscribe`. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new TypeError('changes are published by committing them');
  },
  subscribe: () => {
    throw new TypeError('a subscription needs its own subscribe function');
  },
};

/** The executable schema. Build it once: it is the same for every server of the process. */
export function buildGraphqlSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      CatalogQueriesResolver,
      CodebaseQueriesResolver,
      OperationQueriesResolver,
      PackageFieldsResolver,
      SnapshotFieldsResolver,
      PackageStatusFieldsResolver,
      SmpFieldsResolver,
      SiteFieldsResolver,
      SubnetFieldsResolver,
      PackageServerFieldsResolver,
      ComputerFieldsResolver,
      JobFieldsResolver,
      PackageMutationsResolver,
      SiteMutationsResolver,
      MachineMutationsResolver,
      OperationMutationsResolver,
      SubscriptionsResolver,
      HierarchyResolver,
      SmpHierarchyResolver,
      ReplicationResolver,
      ChildLinkHealthResolver,
      ParentLinkHealthResolver,
      RejectedItemFieldsResolver,
      PackageServerLinkResolver,
      ChildLinkResolver,
      PackageServerLinkFieldsResolver,
      PackageStatusProgressResolver,
      TreeResolver,
      ChildLinkFieldsResolver,
      RemoteSmpConnectionResolver,
      RemoteSmpEdgeResolver,
      RemoteSmpFieldsResolver,
      ConvergenceResolver,
      CrossingFieldsResolver,
    ],
    scalarsMap: [{ type: Date, scalar: DateTimeISO }],
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  for (const name of ONE_OF_INPUTS) {
    (schema.getType(name) as GraphQLInputObjectType).isOneOf = true;
  }
  return schema;
}

/** The schema definition as it is published: sorted, so that differences are changes. */
export function printSchemaDefinition(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
