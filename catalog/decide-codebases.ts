import { CanopyError } from '../core/errors.ts';
import { bracedGuid, type Guid } from '../core/guid.ts';
import type { Bits } from './bits.ts';
import {
  makeOffer,
  type AcceptReason,
  type Asker,
  type CodebaseRenderer,
  type CodebaseRequest,
  type DecisionEffect,
  type DecisionOutcome,
  type RejectRule,
} from './codebase.ts';
import { CANDIDATE_RULES, OFFER_RULES } from './decision-rules.ts';
import { isRedirected } from './crossing-rules.ts';
import type { Crossings } from './crossings.ts';
import { scopeOf, type Scope } from './decision-scope.ts';
import type { Package } from './model.ts';
import type { PackageIndex } from './package-index.ts';
import type { ReadModel } from './read-model.ts';
import type { ServerIndex } from './server-index.ts';
import type { Settings } from './settings.ts';

/** Everything the rules look at, for one asker and one package. */
export interface Stage {
  readonly package: Package;
  readonly servers: ServerIndex;
  readonly index: PackageIndex;
  readonly settings: Settings;
  readonly crossings: Crossings;
  /** Package servers that have not been heard for long. */
  readonly silent: Bits;
  readonly scope: Scope;
  /** Slots that could deliver some version, whoever asks for whatever reason. */
  readonly candidates: Bits;
  readonly offeredVersion: number;
  /** The parent's URL, when the asker is sent there instead. */
  readonly redirect: string | undefined;
}

/**
 * The one place that knows which sources an asker gets, in which order, and why (docs/adr/0002,
 * KB 180405, 180299, 204355). Pure: what an answer causes comes back as `effects`.
 *
 * The offered version follows from the asker and the package alone; `totalTime` and `deny` only
 * add or remove sources of that version, so every door names the same number.
 * Throws `NOT_FOUND` for a package that does not exist.
 */
export function decideCodebases<R>(
  model: ReadModel,
  request: CodebaseRequest,
  renderer: CodebaseRenderer<R>,
): DecisionOutcome<R> {
  const stage = stageOf(model, request.asker, request.packageId);
  const { servers, index, offeredVersion } = stage;
  const offer = makeOffer({
    package: stage.package,
    internalVersion: offeredVersion,
    snapshot: model.snapshot(request.packageId, offeredVersion),
    origin: request.origin,
    redirect: stage.redirect,
  });
  renderer.offer(offer);
  const accepted = OFFER_RULES.reduce(
    (mask, rule) => narrowed(mask, rule.passes(stage, request), servers),
    stage.candidates,
  );
  for (const [slot, reason] of ranked(accepted, stage)) {
    for (const source of index.sourcesAt(slot, servers)) {
      renderer.accept(source, index.urlsOf(slot, source), reason);
    }
  }
  if (renderer.reject) {
    const failed = firstFailures(stage, request);
    for (const slot of servers.all.without(accepted).members()) {
      for (const source of index.sourcesAt(slot, servers)) renderer.reject(source, failed(slot));
    }
  }
  return { result: renderer.finish(), offer, effects: effectsOf(model, stage, request.asker) };
}

/** The number that policies, package info, snapshot URL and GraphQL all name; 0 for none. */
export function offeredVersion(model: ReadModel, asker: Asker, packageId: Guid): number {
  return stageOf(model, asker, packageId).offeredVersion;
}

function stageOf(model: ReadModel, asker: Asker, packageId: Guid): Stage {
  const one = model.package(packageId);
  if (!one) throw new CanopyError('NOT_FOUND', `There is no package ${bracedGuid(packageId)}.`);
  const { servers } = model;
  const index = model.packageIndex(packageId);
  const { settings, crossings, silent } = model;
  const bare = { package: one, servers, index, settings, crossings, silent };
  const candidates = CANDIDATE_RULES.reduce(
    (mask, rule) => narrowed(mask, rule.passes(bare, { asker }), servers),
    servers.all,
  );
  const scope = scopeOf(model, { package: one, index, asker, candidates });
  const found = { ...bare, candidates, scope, offeredVersion: versionFor(one, index, scope) };
  return { ...found, redirect: redirectOf(model, found, asker) };
}

/** Most rules stop nobody in most decisions: then there is nothing to compute. */
function narrowed(mask: Bits, passing: Bits, { all }: ServerIndex): Bits {
  return passing === all ? mask : mask.and(passing);
}

/** The newest version that a source in the asker's scope can deliver now. */
function versionFor(one: Package, index: PackageIndex, scope: Scope): number {
  if (!one.enabled) return 0;
  if (one.announceBeforeReady) return one.internalVersion;
  return index.newestIn(scope.deliverable);
}

/** For a slot that was not accepted: the first rule that does not let it through. */
function firstFailures(stage: Stage, request: CodebaseRequest): (slot: number) => RejectRule {
  const masks = [
    ...CANDIDATE_RULES.map(({ rule, passes }) => ({ rule, mask: passes(stage, request) })),
    ...OFFER_RULES.map(({ rule, passes }) => ({ rule, mask: passes(stage, request) })),
  ];
  return (slot) => masks.find(({ mask }) => !mask.has(slot))!.rule;
}

/**
 * Accepted slots, best first. Near the end come those that have fallen silent, for they may be gone
 * (docs/adr/0009), and last the claims: nobody has verified their bytes.
 */
function* ranked(accepted: Bits, stage: Stage): Generator<[number, AcceptReason]> {
  const { servers, scope, silent } = stage;
  const proven = accepted.and(servers.servers).without(servers.claimed);
  let left = proven.without(silent);
  for (const [reason, mask] of scope.tiers) {
    yield* withReason(left.and(mask), reason);
    left = left.without(mask);
  }
  yield* withReason(left, 'ANY_SITE');
  yield* withReason(accepted.and(servers.upstream), 'PARENT_SMP_SITE');
  yield* withReason(accepted.and(servers.smp), 'SMP');
  yield* withReason(accepted.and(servers.external), 'EXTERNAL');
  yield* withReason(proven.and(silent), 'SILENT');
  yield* withReason(accepted.and(servers.claimed), 'CLAIMED');
}

function* withReason(mask: Bits, reason: AcceptReason): Generator<[number, AcceptReason]> {
  for (const slot of mask.members()) yield [slot, reason];
}

/** The parent, where a legacy package server is to ask instead. */
function redirectOf(
  { tree }: ReadModel,
  stage: Omit<Stage, 'redirect'>,
  asker: Asker,
): string | undefined {
  if (!isRedirected(stage, asker, stage)) return undefined;
  const { parent } = tree;
  return parent?.state === 'JOINED' && !parent.metadataOnly ? parent.url : undefined;
}

function effectsOf(model: ReadModel, stage: Stage, asker: Asker): DecisionEffect[] {
  const effects: DecisionEffect[] = [];
  const packageId = stage.package.id;
  if (stage.redirect !== undefined) effects.push({ kind: 'BLOCK_REDIRECT', packageId });
  for (const site of stage.scope.sitesToAssign) {
    effects.push({ kind: 'ASSIGN_SITE', packageId, siteId: site.id });
  }
  if (!stage.scope.fellBack || stage.offeredVersion === 0) return effects;
  for (const site of asker.sites) {
    const floor = Math.max(
      model.siteOffer(site.id, packageId),
      stage.index.highestIn(stage.servers.ofSite(site.id)),
    );
    if (stage.offeredVersion > floor) {
      effects.push({
        kind: 'RAISE_SITE_OFFER',
        packageId,
        siteId: site.id,
        internalVersion: stage.offeredVersion,
      });
    }
  }
  return effects;
}
