import type { Command } from 'commander';
import { PRODUCT_VERSION } from '../../core/product.ts';
import type { App } from '../app.ts';

export function versionCommand(app: App): Command {
  return app.noun('version', 'print the versions of Canopy and of Node').action(
    app.action(async ({ printer }) => {
      const versions = { canopy: PRODUCT_VERSION, node: process.versions.node };
      printer.data(versions, `canopy ${versions.canopy} (Node ${versions.node})\n`);
    }),
  );
}
