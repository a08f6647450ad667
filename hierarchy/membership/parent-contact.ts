import { CanopyError, isCanopyError } from '../../core/errors.ts';
import {
  asCanopyError,
  parseObject,
  readBody,
  refusal,
  type Fetch,
} from '../../core/http-answer.ts';
import { proveNode, type ProvenNode } from '../../core/prove-node.ts';
import type { Random } from '../../core/random.ts';
import {
  admitAnswerSchema,
  type AdmitAnswer,
  type AdmitRequest,
  type LeaveNotice,
} from './admission.ts';

/** How a child asks a parent that it has no link with. */
export interface ParentContact {
  /**
   * Who answers at `url`. Throws `NODE_KEY_MISMATCH` when it is not `nodeId`, `CONFLICT` when it
   * speaks other versions of the protocol or no SMP answers, `NOT_READY` or `TIMEOUT` when nobody does.
   */
  prove(url: string, nodeId: string): Promise<ProvenNode>;
  /** Throws what keeps the parent from answering; a refusal is an answer without membership. */
  admit(url: string, request: AdmitRequest): Promise<AdmitAnswer>;
  leave(url: string, notice: LeaveNotice): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Over HTTP. `fetch` has to refuse addresses that may not be asked. */
export function httpParentContact(
  fetch: Fetch,
  random: Random,
  signal: AbortSignal,
): ParentContact {
  const post = async (url: string, body: object): Promise<Record<string, unknown>> => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, timeout]),
        redirect: 'manual',
      });
      if (response.status !== 200) throw await refusal(url, response);
      return parseObject(await readBody(response, MAX_ANSWER_BYTES), url);
    } catch (error) {
      signal.throwIfAborted();
      throw asCanopyError(error, url, timeout.aborted);
    }
  };
  return {
    prove: async (smpUrl, nodeId) => {
      try {
        return await proveNode({ smpUrl, fetch, random, signal }, nodeId);
      } catch (error) {
        throw withoutTheirText(error, smpUrl);
      }
    },
    admit: async (url, request) => {
      const answer = admitAnswerSchema.safeParse(await post(`${url}/canopy/v1/admit`, request));
      if (answer.success) return answer.data;
      throw new CanopyError('CONFLICT', `${url} does not answer an admission as an SMP does.`);
    },
    leave: async (url, notice) => void (await post(`${url}/canopy/v1/leave`, notice)),
  };
}

/** Whoever answers before it has proven anything is not quoted: it may be any host inside. */
function withoutTheirText(error: unknown, url: string): unknown {
  if (!isCanopyError(error)) return error;
  const { code } = error;
  if (code === 'NODE_KEY_MISMATCH' || code === 'PROTOCOL_UNSUPPORTED') return error;
  if (code === 'BUSY' || code === 'RATE_LIMITED') {
    return new CanopyError(code, `${url} is busy, starting or stopping.`);
  }
  if (code === 'TIMEOUT') return new CanopyError(code, `${url} did not answer in time.`);
  if (code === 'NOT_READY' && error.cause !== undefined) return error;
  return new CanopyError('CONFLICT', `${url} does not answer as an SMP does.`);
}
