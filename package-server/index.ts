/** The package server's process; what the command line starts. */
export { dataFolder } from './data-folder.ts';
export type { ListenAddress } from './http/http-listener.ts';
export type { PackageServerOptions } from './options.ts';
export { registerPackageServer, type RegisterOptions } from './register.ts';
export { askRunning, readLocalStatus } from './local-control.ts';
export { startPackageServer, type RunningPackageServer } from './start.ts';
export type { Enrollment } from './state-file.ts';
export type { PackageServerStatus, PackageStatusLine } from './status.ts';
