/** Our own agent; what the command line and tests may use. */
export { createAgent, type Agent, type AgentOptions } from './agent.ts';
export { agentFolders, type AgentFolders } from './agent-folders.ts';
export type { FetchOutcome, FetchRequest } from './fetch-package.ts';
export { hostAddresses } from '../delivery/index.ts';
export type { SourceRow } from './package-sources.ts';
export { createSmpClient, type SmpClient, type SnapshotAnswer } from './smp-client.ts';
export type { SyncedPackage, SyncRequest } from './sync-policies.ts';
