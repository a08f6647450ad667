// Shows our agent and our server's doors together: every legacy format is read as it is written.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileServer, RangeBundleServer, rootHash } from '../../../content/index.ts';
import { snapshotStatement } from '../../../content/statement.ts';
import { systemClock } from '../../../core/clock.ts';
import { generateIdentity } from '../../../core/identity.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import { legacyDoors } from '../../../server/doors/index.ts';
import { HttpListener } from '../../../server/http/http-listener.ts';
import { createMetrics } from '../../../server/observability/metrics.ts';
import { IDS, sampleModel, VERSION } from '../../legacy/sample-model.ts';
import { Cleanup, manifestOf, noise, sha256, temporaryFolder } from '../delivery/support.ts';
import { signal, startAgent } from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const files = {
  'setup.exe': noise(700_000),
  'data/größe & maß.txt': Buffer.from('text'),
  'data/leer.txt': Buffer.alloc(0),
};

async function startDoors(): Promise<{ readonly origin: string }> {
  const objects = await temporaryFolder(cleanup);
  for (const bytes of Object.values(files)) await writeFile(join(objects, sha256(bytes)), bytes);
  const manifest = { ...manifestOf(files), emptyFolders: ['logs'] };
  const owner = generateIdentity();
  const facts = {
    packageId: IDS.oneOfThree,
    internalVersion: VERSION,
    rootHash: rootHash(manifest),
    ownerNodeId: owner.nodeId,
  };
  const signature = owner.sign(snapshotStatement(facts));
  const snapshot = { ...sampleModel().snapshot(IDS.oneOfThree, VERSION)!, ...facts, signature };
  const held = { internalVersion: VERSION, rootHash: facts.rootHash, sinceMs: 1 };
  const model = sampleModel([
    ['snapshot', snapshot],
    ['holding', { ...sampleModel().holding(IDS.server, IDS.oneOfThree)!, held: [held] }],
  ]);
  const listener = new HttpListener({
    listen: { host: '127.0.0.1', port: 0 },
    publicUrl: undefined,
    trustedProxies: [],
    requestsPerSecondPerAddress: 0,
    earlyDoors: [],
    logger: silentLogger,
    metrics: createMetrics(),
    clock: systemClock,
    random: systemRandom,
  });
  const serving = {
    objectPath: (hash: string) => join(objects, hash),
    clock: systemClock,
    logger: silentLogger,
  };
  listener.setDoors(
    legacyDoors({
      model: () => model,
      manifestOf: () => Promise.resolve(manifest),
      fileServer: new FileServer(serving),
      bundleServer: new RangeBundleServer(serving),
      random: systemRandom,
      generation: 'legacy70',
      publicKeyOf: (nodeId) => (nodeId === owner.nodeId ? owner.publicKey : undefined),
      applyEffects: () => undefined,
      productVersion: '1',
      recordStatusEvent: () => Promise.resolve({ refusals: [] }),
      quarantine: { add: () => Promise.resolve() },
      countEvent: () => undefined,
    }),
  );
  const { url } = await listener.listen();
  cleanup.add(() => listener.close(0));
  return { origin: url };
}

test('from the policy over site, source and signature to the files', async () => {
  const { origin } = await startDoors();
  const asked: string[] = [];
  const { agent, folder } = await startAgent(
    cleanup,
    { origin },
    {
      resourceId: IDS.computer,
      // The package servers of the model are names only; one of them is played by the files door.
      fetch: (url, init) => {
        asked.push(String(url));
        return fetch(String(url).replace('http://ps1.example', origin), init);
      },
      transport: (url, request) => {
        asked.push(url);
        if (url.startsWith('http://ps2.example')) return Promise.reject(new TypeError('no route'));
        return fetch(url.replace('http://ps1.example', origin), request);
      },
    },
  );
  const synced = await agent.syncPolicies({ signal });
  const outcome = synced.find(({ packageId }) => packageId === IDS.oneOfThree)!.outcome;
  expect(outcome).toMatchObject({ state: 'RECEIVED', bytesFetched: 700_004 });
  const cache = join(
    folder,
    'Software Delivery',
    '{46D50E6E-183C-4D15-9767-EE14EBEA5ED4}',
    'cache',
  );
  for (const [path, bytes] of Object.entries(files)) {
    expect(sha256(await readFile(join(cache, path)))).toBe(sha256(bytes));
  }
  const fileUrls = asked.filter((url) => url.includes('/PackageShare/'));
  expect(fileUrls.every((url) => url.startsWith('http://ps1.example'))).toBe(true);
  const rows = await agent.sources(IDS.oneOfThree);
  expect(rows.map(({ kind }) => kind)).toEqual(['HTTP', 'UNC', 'UNC', 'UNKNOWN']);
  expect(rows.at(-1)).toMatchObject({
    url: 'http://ps2.example/pkggroup?a=1&b=2',
    state: 'INVALID',
  });
});
