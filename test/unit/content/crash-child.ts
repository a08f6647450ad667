/** Takes a folder in, publishes and sweeps, saying each step on a line: to be killed meanwhile. */
import { writeSync } from 'node:fs';
import { toGuid } from '../../../core/guid.ts';
import { openTestStore } from './helpers.ts';

const [target, sourceFolder, guid] = process.argv.slice(2) as [string, string, string];
const packageId = toGuid(guid);
const say = (what: string): void => void writeSync(1, `${what}\n`);

const store = await openTestStore(target);
const tree = await store.build({
  sourceFolder,
  recheck: 'content',
  onProgress: (progress) => say(`${progress.phase} ${progress.filesDone}`),
});
const onProgress = (done: { files: number }): void => say(`publish ${done.files}`);
for (const version of [1, 2]) {
  await store.publishTree(packageId, version, tree.manifest, { onProgress });
  say(`published ${version}`);
}
await store.unpublishTree(packageId, 1);
say('unpublished');
await store.close();
