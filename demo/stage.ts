import type { Agent } from '../agent/index.ts';
import type { Made } from './administrator.ts';
import type { PackageServer } from './package-server.ts';
import type { Smp } from './smp.ts';

/** Four SMPs: the root, its children, and a child of Europe. */
export type SmpName = 'headquarters' | 'europe' | 'asia' | 'berlin';

export interface Package extends Made {
  readonly name: string;
  /** The folder that is read, as the administrator changes it. */
  readonly source: string;
}

/** A machine that asks for software. */
export interface Machine {
  readonly name: string;
  readonly agent: Agent;
}

/** What every act plays on. */
export interface Stage {
  readonly folder: string;
  readonly smps: Readonly<Record<SmpName, Smp>>;
  readonly packageServers: Readonly<Record<SmpName, PackageServer>>;
  readonly machines: Readonly<Record<'berlin' | 'asia' | 'boston', Machine>>;
  readonly packages: Readonly<Record<'typescript' | 'monaco', Package>>;
  /** Rows for the end: what was delivered where, and how it was proved. */
  readonly deliveries: string[][];
}
