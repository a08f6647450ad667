import type { GraphQLSchema } from 'graphql';
import type { Person, Principal } from '../../catalog/authority.ts';
import type { AuthorizedCatalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../core/clock.ts';
import type { AuthorizedHierarchy } from '../../hierarchy/hierarchy-service.ts';
import type { SchemaServices } from '../../schema/services.ts';
import type { NodeAuthenticator } from '../nodes/node-authenticator.ts';

/** What the GraphQL doors are made of; one object serves both of them. */
export interface GraphqlService {
  readonly schema: GraphQLSchema;
  readonly services: SchemaServices;
  /** The catalogue that asks `current` for its principal at every use. */
  readonly catalogFor: (current: () => Principal | undefined) => AuthorizedCatalog;
  /** The tree, likewise. */
  readonly hierarchyFor: (current: () => Principal | undefined) => AuthorizedHierarchy;
  /** As `Authenticator.authenticate`: `undefined` without a header, throws for a bad token. */
  readonly authenticate: (
    authorization: string | undefined,
    clientAddress: string,
  ) => Promise<Person | undefined>;
  /** For nodes, which sign instead. */
  readonly nodes: Pick<NodeAuthenticator, 'authenticate' | 'requireInForce' | 'serverTimeMs'>;
  readonly clock: Clock;
}
