// Every door gives the answer that the written rules give, whatever the topology and the question.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DecisionEffect } from '../../../catalog/codebase.ts';
import type { ReadModel } from '../../../catalog/read-model.ts';
import { bracedGuid } from '../../../core/guid.ts';
import { systemRandom } from '../../../core/random.ts';
import { PACKAGE_SERVER_AGENT, SOFTWARE_DELIVERY_AGENT } from '../../../legacy/conventions.ts';
import { parseSnapshotXml } from '../../../legacy/snapshot-reader.ts';
import { legacyDoors } from '../../../server/doors/index.ts';
import type { Door } from '../../../server/http/door.ts';
import { COMPUTER_IDS, PACKAGE_IDS, UNKNOWN_ID, serverId } from '../../support/catalog-drafts.ts';
import { modelOf, type CatalogWorld } from '../../support/catalog-world.ts';
import { effectTexts } from '../catalog/answers.ts';
import { judge } from '../catalog/oracle.ts';
import { listenerFixture } from '../server/listener-fixture.ts';
import {
  askPackageInfo,
  askPolicies,
  askWithoutVersion,
  type PackageInfoQuestion,
} from './agent-side.ts';
import {
  expectedDecision,
  expectedKeptVersion,
  expectedList,
  expectedPackageInfo,
  expectedPolicies,
} from './expected.ts';
import { decisionFor, listAll } from './graphql-side.ts';
import {
  CLIENT_ADDRESS,
  PACKAGE_INFO_QUESTION,
  WORLD,
  saidByAgent,
  saidByPerson,
} from './questions.ts';
import { askInProcess, askOverHttp, type Ask } from './wire.ts';

const QUESTIONS_A_WORLD = 8;
const questions = fc.array(PACKAGE_INFO_QUESTION, {
  minLength: QUESTIONS_A_WORLD,
  maxLength: QUESTIONS_A_WORLD,
});

/** One server, whose catalogue is another one in each case. */
const served: { model: ReadModel | undefined; effects: DecisionEffect[] } = {
  model: undefined,
  effects: [],
};
const doors = { legacy6: doorsFor('legacy6'), legacy70: doorsFor('legacy70') };
const asks: readonly Ask[] = [askInProcess(doors.legacy6), askInProcess(doors.legacy70)];
const ask = asks[1]!;
const listeners = listenerFixture();
afterEach(() => listeners.closeAll());

test('6,400 random cases: GetPackageInfo, by GET and POST, of both generations', async () => {
  const property = fc.asyncProperty(WORLD, questions, async (world, asked) => {
    serve(world);
    for (const [index, one] of asked.entries()) {
      await expectPackageInfo(asks[index % 2]!, world, one);
    }
  });
  await fc.assert(property, { numRuns: 800 });
});

test('6,400 random cases: explainCodebases and Package.codebases', async () => {
  const property = fc.asyncProperty(WORLD, questions, async (world, asked) => {
    const model = modelOf(world);
    for (const one of asked) await expectDecision(model, world, one);
  });
  await fc.assert(property, { numRuns: 800 });
});

test('GetPackageInfo over the listener, for agents behind a proxy', async () => {
  const options = { trustedProxies: ['127.0.0.1'] };
  const { address } = await listeners.start(doors.legacy70, options);
  const overHttp = askOverHttp(address.url);
  const property = fc.asyncProperty(WORLD, questions, async (world, asked) => {
    serve(world);
    for (const one of asked) await expectPackageInfo(overHttp, world, one);
  });
  await fc.assert(property, { numRuns: 60 });
});

test('GetClientPolicies states the versions that the computer is offered', async () => {
  const seen = new Set<string>();
  const method = fc.constantFrom('GET' as const, 'POST' as const);
  const property = fc.asyncProperty(WORLD, method, CLIENT_ADDRESS, async (world, method, from) => {
    serve(world);
    for (const resourceId of [...COMPUTER_IDS, ...[0, 1, 2].map(serverId), UNKNOWN_ID]) {
      const stated = await askPolicies(ask, resourceId, { method, clientAddress: from });
      const expected = expectedPolicies(world, resourceId, from);
      assert.deepEqual(stated.toSorted(), expected.toSorted());
      for (const line of stated) seen.add(`${method} ${line.split(' ')[0]}`);
    }
  });
  await fc.assert(property, { numRuns: 400 });
  const classes = [PACKAGE_SERVER_AGENT, SOFTWARE_DELIVERY_AGENT];
  expect(seen).toEqual(new Set(classes.flatMap((name) => [`GET ${name}`, `POST ${name}`])));
});

test('addresses without a version mean the version that their client is offered', async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(WORLD, CLIENT_ADDRESS, async (world, from) => {
    serve(world);
    for (const { id, origin } of world.packages) {
      const version = expectedKeptVersion(world, id, from);
      const guid = encodeURIComponent(bracedGuid(id));
      const snapshotPage = `/Altiris/NS/Agent/GetPackageSnapshot.aspx?PackageId=${guid}`;
      const snapshot = await askWithoutVersion(ask, snapshotPage, from);
      assert.equal(snapshot.status, version === undefined ? 404 : 200);
      assert.equal(snapshot.headers.get('etag'), version === undefined ? null : `"${version}"`);
      if (version !== undefined) {
        assert.equal(parseSnapshotXml(snapshot.body).internalVersion, version);
      }
      const file = await askWithoutVersion(ask, `/Altiris/PackageShare/${guid}/setup.exe`, from);
      const meant = origin === 'LOCAL' ? version : undefined;
      assert.equal(file.headers.get('x-canopy-internal-version'), meant?.toString() ?? null);
      seen.add(`${snapshot.status} ${meant === undefined ? 'no file' : 'file'}`);
    }
  });
  await fc.assert(property, { numRuns: 400 });
  expect(seen).toEqual(new Set(['404 no file', '200 no file', '200 file']));
});

test('Query.codebases lists what the sources publish, page by page in both directions', async () => {
  const property = fc.asyncProperty(WORLD, fc.integer({ min: 1, max: 7 }), async (world, size) => {
    const model = modelOf(world);
    const expected = expectedList(world);
    assert.deepEqual(await listAll(model, { first: size }), expected);
    assert.deepEqual(await listAll(model, { last: size }), expected);
    const packageId = PACKAGE_IDS[1]!;
    assert.deepEqual(
      await listAll(model, { first: size, where: { packageId } }),
      expected.filter((one) => one.packageId === packageId),
    );
    const packageServerId = serverId(0);
    assert.deepEqual(
      await listAll(model, { last: size, where: { packageServerId } }),
      expected.filter((one) => one.candidateId === packageServerId),
    );
  });
  await fc.assert(property, { numRuns: 200 });
});

function serve(world: CatalogWorld): ReadModel {
  served.model = modelOf(world);
  return served.model;
}

function doorsFor(generation: 'legacy6' | 'legacy70'): Door[] {
  const unexpected = (): never => {
    throw new TypeError('nobody sends events or reads files here');
  };
  return legacyDoors({
    model: () => served.model!,
    random: systemRandom,
    generation,
    productVersion: '1.0.0',
    manifestOf: async () => ({ files: [], emptyFolders: [] }),
    publicKeyOf: () => 'key',
    fileServer: { servePath: unexpected },
    bundleServer: { serve: unexpected },
    applyEffects: (effects) => served.effects.push(...effects),
    recordStatusEvent: unexpected,
    quarantine: { add: unexpected },
    countEvent: unexpected,
  });
}

async function expectPackageInfo(
  asking: Ask,
  world: CatalogWorld,
  asked: PackageInfoQuestion,
): Promise<void> {
  served.effects = [];
  const answers = await askPackageInfo(asking, asked);
  const effects: DecisionEffect[] = [];
  const expected = asked.packageIds.map((packageId) => {
    if (packageId === UNKNOWN_ID) {
      return { packageId, valid: false, internalVersion: 0, codebases: [] };
    }
    const question = saidByAgent(asked, packageId);
    const verdict = judge(world, question);
    effects.push(...verdict.effects);
    return expectedPackageInfo(world, question, verdict);
  });
  assert.deepEqual(
    answers.map(({ packageId, valid, internalVersion, codebases }) => ({
      packageId,
      valid,
      internalVersion,
      codebases,
    })),
    expected,
  );
  assert.deepEqual(effectTexts(served.effects), effectTexts(effects));
}

async function expectDecision(
  model: ReadModel,
  world: CatalogWorld,
  asked: PackageInfoQuestion,
): Promise<void> {
  const question = saidByPerson(
    asked,
    asked.packageIds.find((id) => id !== UNKNOWN_ID)!,
  );
  const { codebasesOfPackage, ...decision } = await decisionFor(model, question);
  const expected = expectedDecision(world, question, judge(world, question));
  assert.deepEqual(
    { ...decision, rejected: decision.rejected.toSorted(byCandidate) },
    { ...expected, rejected: expected.rejected.toSorted(byCandidate) },
  );
  assert.deepEqual(codebasesOfPackage, expected.codebases);
}

function byCandidate(
  left: { readonly candidateId: string },
  right: { readonly candidateId: string },
): number {
  return left.candidateId < right.candidateId ? -1 : 1;
}
