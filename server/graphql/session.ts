import type { NodePrincipal, Principal } from '../../catalog/authority.ts';
import type { AuthorizedCatalog } from '../../catalog/catalog.ts';
import { isCanopyError } from '../../core/errors.ts';
import type { AuthorizedHierarchy } from '../../hierarchy/hierarchy-service.ts';
import type { GraphqlService } from './graphql-service.ts';

interface Credentials {
  /** The node that signed the request; then nothing else counts. */
  readonly node?: NodePrincipal | undefined;
  readonly authorization: string | undefined;
  readonly clientAddress: string;
}

/**
 * Who speaks on one request or socket. The catalogue and the tree that it hands out ask again for
 * the principal at every use, so one failed {@link recheck} closes them for whatever still runs.
 */
export class Session {
  readonly catalog: AuthorizedCatalog;
  readonly hierarchy: AuthorizedHierarchy;
  private readonly service: GraphqlService;
  private readonly credentials: Credentials;
  private current: Principal | undefined;

  constructor(service: GraphqlService, credentials: Credentials) {
    this.service = service;
    this.credentials = credentials;
    this.catalog = service.catalogFor(() => this.current);
    this.hierarchy = service.hierarchyFor(() => this.current);
  }

  get principal(): Principal | undefined {
    return this.current;
  }

  /**
   * `undefined` without credentials; throws `UNAUTHENTICATED` or `RATE_LIMITED`, and what
   * `NodeAuthenticator.requireInForce` throws for a node that is not believed any more.
   */
  async signIn(): Promise<Principal | undefined> {
    const { node, authorization, clientAddress } = this.credentials;
    if (node) {
      this.service.nodes.requireInForce(node);
      return (this.current = node);
    }
    this.current = await this.service.authenticate(authorization, clientAddress);
    return this.current;
  }

  /** As {@link signIn}: throws once the token is revoked or has expired, or the enrolment ended. */
  async recheck(): Promise<void> {
    try {
      await this.signIn();
    } catch (error) {
      // Strangers behind the same address may have used up its failures: that ends no session.
      if (isCanopyError(error) && error.code === 'RATE_LIMITED') return;
      this.current = undefined;
      throw error;
    }
  }
}
