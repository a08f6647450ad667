// The codebase decision agrees with a brute-force reading of its rules, whatever the topology.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ACCEPT_REASONS, REJECT_RULES } from '../../../catalog/codebase.ts';
import { offeredVersion } from '../../../catalog/decide-codebases.ts';
import { listCodebases } from '../../../catalog/list-codebases.ts';
import {
  QUESTION,
  catalogWorld,
  modelOf,
  type CatalogWorld,
  type Question,
} from '../../support/catalog-world.ts';
import { crossingWorld } from '../../support/crossing-worlds.ts';
import { decided, effectTexts, explained, requestOf } from './answers.ts';
import { judge, listOf, type Verdict, type VerdictCodebase } from './oracle.ts';

const QUESTIONS_A_WORLD = 8;
const questions = fc.array(QUESTION, {
  minLength: QUESTIONS_A_WORLD,
  maxLength: QUESTIONS_A_WORLD,
});

test('10,000 random cases: decision and explanation are what the rules say', () => {
  const property = fc.property(catalogWorld(), questions, expectAgreement);
  fc.assert(property, { numRuns: 1_300 });
});

test('topologies in which bytes cross the hierarchy', () => {
  const property = fc.property(crossingWorld(), questions, expectAgreement);
  fc.assert(property, { numRuns: 500 });
});

test('more package servers than one word of bits', () => {
  const property = fc.property(catalogWorld([30, 31, 40]), questions, expectAgreement);
  fc.assert(property, { numRuns: 40 });
});

test('the random worlds reach every reason, every rule and every effect', () => {
  const seen = new Set<string>();
  const worlds = fc.oneof({ weight: 4, arbitrary: catalogWorld() }, crossingWorld());
  const property = fc.property(worlds, questions, (world, asked) => {
    for (const question of asked) noteWhatHappened(seen, judge(world, question));
  });
  fc.assert(property, { numRuns: 1_500, seed: 1 });
  const all = {
    ...ACCEPT_REASONS,
    ...REJECT_RULES,
    ASSIGN_SITE: '',
    RAISE_SITE_OFFER: '',
    BLOCK_REDIRECT: '',
  };
  expect([...seen].sort()).toEqual(Object.keys(all).sort());
});

test('the list of codebases is what its sources publish of the current version', () => {
  const property = fc.property(catalogWorld(), (world) => {
    const model = modelOf(world);
    for (const { id } of world.packages) {
      const listed = listCodebases(model, id).map(({ url, kind, trust, packageServer }) => ({
        candidateId: packageServer?.id ?? (trust === 'OWN' ? 'SMP' : 'EXTERNAL'),
        url,
        kind,
        trust,
      }));
      expect(listed.map(textOf).sort()).toEqual(listOf(world, id).map(textOf).sort());
    }
  });
  fc.assert(property, { numRuns: 500 });
});

test('an unknown package is NOT_FOUND', () => {
  const [world, question] = fc.sample(fc.tuple(catalogWorld(), QUESTION), {
    numRuns: 1,
    seed: 1,
  })[0]!;
  const model = modelOf({ ...world, packages: [] });
  expect(() => decided(model, question)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  expect(() => explained(model, question)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  expect(listCodebases(model, question.packageId)).toEqual([]);
});

test('the offered version does not depend on patience or on what the request denies', () => {
  const variations = fc.record({
    totalTimeMinutes: fc.constantFrom(0, 31, 600),
    denySmp: fc.boolean(),
    denyExternalPackageServers: fc.boolean(),
  });
  const property = fc.property(catalogWorld(), QUESTION, variations, (world, question, other) => {
    const model = modelOf(world);
    const { offeredVersion: version } = decided(model, question);
    expect(decided(model, { ...question, ...other }).offeredVersion).toBe(version);
    const { asker, packageId } = requestOf(model, question);
    expect(offeredVersion(model, asker, packageId)).toBe(version);
  });
  fc.assert(property, { numRuns: 500 });
});

/** `node:assert` compares tens of thousands of answers in a fraction of `expect`'s time. */
function expectAgreement(world: CatalogWorld, asked: readonly Question[]): void {
  const model = modelOf(world);
  for (const question of asked) {
    const verdict = judge(world, question);
    assert.deepEqual(decided(model, question), answerOf(verdict));
    const { rejected, ...explanation } = explained(model, question);
    assert.deepEqual(explanation, explanationOf(world, question, verdict));
    const firstBroken = [...verdict.broken].map(([candidateId, [rule]]) => ({ candidateId, rule }));
    assert.deepEqual(rejected.toSorted(byCandidate), firstBroken.toSorted(byCandidate));
  }
}

function answerOf(verdict: Verdict) {
  return {
    siteIds: [...verdict.siteIds].sort(),
    offeredVersion: verdict.offeredVersion,
    redirect: verdict.redirect,
    codebases: verdict.codebases,
    effects: effectTexts(verdict.effects),
  };
}

function explanationOf(world: CatalogWorld, question: Question, verdict: Verdict) {
  const snapshotUrl = snapshotUrlOf(world, question, verdict.offeredVersion);
  return {
    ...answerOf(verdict),
    snapshotUrls: verdict.codebases.map(() => snapshotUrl),
    ranks: verdict.codebases.map((_, index) => index + 1),
  };
}

function snapshotUrlOf(
  world: CatalogWorld,
  { packageId, origin }: Question,
  internalVersion: number,
): string | undefined {
  const isKept = world.snapshots.some(
    (one) => one.packageId === packageId && one.internalVersion === internalVersion,
  );
  if (!isKept) return undefined;
  return `${origin}/Altiris/NS/Agent/${internalVersion}/GetPackageSnapshot.aspx`;
}

function textOf(one: Omit<VerdictCodebase, 'reason'>): string {
  return `${one.candidateId} ${one.kind} ${one.trust} ${one.url}`;
}

function byCandidate(
  left: { readonly candidateId: string },
  right: { readonly candidateId: string },
): number {
  return left.candidateId < right.candidateId ? -1 : 1;
}

function noteWhatHappened(seen: Set<string>, verdict: Verdict): void {
  for (const { reason } of verdict.codebases) seen.add(reason);
  for (const [rule] of verdict.broken.values()) seen.add(rule!);
  for (const { kind } of verdict.effects) seen.add(kind);
}
