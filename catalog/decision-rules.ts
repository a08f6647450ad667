import type { Bits } from './bits.ts';
import type { CodebaseRequest, RejectRule } from './codebase.ts';
import { CROSSING_CHECKS } from './crossing-rules.ts';
import type { Stage } from './decide-codebases.ts';

interface Rule<S, R> {
  readonly rule: RejectRule;
  /** The slots that this rule lets through. */
  readonly passes: (stage: S, request: R) => Bits;
}

type Facts = Pick<Stage, 'package' | 'servers' | 'index' | 'settings' | 'crossings' | 'silent'>;

/** Who could deliver the package at all. */
export const CANDIDATE_RULES: readonly Rule<Facts, Pick<CodebaseRequest, 'asker'>>[] = [
  {
    rule: 'PACKAGE_DISABLED',
    passes: ({ package: one, servers }) => (one.enabled ? servers.all : servers.none),
  },
  {
    rule: 'ASKER_ITSELF',
    passes: ({ servers }, { asker }) => {
      const self = asker.packageServer && servers.slotOf.get(asker.packageServer.id);
      return self === undefined ? servers.all : servers.all.without(servers.only(self));
    },
  },
  {
    rule: 'SERVER_DISABLED',
    passes: ({ servers }) => servers.all.without(servers.servers.without(servers.enabled)),
  },
  { rule: 'NOT_ASSIGNED', passes: ({ index }) => index.assigned },
  {
    rule: 'NO_BYTES',
    passes: ({ servers, index }) => index.holders.or(servers.servers),
  },
  { rule: 'NOT_READY', passes: ({ index }) => index.holders },
  { rule: 'NO_PUBLISHED_ADDRESS', passes: ({ index }) => index.published },
  ...CROSSING_CHECKS.map(({ rule, stops }): Rule<Facts, Pick<CodebaseRequest, 'asker'>> => ({
    rule,
    passes: (facts, { asker }) => {
      const { all, upstream } = facts.servers;
      // Asked only where there is something to cross for: agents are answered from here too.
      const isStopped = facts.index.upstream.length > 0 && stops(facts, asker);
      return isStopped ? all.without(upstream) : all;
    },
  })),
];

/** Which of them this asker is offered, for this question. */
export const OFFER_RULES: readonly Rule<Stage, CodebaseRequest>[] = [
  {
    rule: 'REDIRECTED_TO_PARENT',
    passes: ({ servers, redirect }) => (redirect === undefined ? servers.all : servers.none),
  },
  {
    rule: 'AUTOMATIC_SITE_PENDING',
    passes: ({ servers, scope, package: one }, { asker }) =>
      scope.sitesToAssign.length > 0 && !asker.sites.some((site) => one.siteIds.includes(site.id))
        ? servers.none
        : servers.all,
  },
  {
    rule: 'CONSTRAINED_ASKER',
    passes: ({ servers, scope }, { asker }) =>
      asker.packageServer?.constrained ? scope.reach : servers.all,
  },
  {
    rule: 'SMP_ONLY',
    passes: ({ servers, scope, settings }, { asker }) =>
      asker.packageServer && settings.packageServersDownloadFromSmpOnly ? scope.reach : servers.all,
  },
  {
    rule: 'OUTSIDE_SCOPE',
    passes: (stage, request) =>
      reachFor(stage, request).or(stage.servers.smp).or(stage.servers.external),
  },
  { rule: 'WITHHELD_FROM_SITE', passes: reachFor },
  {
    rule: 'DENIED_SMP',
    passes: ({ servers }, { denySmp }) =>
      denySmp ? servers.all.without(servers.smp) : servers.all,
  },
  {
    rule: 'DENIED_EXTERNAL',
    passes: ({ servers, scope }, { denyExternalPackageServers }) =>
      denyExternalPackageServers
        ? servers.all.without(servers.servers.without(scope.ownSite))
        : servers.all,
  },
  {
    rule: 'NOTHING_TO_OFFER',
    passes: ({ servers, offeredVersion }) => (offeredVersion > 0 ? servers.all : servers.none),
  },
  {
    rule: 'OTHER_VERSION',
    passes: ({ servers, index, offeredVersion }) => index.holdersOf(offeredVersion) ?? servers.none,
  },
];

/** The reach, widened when an agent has been trying longer than the SMP allows. */
function reachFor({ scope, settings }: Stage, request: CodebaseRequest): Bits {
  const limit = settings.maxAgentDownloadTryingTimeMinutes;
  return limit > 0 && request.totalTimeMinutes > limit ? scope.reach.or(scope.late) : scope.reach;
}
