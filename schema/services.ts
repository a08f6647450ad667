import type { Role } from '../catalog/authority.ts';
import type {
  Asker,
  CodebaseRenderer,
  CodebaseRequest,
  CodebaseSource,
  DecisionOutcome,
  Offer,
  UrlShape,
} from '../catalog/codebase.ts';
import type { IpAddress } from '../catalog/model.ts';
import type { ReadModel } from '../catalog/read-model.ts';
import type { Guid } from '../core/guid.ts';
import type { FeedSource } from '../hierarchy/change-feed.ts';
import type { ApiToken } from './types/operations.ts';

/** What the schema needs beside the catalogue; the composition root hands it in. */
export interface SchemaServices {
  readonly smp: SmpDescription;
  readonly codebases: CodebaseService;
  /** The manifest behind `Snapshot.manifestHash`; throws `NOT_FOUND` when it is not here. */
  readonly readManifest: (manifestHash: string) => Promise<{ readonly files: readonly TreeFile[] }>;
  readonly apiTokens: ApiTokenService;
  /** Runs one statement in a read-only transaction; throws `INVALID_INPUT` with its error. */
  readonly readOnlySql: (
    sql: string,
    maxRows: number,
  ) => Promise<{
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | null)[])[];
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

/** The codebase decision of the catalogue, as functions of a read model. */
export interface CodebaseService {
  /** `addresses` replace the known ones when given; invalid ones throw `INVALID_INPUT`. */
  asker(
    model: ReadModel,
    who: {
      readonly resourceId: Guid | undefined;
      readonly addresses: readonly IpAddress[] | undefined;
    },
  ): Asker;
  /** Throws `NOT_FOUND` for an unknown package. */
  decide<R>(
    model: ReadModel,
    request: CodebaseRequest,
    renderer: CodebaseRenderer<R>,
  ): DecisionOutcome<R>;
  /**
   * Every codebase there is, whoever asks: what the view `swdpackagecodebase` shows. The order
   * within a package is stable while the facts are.
   */
  list(
    model: ReadModel,
    packageId: Guid,
    origin: string,
  ): Iterable<{
    readonly offer: Offer;
    readonly source: CodebaseSource;
    readonly url: UrlShape;
  }>;
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
