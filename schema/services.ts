import type { Role } from '../catalog/authority.ts';
import type { FeedSource } from '../hierarchy/change-feed.ts';
import type { ApiToken } from './types/operations.ts';

/** What the schema needs beside the catalogue; the composition root hands it in. */
export interface SchemaServices {
  readonly smp: SmpDescription;
  /** The manifest behind `Snapshot.manifestHash`; throws `NOT_FOUND` when it is not here. */
  readonly readManifest: (manifestHash: string) => Promise<{ readonly files: readonly TreeFile[] }>;
  readonly apiTokens: ApiTokenService;
  /** Runs one statement in a read-only transaction; throws `INVALID_INPUT` with its error. */
  readonly readOnlyQuery: (
    sql: string,
    options: { readonly maxRows: number },
  ) => Promise<{
    readonly columns: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
    readonly truncated: boolean;
  }>;
  /** The feed without its log: that one comes from the caller's own catalogue. */
  readonly feed: Omit<FeedSource, 'log'>;
}

/** One file of a snapshot, as the manifest lists it. */
export interface TreeFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly modifiedAtMs: number;
}

/** What this server is, beyond `ReadModel.smp`. */
export interface SmpDescription {
  readonly nodeId: string;
  readonly version: string;
  /** Empty when no public URL is configured. */
  readonly url: string;
  readonly durability: 'STRICT' | 'PROCESS_CRASH_ONLY';
}

export interface ApiTokenService {
  list(): Promise<readonly ApiToken[]>;
  /** The secret is answered once and kept only as a hash. */
  create(input: {
    readonly name: string;
    readonly role: Role;
    readonly expiresAtMs: number | undefined;
  }): Promise<{ readonly token: ApiToken; readonly secret: string }>;
  /** Ends its sessions too; `undefined` when there is no such token. */
  revoke(id: string): Promise<ApiToken | undefined>;
}
