/** Imports a bundle, saying each step on a line: to be killed meanwhile. */
import { writeSync } from 'node:fs';
import { importBundle } from '../../../../content/prestage/import-bundle.ts';
import { openStore } from './support.ts';

const [folder, file, owner] = process.argv.slice(2) as [string, string, string];
const store = await openStore(folder);
await importBundle(store, file, {
  trustedOwners: new Set([owner]),
  current: async () => undefined,
  onProgress: ({ objectsDone, bytesDone }) => writeSync(1, `${objectsDone} ${bytesDone}\n`),
});
writeSync(1, 'imported\n');
await store.close();
