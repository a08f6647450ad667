/** One file of a tree. */
export interface ManifestFile {
  /** Relative, `/` between segments, NFC, policed by `content/path-policy.ts`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
  /** The source's modification time; shown to agents, never part of the root hash. */
  readonly modifiedAtMs: number;
}

/** A whole tree: its files and the folders that hold nothing, both sorted by UTF-8 bytes of the path. */
export interface Manifest {
  readonly files: readonly ManifestFile[];
  readonly emptyFolders: readonly string[];
}
