import { lockDataDirectory } from '../content/data-directory-lock.ts';
import { CanopyError } from '../core/errors.ts';
import { parseGuid, type Guid } from '../core/guid.ts';
import type { Random } from '../core/random.ts';
import type { Fetch } from '../core/http-answer.ts';
import { dataFolder } from './data-folder.ts';
import {
  parseEnrollmentToken,
  proofUnder,
  type EnrollmentToken,
} from '../core/enrollment-token.ts';
import { asCanopyError, parseObject, readBody, refusal } from '../core/http-answer.ts';
import { proveNode } from '../core/prove-node.ts';
import { openOrMakeKey } from './node-key.ts';
import { readState, writeState, type Enrollment } from './state-file.ts';

export interface RegisterOptions {
  readonly dataDirectory: string;
  /** The SMP: `http://smp1.example:8080`. */
  readonly smpUrl: string;
  /** `canopyjoin1.…`. */
  readonly token: string;
  readonly fetch: Fetch;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Makes this machine a package server of an SMP. The SMP proves who it is before it is told
 * anything, and the token's secret never leaves this machine. May be repeated with the same token,
 * for example when the answer was lost. Packages that are here already stay.
 *
 * Throws `INVALID_INPUT` for a bad URL or token, `NODE_KEY_MISMATCH` when the address is another
 * SMP's, what the SMP refuses with, and `DATA_DIRECTORY_LOCKED` while the daemon runs.
 */
export async function registerPackageServer(options: RegisterOptions): Promise<Enrollment> {
  const token = parseEnrollmentToken(options.token);
  const smpUrl = baseUrl(options.smpUrl);
  const folder = dataFolder(options.dataDirectory);
  const lock = lockDataDirectory(options.dataDirectory);
  try {
    const before = await readState(folder.state);
    const identity = await openOrMakeKey(folder);
    const node = await proveNode({ ...options, smpUrl }, token.smpNodeId);
    const admitted = await enroll({ ...options, smpUrl }, token, identity.publicKey);
    const enrollment: Enrollment = {
      packageServerId: admitted.packageServerId,
      publicKey: identity.publicKey,
      smp: {
        url: smpUrl,
        guid: admitted.smpGuid,
        name: admitted.smpName,
        nodeId: node.nodeId,
        publicKey: node.publicKey,
      },
    };
    // Attestations name the package server, so those of another one are void.
    const isSame = before?.enrollment.packageServerId === enrollment.packageServerId;
    await writeState(folder.state, {
      format: 1,
      enrollment,
      bootCounter: before?.bootCounter ?? 0,
      packages: isSame ? before.packages : [],
    });
    return enrollment;
  } finally {
    lock.release();
  }
}

interface Admission {
  readonly packageServerId: Guid;
  readonly smpGuid: Guid;
  readonly smpName: string;
}

async function enroll(
  options: RegisterOptions,
  token: EnrollmentToken,
  publicKey: string,
): Promise<Admission> {
  const { smpNodeId, tokenId, secret } = token;
  const challenge = Buffer.from(options.random.bytes(32)).toString('base64url');
  const statement = { kind: 'enroll', smpNodeId, tokenId, publicKey, challenge };
  const proof = proofUnder(secret, statement);
  const url = `${options.smpUrl}/canopy/v1/enroll`;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await options.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tokenId, publicKey, challenge, proof }),
      signal: AbortSignal.any([options.signal, timeout]),
      redirect: 'manual',
    });
    if (response.status !== 200) throw await refusal(url, response);
    return readAdmission(parseObject(await readBody(response, MAX_ANSWER_BYTES), url), url);
  } catch (error) {
    options.signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}

function readAdmission(answer: Record<string, unknown>, url: string): Admission {
  const smp = answer['smp'] as { readonly guid?: unknown; readonly name?: unknown } | undefined;
  const packageServerId = parseGuid(String(answer['packageServerId']));
  const smpGuid = parseGuid(String(smp?.guid));
  if (packageServerId && smpGuid) {
    return { packageServerId, smpGuid, smpName: String(smp?.name ?? '') };
  }
  throw new CanopyError('CONFLICT', `${url} does not answer as an SMP does.`);
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash) {
    throw new CanopyError('INVALID_INPUT', `not the URL of an SMP: ${JSON.stringify(text)}`, {
      path: ['server'],
      hint: 'Use http://host:port or https://host.',
    });
  }
  return text.replace(/\/+$/, '');
}
