/**
 * A process that publishes one folder as a package server does: `serve.ts SOURCE FOLDER`. Prints one
 * JSON line `{ codebase, manifest, chunkIndex }` when it is ready; the last two are paths of files.
 */
import { NEW_VERSION_PATH, publishPackage } from './published-package.ts';

const [source, folder] = process.argv.slice(2) as [string, string];
const published = await publishPackage({ from: source, to: source }, folder);
const { manifestHash, chunkIndexHash } = published.new;
const { paths } = published.store;
const ready = {
  codebase: `${published.origin}${NEW_VERSION_PATH}`,
  manifest: paths.blob(manifestHash),
  chunkIndex: paths.blob(chunkIndexHash),
};
process.stdout.write(`${JSON.stringify(ready)}\n`);
