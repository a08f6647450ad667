import { readFile } from 'node:fs/promises';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { writeFileAtomic } from '../content/atomic-file.ts';
import { parsePolicies, type Policy, type PolicyPackage } from '../legacy/client-policies.ts';
import { SOFTWARE_DELIVERY_AGENT } from '../legacy/conventions.ts';
import type { AgentContext } from './agent-context.ts';
import { fetchPackage, type FetchOutcome } from './fetch-package.ts';

export interface SyncedPackage {
  readonly packageId: Guid;
  readonly name: string;
  readonly requiredVersion: number;
  readonly outcome:
    | FetchOutcome
    /** Somebody has to see to it; it is tried again with the next policies. */
    | { readonly state: 'FAILED'; readonly reason: string };
}

export interface SyncRequest {
  readonly signal: AbortSignal;
  /** How long a package has been tried; see {@link FetchRequest}. */
  tryingForMs?(packageId: Guid): number;
  onPackage?(synced: SyncedPackage): void;
}

/**
 * Asks for the policies of this computer and makes one attempt at each of their packages. One
 * package's failure does not keep the others. Throws what the policies question throws.
 */
export async function syncPolicies(
  context: AgentContext,
  request: SyncRequest,
): Promise<SyncedPackage[]> {
  const synced: SyncedPackage[] = [];
  for (const item of await policyPackages(context, request.signal)) {
    request.signal.throwIfAborted();
    const outcome = await attempt(context, item, request);
    const { packageId, name, internalVersion: requiredVersion } = item;
    synced.push({ packageId, name, requiredVersion, outcome });
    request.onPackage?.(synced.at(-1)!);
  }
  return synced;
}

async function attempt(
  context: AgentContext,
  item: PolicyPackage,
  request: SyncRequest,
): Promise<SyncedPackage['outcome']> {
  try {
    return await fetchPackage(context, {
      packageId: item.packageId,
      requiredVersion: item.internalVersion,
      tryingForMs: request.tryingForMs?.(item.packageId) ?? 0,
      signal: request.signal,
    });
  } catch (error) {
    request.signal.throwIfAborted();
    if (!isCanopyError(error)) throw error;
    const hint = error.problems[0]?.hint;
    return { state: 'FAILED', reason: hint ? `${error.message} ${hint}` : error.message };
  }
}

/** The packages that the policies offer this computer, by the newest version that any names. */
async function policyPackages(
  context: AgentContext,
  signal: AbortSignal,
): Promise<PolicyPackage[]> {
  const path = context.folders.policies(context.client.url);
  const stored = await readStored(path);
  const hash = stored === undefined ? '' : hashOf(stored);
  const sent = await context.client.clientPolicies(
    { resourceId: context.resourceId, hash },
    signal,
  );
  const answer = parsePolicies(sent);
  if (answer.kind === 'POLICIES') {
    await writeFileAtomic(path, sent);
    return deliveredPackages(answer.policies);
  }
  const held = stored && hash !== '' ? parsePolicies(stored) : answer;
  if (held.kind === 'POLICIES') return deliveredPackages(held.policies);
  throw new CanopyError('MALFORMED_REQUEST', 'The server says "unchanged" of no policies at all.');
}

function deliveredPackages(policies: readonly Policy[]): PolicyPackage[] {
  const packages = new Map<Guid, PolicyPackage>();
  for (const policy of policies) {
    if (policy.agentClsid.toLowerCase() !== SOFTWARE_DELIVERY_AGENT.toLowerCase()) continue;
    for (const item of policy.packages) {
      const known = packages.get(item.packageId);
      if (!known || known.internalVersion < item.internalVersion)
        packages.set(item.packageId, item);
    }
  }
  return [...packages.values()];
}

async function readStored(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A stored file that cannot be read counts as none: the server then sends all of it. */
function hashOf(stored: Buffer): string {
  try {
    return parsePolicies(stored).hash;
  } catch (error) {
    if (isCanopyError(error)) return '';
    throw error;
  }
}
