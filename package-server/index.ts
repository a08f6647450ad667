/** The package server's process; what the command line starts. */
export { askRunning, readLocalStatus } from './local-control.ts';
export { registerPackageServer } from './register.ts';
export { startPackageServer } from './start.ts';
export type { PackageServerStatus } from './status.ts';
