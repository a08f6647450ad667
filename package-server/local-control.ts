import { readFile } from 'node:fs/promises';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { Fetch } from '../core/http-answer.ts';
import { dataFolder } from './data-folder.ts';
import { asCanopyError, parseObject, readBody, refusal } from '../core/http-answer.ts';
import { readState } from './state-file.ts';
import { packageLines, type PackageServerStatus } from './status.ts';

export interface LocalControlOptions {
  readonly dataDirectory: string;
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/** What the operator may ask of the running process. */
export type LocalRequest =
  | { readonly kind: 'VERIFY'; readonly packages: readonly Guid[] }
  | { readonly kind: 'RESEND_STATUS' };

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * The status of the package server of a data directory: from the running process, or as it was
 * when the last one ended. Throws `CONFIGURATION_INVALID` when it is not registered.
 */
export async function readLocalStatus(options: LocalControlOptions): Promise<PackageServerStatus> {
  const running = await runningAddress(options.dataDirectory);
  if (running) {
    const answer = await ask(options, `${running.url}/status`, {}).catch((error: unknown) => {
      // A process that was killed left its address behind.
      if ((error as { code?: unknown }).code === 'NOT_READY') return undefined;
      throw error;
    });
    if (answer) return answer as unknown as PackageServerStatus;
  }
  return await storedStatus(options.dataDirectory);
}

/** Asks the running process for something; throws `NOT_READY` when none runs. */
export async function askRunning(
  options: LocalControlOptions,
  request: LocalRequest,
): Promise<Record<string, unknown>> {
  const running = await runningAddress(options.dataDirectory);
  if (!running) {
    throw new CanopyError(
      'NOT_READY',
      `No package server runs on the data directory ${options.dataDirectory}.`,
      { hint: 'Start it: canopy package-server run' },
    );
  }
  const headers = { authorization: `Bearer ${running.secret}` };
  if (request.kind === 'RESEND_STATUS') {
    return await ask(options, `${running.url}/resend-status`, { method: 'POST', headers });
  }
  const query = new URLSearchParams(
    request.packages.map((id): [string, string] => ['package', id]),
  );
  return await ask(options, `${running.url}/verify?${query}`, { method: 'POST', headers });
}

async function storedStatus(dataDirectory: string): Promise<PackageServerStatus> {
  const state = await readState(dataFolder(dataDirectory).state);
  if (!state) {
    throw new CanopyError(
      'CONFIGURATION_INVALID',
      `${dataDirectory} is not the data directory of a registered package server.`,
      { hint: 'Register it first: canopy package-server register --server <url>' },
    );
  }
  const { packageServerId, smp } = state.enrollment;
  return {
    packageServerId,
    smp: { url: smp.url, name: smp.name, nodeId: smp.nodeId },
    running: false,
    link: { connected: false, since: undefined, reason: 'It is not running.' },
    problems: ['It is not running.'],
    packages: packageLines({ all: () => [...state.packages], progress: () => undefined }),
    upstream: [],
  };
}

async function runningAddress(
  dataDirectory: string,
): Promise<{ readonly url: string; readonly secret: string } | undefined> {
  try {
    const text = await readFile(dataFolder(dataDirectory).statusAddress, 'utf8');
    return JSON.parse(text) as { url: string; secret: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function ask(
  options: LocalControlOptions,
  url: string,
  init: RequestInit,
): Promise<Record<string, unknown>> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const signal = AbortSignal.any([options.signal, timeout]);
    const response = await options.fetch(url, { ...init, signal, redirect: 'manual' });
    if (response.status !== 200 && response.status !== 202) throw await refusal(url, response);
    return parseObject(await readBody(response, MAX_ANSWER_BYTES), url);
  } catch (error) {
    options.signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}
