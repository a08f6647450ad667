/** How an SMP of a bench is started. */
export interface SmpPlan {
  readonly name: string;
  readonly dataDir: string;
  /** Without it the embedded database. */
  readonly databaseUrl: string | undefined;
  readonly address: string;
  /** Default: any free port of the loopback. */
  readonly listen?: string;
}

/** What a bench asks of a process that runs SMPs. */
export type HostRequest =
  | { readonly op: 'START'; readonly plan: SmpPlan }
  | { readonly op: 'START_BARE'; readonly name: string; readonly databaseUrl: string }
  | { readonly op: 'JOIN_BARE'; readonly name: string; readonly parentUrl: string }
  | { readonly op: 'COMMIT_BARE'; readonly name: string; readonly marker: string }
  | {
      readonly op: 'ARRIVED';
      readonly nodes: readonly string[];
      readonly marker: string;
      /** Of so many packages; default 1. */
      readonly count?: number;
    }
  /** Gives that many packages this version text, so many of them in a transaction; makes them first. */
  | {
      readonly op: 'CHANGE';
      readonly name: string;
      readonly packages: number;
      readonly marker: string;
      readonly atOnce: number;
    }
  /** What its signed statements take as JSON. */
  | { readonly op: 'STATEMENT_BYTES'; readonly name: string }
  | { readonly op: 'USAGE' }
  | { readonly op: 'STOP' };

/** Members by request. */
export interface Answer {
  readonly url?: string;
  readonly token?: string;
  readonly nodeId?: string;
  readonly timesMs?: readonly number[];
  readonly cpuMs?: number;
  readonly rssBytes?: number;
  readonly bytes?: number;
}
