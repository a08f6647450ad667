import {
  urlText,
  type CodebaseRenderer,
  type CodebaseRequest,
  type CodebaseSource,
  type DecisionEffect,
  type Offer,
  type UrlShape,
} from '../../../catalog/codebase.ts';
import { decideCodebases } from '../../../catalog/decide-codebases.ts';
import { explainCodebases } from '../../../catalog/explain-codebases.ts';
import { locateAsker } from '../../../catalog/locate-asker.ts';
import type { ReadModel } from '../../../catalog/read-model.ts';
import type { Question } from '../../support/catalog-world.ts';
import type { VerdictCodebase } from './oracle.ts';

/** What the product answers, in the words of the oracle. */
export interface Answer {
  readonly siteIds: readonly string[];
  readonly offeredVersion: number;
  readonly redirect: string | undefined;
  readonly codebases: readonly VerdictCodebase[];
  readonly effects: readonly string[];
}

export interface ExplainedAnswer extends Answer {
  readonly snapshotUrls: readonly (string | undefined)[];
  readonly ranks: readonly number[];
  readonly rejected: readonly { readonly candidateId: string; readonly rule: string }[];
}

export function requestOf(model: ReadModel, question: Question): CodebaseRequest {
  const { resourceId, addresses, peerAddress, ...rest } = question;
  return { ...rest, asker: locateAsker(model, { resourceId, addresses, peerAddress }) };
}

/** As the agents' doors ask: a renderer that takes no rejections. */
export function decided(model: ReadModel, question: Question): Answer {
  const request = requestOf(model, question);
  const { result, offer, effects } = decideCodebases(model, request, new UrlRenderer());
  return {
    siteIds: siteIdsOf(request),
    offeredVersion: offer.internalVersion,
    redirect: offer.redirect,
    codebases: result,
    effects: effectTexts(effects),
  };
}

export function explained(model: ReadModel, question: Question): ExplainedAnswer {
  const decision = explainCodebases(model, requestOf(model, question));
  return {
    siteIds: siteIdsOf(decision),
    offeredVersion: decision.offer.internalVersion,
    redirect: decision.offer.redirect,
    codebases: decision.codebases.map(({ url, kind, trust, reason, ...source }) => ({
      candidateId: candidateIdOf({ trust, ...source }),
      url,
      kind,
      trust,
      reason,
    })),
    effects: effectTexts(decision.effects),
    snapshotUrls: decision.codebases.map((one) => one.snapshotUrl),
    ranks: decision.codebases.map((one) => one.rank),
    rejected: decision.rejected.map((one) => ({
      candidateId: candidateIdOf(one),
      rule: one.rule,
    })),
  };
}

/** Effects are a set: in a fixed order they compare. */
export function effectTexts(effects: readonly DecisionEffect[]): string[] {
  return effects
    .map((one) =>
      [
        one.kind,
        one.packageId,
        ...('siteId' in one ? [one.siteId] : []),
        ...('internalVersion' in one ? [one.internalVersion] : []),
      ].join(' '),
    )
    .sort();
}

class UrlRenderer implements CodebaseRenderer<VerdictCodebase[]> {
  private current: Offer | undefined;
  private readonly found: VerdictCodebase[] = [];

  offer(offer: Offer): void {
    this.current = offer;
  }

  accept(
    source: CodebaseSource,
    urls: readonly UrlShape[],
    reason: VerdictCodebase['reason'],
  ): void {
    const { trust } = source;
    for (const shape of urls) {
      const kind = trust === 'EXTERNAL' ? 'EXTERNAL' : shape.kind;
      const url = urlText(shape, this.current!);
      this.found.push({ candidateId: candidateIdOf(source), url, kind, trust, reason });
    }
  }

  finish(): VerdictCodebase[] {
    return this.found;
  }
}

function siteIdsOf({ asker }: Pick<CodebaseRequest, 'asker'>): string[] {
  return asker.sites.map((site) => site.id).sort();
}

type Named = Pick<CodebaseSource, 'trust' | 'packageServer' | 'upstreamId'>;

function candidateIdOf(source: Named): string {
  if (source.packageServer) return source.packageServer.id;
  if (source.trust === 'UPSTREAM') return `UPSTREAM ${source.upstreamId}`;
  return source.trust === 'OWN' ? 'SMP' : 'EXTERNAL';
}
