import {
  ACCEPT_REASONS,
  REJECT_RULES,
  snapshotUrl,
  urlText,
  type AcceptReason,
  type Asker,
  type CodebaseRenderer,
  type CodebaseRequest,
  type CodebaseSource,
  type DecisionEffect,
  type Offer,
  type RejectRule,
  type Trust,
  type UrlKind,
} from './codebase.ts';
import type { Guid } from '../core/guid.ts';
import { decideCodebases } from './decide-codebases.ts';
import type { PackageServer } from './model.ts';
import type { ReadModel } from './read-model.ts';

/** `EXTERNAL` says that the URL is the package's own location, whatever its scheme. */
export type CodebaseKind = UrlKind | 'EXTERNAL';

/** One codebase that the asker is offered. */
export interface OfferedCodebase {
  readonly url: string;
  readonly kind: CodebaseKind;
  readonly snapshotUrl: string | undefined;
  readonly internalVersion: number;
  readonly trust: Trust;
  readonly packageServer: PackageServer | undefined;
  readonly upstreamId: Guid | undefined;
  readonly sourceName: string;
  /** From 1; sources of equal rank do not occur. */
  readonly rank: number;
  readonly reason: AcceptReason;
  readonly reasonText: string;
}

/** One source that is not offered, and the rule that stopped it. */
export interface RejectedSource {
  readonly trust: Trust;
  readonly packageServer: PackageServer | undefined;
  readonly upstreamId: Guid | undefined;
  readonly sourceName: string;
  readonly rule: RejectRule;
  readonly ruleText: string;
}

/** The whole answer to "why this source?". */
export interface CodebaseDecision {
  readonly asker: Asker;
  readonly offer: Offer;
  readonly codebases: readonly OfferedCodebase[];
  readonly rejected: readonly RejectedSource[];
  readonly effects: readonly DecisionEffect[];
}

/** The decision with every candidate: accepted with rank and reason, or rejected by a named rule. */
export function explainCodebases(model: ReadModel, request: CodebaseRequest): CodebaseDecision {
  const { result, offer, effects } = decideCodebases(model, request, new ExplanationRenderer());
  return { asker: request.asker, offer, ...result, effects };
}

type Explanation = Pick<CodebaseDecision, 'codebases' | 'rejected'>;

class ExplanationRenderer implements CodebaseRenderer<Explanation> {
  private current: Offer | undefined;
  private readonly codebases: OfferedCodebase[] = [];
  private readonly rejected: RejectedSource[] = [];

  offer(offer: Offer): void {
    this.current = offer;
  }

  accept(
    source: CodebaseSource,
    urls: Parameters<CodebaseRenderer<Explanation>['accept']>[1],
    reason: AcceptReason,
  ): void {
    for (const shape of urls) {
      this.codebases.push({
        url: urlText(shape, this.current!),
        kind: source.trust === 'EXTERNAL' ? 'EXTERNAL' : shape.kind,
        snapshotUrl: snapshotUrl(this.current!),
        internalVersion: this.current!.internalVersion,
        trust: source.trust,
        packageServer: source.packageServer,
        upstreamId: source.upstreamId,
        sourceName: source.name,
        rank: this.codebases.length + 1,
        reason,
        reasonText: ACCEPT_REASONS[reason],
      });
    }
  }

  reject(source: CodebaseSource, rule: RejectRule): void {
    this.rejected.push({
      trust: source.trust,
      packageServer: source.packageServer,
      upstreamId: source.upstreamId,
      sourceName: source.name,
      rule,
      ruleText: REJECT_RULES[rule],
    });
  }

  finish(): Explanation {
    return { codebases: this.codebases, rejected: this.rejected };
  }
}
