// What package servers report: only what they proved counts, and repeating changes nothing.
import { generateIdentity } from '../../core/identity.ts';
import { systemRandom } from '../../core/random.ts';
import { aPackage } from '../support/database-items.ts';
import {
  aMachine,
  held,
  open,
  publish,
  ready,
  report,
  REPORT,
  server,
  sha256,
  snapshotOf,
  useServer,
  VERSION,
} from './link-world.ts';

useServer();

describe('reports', () => {
  test('an attested version counts; repeating it changes nothing', async () => {
    const ps = await aMachine();
    const one = await publish();
    const said = { full: true, holdings: [ready(ps, one)] };
    expect(await report(ps, said)).toEqual({ sequence: 1, userErrors: [] });
    const first = server.model.holding(ps.id, one.id)!;
    const { revision } = server.model.position;
    expect(first).toMatchObject({ status: 'READY', highestVersion: VERSION });
    expect(first.held).toEqual([
      { internalVersion: VERSION, rootHash: sha256('one'), sinceMs: first.sinceMs },
    ]);
    await report(ps, said);
    await report(ps, { ...said, sequence: 2 });
    expect(server.model.position.revision).toBe(revision);
  });

  test('forged, foreign and unknown versions are refused with their place', async () => {
    const ps = await aMachine();
    const one = await publish();
    const tree = { internalVersion: VERSION, rootHash: sha256('one') };
    const attempts = [
      ps.attest(one.id, tree, generateIdentity()),
      ps.attest(systemRandom.guid(), tree),
      { ...ps.attest(one.id, tree), attestation: 'nonsense' },
      ps.attest(one.id, { ...tree, rootHash: sha256('two') }),
      ps.attest(one.id, { ...tree, internalVersion: VERSION + 1 }),
    ];
    for (const [index, version] of attempts.entries()) {
      const holdings = [{ packageGuid: one.id, status: 'READY', held: [version] }];
      const answer = await report(ps, { sequence: index + 1, holdings });
      expect(answer.userErrors).toMatchObject([{ path: ['holdings', '0', 'held', '0'] }]);
      expect(held(ps, one)).toEqual([]);
      expect(server.model.holding(ps.id, one.id)).toMatchObject({ status: 'INVALID' });
    }
    const stranger = { packageGuid: systemRandom.guid(), status: 'PENDING', held: [] };
    const answer = await report(ps, { sequence: 9, holdings: [ready(ps, one), stranger] });
    expect(answer.userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['holdings', '1', 'packageGuid'] },
    ]);
    expect(held(ps, one)).toHaveLength(1);
  });

  test('one machine cannot use the attestation of another', async () => {
    const [ps, other] = [await aMachine(), await aMachine()];
    const one = await publish();
    const answer = await report(other, { holdings: [ready(ps, one)] });
    expect(answer.userErrors).toHaveLength(1);
    expect(held(other, one)).toEqual([]);
  });

  test('an overtaken report is ignored; a full one withdraws what it does not say', async () => {
    const ps = await aMachine();
    const [one, two] = [await publish(), await publish()];
    await report(ps, { sequence: 5, full: true, holdings: [ready(ps, one), ready(ps, two)] });
    await report(ps, { sequence: 4, full: true, holdings: [] });
    expect(held(ps, one)).toHaveLength(1);
    await report(ps, { sequence: 6, full: true, holdings: [ready(ps, two)] });
    expect(server.model.holding(ps.id, one.id)).toMatchObject({
      status: 'DELETED',
      held: [],
      highestVersion: VERSION,
    });
    expect(held(ps, two)).toHaveLength(1);
  });

  test('two versions are kept, the newest first', async () => {
    const ps = await aMachine();
    const one = await publish();
    for (const step of [1, 2]) {
      await publish({ ...one, internalVersion: VERSION + step }, `tree ${step}`);
    }
    const versions = ['one', 'tree 1', 'tree 2'].map((tree, step) =>
      ps.attest(one.id, { internalVersion: VERSION + step, rootHash: sha256(tree) }),
    );
    await report(ps, { holdings: [{ packageGuid: one.id, status: 'READY', held: versions }] });
    expect(held(ps, one)?.map(({ internalVersion }) => internalVersion)).toEqual([
      VERSION + 2,
      VERSION + 1,
    ]);
  });

  test('progress is shown and not stored', async () => {
    const ps = await aMachine();
    const one = await publish();
    const holding = { packageGuid: one.id, status: 'DOWNLOADING', held: [] };
    await report(ps, { holdings: [holding] });
    const { revision } = server.model.position;
    const moving = { ...holding, doneBytes: 100, totalBytes: 1_100, bytesPerSecond: 250 };
    await report(ps, { sequence: 2, holdings: [moving] });
    const { data } = await server.ask(
      'query ($id: ID!) { packageServer(by: {id: $id}) { enrolled holdings { nodes { state ' +
        'progress { doneBytes totalBytes bytesPerSecond etaSeconds } } } } }',
      { id: ps.id },
    );
    expect(data.packageServer).toEqual({
      enrolled: true,
      holdings: {
        nodes: [
          {
            state: 'DOWNLOADING',
            progress: { doneBytes: 100, totalBytes: 1_100, bytesPerSecond: 250, etaSeconds: 4 },
          },
        ],
      },
    });
    expect(server.model.position.revision).toBe(revision);
  });

  test('1,500 packages fit in one report, over HTTP and over the link', async () => {
    const ps = await aMachine();
    const packages = Array.from({ length: 1_500 }, () => aPackage());
    await server.write(async (tx) => {
      for (const one of packages) {
        tx.put('package', one);
        tx.put('snapshot', snapshotOf(one, 'one'));
      }
    });
    const holdings = packages.map((one) => ready(ps, one));
    expect(await report(ps, { full: true, holdings })).toEqual({ sequence: 1, userErrors: [] });
    expect(packages.every((one) => held(ps, one)?.length === 1)).toBe(true);
    const { client } = await open(ps);
    const input = { bootCounter: 1, sequence: 2, full: true, holdings };
    client.send({ id: 'r', type: 'subscribe', payload: { query: REPORT, variables: { input } } });
    let answer = await client.next();
    while (answer.id !== 'r') answer = await client.next();
    expect(answer.payload.data.reportPackageServer).toEqual({ sequence: 2, userErrors: [] });
  });
});
