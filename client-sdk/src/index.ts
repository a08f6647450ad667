export { createSmpClient } from './client.ts';
export type { CallOptions, SmpClient, SmpClientOptions } from './client.ts';
export type { TypedDocument } from './document.ts';
export { resumable } from './resumable.ts';
export type { ResumableOptions } from './resumable.ts';
export type { SdkRuntime } from './runtime.ts';
export { accepted, isSmpError, SmpError } from './smp-error.ts';
export type { ClientErrorCode, SmpProblem } from './smp-error.ts';
export * from './generated/graphql.ts';
