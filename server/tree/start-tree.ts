import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Releasers } from '../../core/releasers.ts';
import type { HierarchyInputs } from '../../hierarchy/hierarchy-service.ts';
import { MembershipKeeper } from '../../hierarchy/membership/keeper.ts';
import { OneAtATime } from '../../hierarchy/membership/one-at-a-time.ts';
import { httpParentContact } from '../../hierarchy/membership/parent-contact.ts';
import type { LocalizeItems, MembershipInputs } from '../../hierarchy/membership/relations.ts';
import { rateLimited } from '../http/address-limiter.ts';
import { LIMITS } from '../limits.ts';
import type { Smp } from '../open-smp.ts';
import { guardedFetch } from './guarded-fetch.ts';

/** What the server does as a node of a tree: the use cases, and the upkeep behind them. */
export function startTree(
  { context, database, identity }: Pick<Smp, 'context' | 'database' | 'identity'>,
  releasers: Releasers,
): HierarchyInputs {
  const stopping = new AbortController();
  const { wakeups, enrollmentTokens: tokens } = database;
  const membership: MembershipInputs = {
    context,
    tokens,
    contact: httpParentContact(guardedFetch, context.random, stopping.signal),
    localizeItems: nothingReplicated,
    relations: new OneAtATime(),
    limitJoins: joinLimit(),
  };
  const keeping = new MembershipKeeper({ ...membership, wakeups }).run(stopping.signal);
  releasers.add(async () => {
    stopping.abort();
    await keeping;
  });
  return { context, wakeups, membership, cursorKey: identity.secretFor('change cursor') };
}

/** Packages do not cross to this node, so there are none to make its own. */
const nothingReplicated: LocalizeItems = async () => undefined;

function joinLimit(): MembershipInputs['limitJoins'] {
  const limiter = new RateLimiterMemory({ points: LIMITS.nodes.joinsPerMinute, duration: 60 });
  return async () => {
    try {
      await limiter.consume('join');
    } catch (refusal) {
      throw rateLimited((refusal as { readonly msBeforeNext: number }).msBeforeNext);
    }
  };
}
