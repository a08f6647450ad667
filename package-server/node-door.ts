import { CanopyError } from '../core/errors.ts';
import { nodeIdOf, verifyStatement } from '../core/identity.ts';
import type { Random } from '../core/random.ts';
import type { Fetch } from '../core/fetch.ts';
import { asCanopyError, parseObject, readBody, refusal } from './http-answer.ts';

/** An SMP that proved to own its key. */
export interface ProvenNode {
  readonly nodeId: string;
  readonly publicKey: string;
  /** Its clock, milliseconds, when it answered. */
  readonly serverTimeMs: number;
}

export interface NodeDoorOptions {
  readonly smpUrl: string;
  readonly fetch: Fetch;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 16 * 1024;
const PROTOCOL_VERSION = 1;

/**
 * Asks who answers at an address, with a challenge, before anything else is sent there. Throws
 * `NODE_KEY_MISMATCH` when it is not `expectedNodeId` or cannot prove it.
 */
export async function proveNode(
  options: NodeDoorOptions,
  expectedNodeId: string,
): Promise<ProvenNode> {
  const challenge = Buffer.from(options.random.bytes(32)).toString('base64url');
  const url = `${options.smpUrl}/.well-known/canopy-node?challenge=${challenge}`;
  const node = await readJson(url, options);
  const { nodeId, publicKey, serverTime, signature, protocolVersions } = node;
  const isProven =
    nodeId === expectedNodeId &&
    typeof publicKey === 'string' &&
    typeof signature === 'string' &&
    nodeIdOf(publicKey) === nodeId &&
    verifyStatement(
      publicKey,
      {
        kind: 'node',
        challenge,
        nodeId: expectedNodeId,
        publicKey,
        serverTime: asJson(serverTime),
      },
      signature,
    );
  if (!isProven) {
    const why = nodeId === expectedNodeId ? 'it cannot prove it' : `it says ${String(nodeId)}`;
    throw new CanopyError(
      'NODE_KEY_MISMATCH',
      `${options.smpUrl} is not the SMP ${expectedNodeId}: ${why}.`,
      { path: ['server'], hint: 'Check the address; something may stand between.' },
    );
  }
  if (!Array.isArray(protocolVersions) || !protocolVersions.includes(PROTOCOL_VERSION)) {
    throw new CanopyError(
      'CONFLICT',
      `${options.smpUrl} speaks other versions of the protocol than ${PROTOCOL_VERSION}.`,
      { hint: 'Update the older of the two.' },
    );
  }
  return { nodeId: expectedNodeId, publicKey, serverTimeMs: timeOf(serverTime) };
}

async function readJson(url: string, options: NodeDoorOptions): Promise<Record<string, unknown>> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const signal = AbortSignal.any([options.signal, timeout]);
    const response = await options.fetch(url, { signal, redirect: 'manual' });
    if (response.status !== 200) throw await refusal(url, response);
    return parseObject(await readBody(response, MAX_BYTES), url);
  } catch (error) {
    options.signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}

/** What is neither is signed by nobody. */
const asJson = (value: unknown): string | number =>
  typeof value === 'number' ? value : String(value);

/** Milliseconds, as a number or as ISO 8601. */
function timeOf(serverTime: unknown): number {
  return typeof serverTime === 'number' ? serverTime : Date.parse(String(serverTime));
}
