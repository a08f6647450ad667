import {
  siteQueryUrl,
  snapshotUrl,
  type CodebaseRenderer,
  type CodebaseSource,
  type Offer,
  type UrlShape,
} from '../../catalog/codebase.ts';
import type { PackagePriority } from '../../catalog/model.ts';
import type { PriorityText } from '../../legacy/attribute-values.ts';
import type { Guid } from '../../core/guid.ts';
import {
  CODEBASE_END,
  CODEBASE_OPEN,
  CODEBASE_SNAPSHOT,
  packageElement,
  type AgentGeneration,
} from '../../legacy/package-info.ts';
import { escapeAttribute, type EscapedXml } from '../../legacy/xml-writer.ts';

/** What an answer needs beside the decision. */
export interface AnswerFacts {
  /** Where the asker reached this server. */
  readonly origin: string;
  readonly resourceId: Guid | undefined;
  readonly generation: AgentGeneration;
  /** Public key of a node, SPKI DER in base64; `undefined` when it is not known here. */
  readonly publicKeyOf: (nodeId: string) => string | undefined;
}

/** A URL shape as XML text, without what changes from answer to answer. */
interface EscapedShape {
  readonly open: string;
  readonly prefix: string;
  readonly separator: string;
  readonly suffix: string;
}

const escapedShapes = new WeakMap<UrlShape, EscapedShape>();

function escapedShape(shape: UrlShape): EscapedShape {
  const known = escapedShapes.get(shape);
  if (known) return known;
  const made = {
    open: shape.kind === 'UNC' ? CODEBASE_OPEN.unc : CODEBASE_OPEN.href,
    prefix: escapeAttribute(shape.verbatim ?? shape.prefix),
    separator: escapeAttribute(shape.separator),
    suffix: escapeAttribute(shape.suffix),
  };
  escapedShapes.set(shape, made);
  return made;
}

/**
 * Renders a decision as a `Package` element: codebases are joined from text that was escaped once
 * per server address, so an answer costs string concatenation and no object per codebase.
 */
export class PackageElementRenderer implements CodebaseRenderer<EscapedXml> {
  private readonly facts: AnswerFacts;
  private readonly origin: string;
  private current: Offer | undefined;
  private codebases = '';
  private tail: string = CODEBASE_END;

  constructor(facts: AnswerFacts) {
    this.facts = facts;
    this.origin = escapeAttribute(facts.origin);
  }

  offer(offer: Offer): void {
    this.current = offer;
    const url = snapshotUrl(offer);
    if (url !== undefined) this.tail = CODEBASE_SNAPSHOT + escapeAttribute(url) + CODEBASE_END;
  }

  accept(_source: CodebaseSource, urls: readonly UrlShape[]): void {
    const { bracedId, internalVersion } = this.current!;
    for (const shape of urls) {
      const { open, prefix, separator, suffix } = escapedShape(shape);
      const origin = shape.onThisSmp ? this.origin : '';
      this.codebases +=
        shape.verbatim === undefined
          ? open + origin + prefix + bracedId + separator + internalVersion + suffix + this.tail
          : open + prefix + this.tail;
    }
  }

  finish(): EscapedXml {
    const { facts } = this;
    const { package: one, snapshot, internalVersion } = this.current!;
    const ownerNodeId = snapshot?.ownerNodeId ?? one.ownerNodeId;
    const info = {
      packageId: one.id,
      name: one.name,
      sizeBytes: snapshot?.sizeBytes ?? 0,
      internalVersion,
      priority: PRIORITY_TEXTS[one.priority],
      enableMulticast: one.enableMulticast,
      valid: true,
      statusDescription: 'valid',
      sourceKey: facts.publicKeyOf(ownerNodeId) ?? '',
      sourceTimeMs: snapshot?.createdAtMs ?? one.updatedAtMs,
      siteQueryUrl: siteQueryUrl(this.current!),
      resourceId: facts.resourceId,
    };
    return packageElement(info, facts.generation, this.codebases as EscapedXml);
  }
}

/** Our priorities as legacy documents spell them. */
export const PRIORITY_TEXTS: { readonly [P in PackagePriority]: PriorityText } = {
  LOW: 'Low',
  NORMAL: 'Normal',
  HIGH: 'High',
};
