import type { AuthorizedCatalog } from '../catalog/catalog.ts';
import type { Logger } from '../core/logger.ts';
import type { FeedSource } from '../hierarchy/change-feed.ts';
import type { AuthorizedHierarchy } from '../hierarchy/hierarchy-service.ts';
import { Branches } from '../hierarchy/remote/branches.ts';
import type { Deadline } from '../hierarchy/remote/time-budget.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { SchemaServices } from './services.ts';

/** What one operation is executed with. */
export interface GraphqlContext {
  readonly catalog: AuthorizedCatalog;
  readonly hierarchy: AuthorizedHierarchy;
  readonly services: SchemaServices;
  readonly loaders: Loaders;
  /** Where the client reached this server: `http://smp1.example:8080`. */
  readonly origin: string;
  readonly logger: Logger;
  /** Before each event of a stream: throws `UNAUTHENTICATED` or `FORBIDDEN` once access ended. */
  readonly recheck: () => Promise<void>;
  /** Until when the operation is to be answered; what other nodes are given is a part of it. */
  readonly deadline: Deadline;
  /** What other nodes answered; the door puts it into the result. */
  readonly branches: Branches;
}

export function createContext(parts: Omit<GraphqlContext, 'loaders' | 'branches'>): GraphqlContext {
  return {
    ...parts,
    loaders: createLoaders(parts.catalog, parts.hierarchy),
    branches: new Branches(),
  };
}

export function feedSource({ catalog, services }: GraphqlContext): FeedSource {
  return { ...services.feed, log: catalog.log };
}
