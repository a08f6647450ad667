/**
 * A process that serves one folder by the product's own file serving: `serve.ts SOURCE STORE`.
 * Prints one JSON line `{ origin, manifestHash, chunkIndexHash }` when it is ready.
 */
import { startBenchServer } from './package-server.ts';

const [source, store] = process.argv.slice(2) as [string, string];
const { origin, tree } = await startBenchServer(source, store);
const { manifestHash, chunkIndexHash } = tree;
process.stdout.write(`${JSON.stringify({ origin, manifestHash, chunkIndexHash })}\n`);
