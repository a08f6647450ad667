import type { Command } from 'commander';
import type { App } from '../app.ts';
import { productVersion } from '../product-version.ts';

export function versionCommand(app: App): Command {
  return app.noun('version', 'print the versions of Canopy and of Node').action(
    app.action(async ({ printer }) => {
      const versions = { canopy: productVersion(), node: process.versions.node };
      printer.data(versions, `canopy ${versions.canopy} (Node ${versions.node})\n`);
    }),
  );
}
