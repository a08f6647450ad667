import { bracedGuid, type Guid } from '../core/guid.ts';
import { fileUrlToUnc } from './codebase.ts';
import type { CatalogContext } from './context.ts';
import type { StatusClaim, StatusEvent } from './inputs.ts';
import type { Holding, PackageServer } from './model.ts';
import { parseAddress } from './network.ts';
import type { CatalogTransaction } from './ports.ts';

/** What became of a status event: what was taken over, and each refusal in a sentence. */
export interface ClaimOutcome {
  readonly recorded: number;
  readonly refusals: readonly string[];
}

/**
 * Records what a legacy package server says of its packages. A claim counts only from a server
 * that an administrator created as legacy, from one of its registered addresses, about packages
 * that exist, in versions that exist, with URLs on its own hosts. Nothing is ever created here.
 */
export async function recordStatusClaims(
  context: CatalogContext,
  event: StatusEvent,
  clientAddress: string,
): Promise<ClaimOutcome> {
  const { packageServerId } = event;
  // Before anything is asked of the database: this door is open to everybody.
  const known = context.model.packageServer(packageServerId);
  const early = refusalOf(known, packageServerId, clientAddress);
  if (early !== undefined) return { recorded: 0, refusals: [early] };
  return context.write(async (tx) => {
    const server = await tx.get('packageServer', packageServerId);
    const refusal = refusalOf(server, packageServerId, clientAddress);
    if (!server || refusal !== undefined) return { recorded: 0, refusals: [refusal ?? ''] };
    const refusals: string[] = [];
    let recorded = 0;
    for (const claim of event.claims) {
      const reason = await recordOne(context, tx, { server, claim });
      if (reason) refusals.push(reason);
      else recorded += 1;
    }
    return { recorded, refusals };
  });
}

function refusalOf(
  server: PackageServer | undefined,
  id: Guid,
  clientAddress: string,
): string | undefined {
  if (!server) return `There is no package server ${bracedGuid(id)}.`;
  if (server.kind !== 'LEGACY') return `${server.name} is not a legacy package server.`;
  if (server.addresses.includes(parseAddress(clientAddress)?.text ?? '')) return undefined;
  return `${clientAddress} is not a registered address of ${server.name}.`;
}

async function recordOne(
  { clock }: CatalogContext,
  tx: CatalogTransaction,
  { server, claim }: { readonly server: PackageServer; readonly claim: StatusClaim },
): Promise<string | undefined> {
  const one = await tx.get('package', claim.packageId);
  if (!one) return `There is no package ${bracedGuid(claim.packageId)}.`;
  const ready = claim.status === 'READY';
  if (ready && !(await versionExists(tx, claim))) {
    return `${one.name} has no version ${claim.internalVersion}.`;
  }
  const foreign = claim.urls.find((url) => !isOwnUrl(server, url));
  if (foreign !== undefined) return `${foreign} is not on a host of ${server.name}.`;

  const key = `${server.id}/${claim.packageId}`;
  const before = await tx.get('holding', key);
  const holding: Holding = {
    packageServerId: server.id,
    packageId: claim.packageId,
    status: claim.status,
    reason: claim.reason,
    sinceMs: before?.status === claim.status ? before.sinceMs : clock.nowMs(),
    held: ready ? [heldVersion(before, claim.internalVersion, clock.nowMs())] : [],
    highestVersion: Math.max(before?.highestVersion ?? 0, ready ? claim.internalVersion : 0),
    claimedUrls: ready ? claim.urls : [],
  };
  tx.put('holding', holding);
  return undefined;
}

async function versionExists(
  tx: CatalogTransaction,
  { packageId, internalVersion }: StatusClaim,
): Promise<boolean> {
  if (!Number.isSafeInteger(internalVersion) || internalVersion < 1) return false;
  return (await tx.get('snapshot', `${packageId}/${internalVersion}`)) !== undefined;
}

function heldVersion(
  before: Holding | undefined,
  internalVersion: number,
  nowMs: number,
): Holding['held'][number] {
  const known = before?.held.find((one) => one.internalVersion === internalVersion);
  return known ?? { internalVersion, rootHash: '', sinceMs: nowMs };
}

/** True for `HTTP(S)://host/…` and `FILE://host/…` whose host is registered for the server. */
function isOwnUrl(server: PackageServer, url: string): boolean {
  const host = hostOf(url)?.replace(/\.$/, '');
  if (host === undefined) return false;
  const address = parseAddress(host.replace(/^\[|\]$/g, ''));
  if (address) return server.addresses.includes(address.text);
  return server.hostNames.includes(host);
}

function hostOf(url: string): string | undefined {
  if (/^file:/i.test(url)) {
    return /^\\\\([^\\]+)\\./.exec(fileUrlToUnc(url))?.[1]?.toLowerCase();
  }
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  const web = parsed.protocol === 'http:' || parsed.protocol === 'https:';
  return web && !parsed.username && !parsed.password ? parsed.hostname.toLowerCase() : undefined;
}
