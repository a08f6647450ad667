import { z } from 'zod';
import type { Ancestor } from '../../catalog/tree-model.ts';
import type { Json } from '../../core/canonical-json.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import { JOIN_CHECKS, type JoinCheck } from './join-check.ts';

/** Local packages that a child names for the preview of conflicts. */
export const MAX_PACKAGES_COMPARED = 20_000;

/** What the secret of the token is applied to, and what the child signs. */
export interface AdmitFacts {
  readonly parentNodeId: string;
  readonly tokenId: string;
  /** The child's own, base64url. */
  readonly challenge: string;
  readonly childGuid: Guid;
  /** SPKI DER, base64. */
  readonly publicKey: string;
  readonly metadataOnly: boolean;
  readonly dryRun: boolean;
}

export function admitStatement(facts: AdmitFacts): Json {
  const { parentNodeId, tokenId, challenge, childGuid, publicKey, metadataOnly, dryRun } = facts;
  const stated = { parentNodeId, tokenId, challenge, childGuid, publicKey, metadataOnly, dryRun };
  return { kind: 'admit', ...stated };
}

/** What a child asks of its parent-to-be; see docs/protocol.md. */
export interface AdmitRequest extends AdmitFacts {
  readonly protocolVersion: number;
  readonly name: string;
  /** Where people reach the child; empty when nowhere. */
  readonly url: string;
  /** Whether it has children itself. */
  readonly hasChildren: boolean;
  readonly packageIds: readonly Guid[];
  /** HMAC-SHA256 of the statement under the secret of the token, base64url. */
  readonly proof: string;
  /** Of the statement by the child's key, base64. */
  readonly signature: string;
}

/** A package of the parent that has the GUID of a local one of the child. */
export interface PackageTwin {
  readonly id: Guid;
  readonly name: string;
  readonly internalVersion: number;
}

export interface AdmitAnswer {
  readonly smp: { readonly guid: Guid; readonly name: string };
  /** From the root to the parent. */
  readonly lineage: readonly Ancestor[];
  /** Of the parent's side. Empty when the same child asks again for what it has. */
  readonly checks: readonly JoinCheck[];
  readonly twins: readonly PackageTwin[];
  /** What is left of the token's life; 0 unless it is usable. */
  readonly expiresInMs: number;
  /** The parent's signature over `membershipStatement`; empty unless the child was admitted. */
  readonly membership: string;
}

/** What a child sends once when it has left; signed, for the link is over. */
export interface LeaveNotice {
  readonly parentNodeId: string;
  readonly childGuid: Guid;
  readonly publicKey: string;
  /** Of the join that is over. A later join is not ended by it. */
  readonly tokenId: Guid;
  readonly signature: string;
}

export function leaveStatement({
  parentNodeId,
  childGuid,
  publicKey,
  tokenId,
}: Omit<LeaveNotice, 'signature'>): Json {
  return { kind: 'leave', parentNodeId, childGuid, publicKey, tokenId };
}

const guid = z
  .string()
  .refine((text) => parseGuid(text) !== undefined)
  .transform((text) => parseGuid(text)!);
const line = z
  .string()
  .max(255)
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  .regex(/^[^\u0000-\u001f\u007f]*$/)
  .refine((text) => text.isWellFormed());
const nodeIdText = z.string().regex(/^[a-z2-7]{26}$/);
const key = z.string().max(128);
const signature = z.string().max(128);

export const admitRequestSchema = z.object({
  parentNodeId: nodeIdText,
  tokenId: z.string().max(64),
  challenge: z.string().regex(/^[\w-]{16,128}$/),
  childGuid: guid,
  publicKey: key,
  metadataOnly: z.boolean(),
  dryRun: z.boolean(),
  protocolVersion: z.int(),
  name: line.min(1),
  url: z
    .string()
    .max(2_000)
    .regex(/^(https?:\/\/[^\s"<>\\]+)?$/),
  hasChildren: z.boolean(),
  packageIds: z.array(guid).max(MAX_PACKAGES_COMPARED),
  proof: z.string().regex(/^[\w-]{43}$/),
  signature,
});

export const leaveNoticeSchema = z.object({
  parentNodeId: nodeIdText,
  childGuid: guid,
  publicKey: key,
  tokenId: guid,
  signature,
});

const text = z.string().max(4_000);
const ancestor = z.object({
  nodeId: nodeIdText,
  publicKey: key,
  guid,
  name: line,
  membership: signature,
});

export const admitAnswerSchema = z.object({
  smp: z.object({ guid, name: line }),
  lineage: z.array(ancestor).min(1).max(1_000),
  checks: z
    .array(
      z.object({
        code: z.enum(Object.keys(JOIN_CHECKS) as [keyof typeof JOIN_CHECKS]),
        side: z.enum(['CHILD', 'PARENT', 'BOTH']),
        outcome: z.enum(['PASSED', 'FAILED', 'WAIVED', 'WARNING', 'NOT_RUN']),
        text,
        cures: z.array(z.object({ text, mutation: text, command: text })).max(10),
      }),
    )
    .max(100),
  twins: z
    .array(z.object({ id: guid, name: z.string().max(1_000), internalVersion: z.int() }))
    .max(MAX_PACKAGES_COMPARED),
  expiresInMs: z.int().min(0),
  membership: signature,
});
