import type { PackageServer } from '../../catalog/model.ts';
import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import type { ProbeResult } from '../../catalog/package-server-protocol.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import { crossingServers } from './crossing-servers.ts';

/** Whether bytes can come from the parent. It only tells: nothing waits for it. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, one sentence each, with the cure. */
  readonly reasons: readonly string[];
}

/** A probe older than this says nothing: it is made every five minutes. */
const PROBE_LIFE_MS = 15 * 60_000;

/**
 * Looks at the whole way: this SMP's site, its package servers, those of the parent, and whether
 * one reached another. A server without a parent is ready: nothing has to come.
 */
export function readinessOf(model: ReadModel, links: PackageServerLinks, nowMs: number): Readiness {
  const { parent } = model.tree;
  if (!parent) return { ready: true, reasons: [] };
  const reason = parentFault(parent) ?? siteFault(model) ?? ownFault(model, links);
  if (reason !== undefined) return { ready: false, reasons: [reason] };
  const reasons = upstreamFaults(model, links, { parent, nowMs });
  return { ready: reasons.length === 0, reasons };
}

function parentFault({
  name,
  state,
  metadataOnly,
  replicationEnabled,
}: Parent): string | undefined {
  if (state !== 'JOINED') return `Joining ${name} has not finished; it goes on by itself.`;
  if (metadataOnly) {
    return (
      `This server joined ${name} for metadata only, so no package files come from there. ` +
      'Leave and join again without metadataOnly to change that.'
    );
  }
  if (replicationEnabled) return undefined;
  return `Replication from ${name} is switched off. Switch it on with enableHierarchyReplication.`;
}

function siteFault({ servers, smp }: ReadModel): string | undefined {
  if (servers.smpSites.length === 0) {
    const addresses = smp.addresses.join(', ') || 'none';
    return (
      `This server is in no site: no subnet with a site contains its addresses (${addresses}). ` +
      'Create a subnet around one of them and assign it to a site.'
    );
  }
  if (!servers.smpSiteServers.isEmpty) return undefined;
  const names = servers.smpSites.map(({ name }) => `"${name}"`).join(', ');
  return (
    `No package server serves the site of this server (${names}). ` +
    'Assign one to it by hand, or put one into its subnet.'
  );
}

function ownFault(model: ReadModel, links: PackageServerLinks): string | undefined {
  const able = crossingServers(model).map(({ packageServer }) => packageServer);
  if (able.length === 0) {
    const names = model.servers.smpSites.map(({ name }) => `"${name}"`).join(', ');
    return (
      `No package server of the site of this server (${names}) may fetch across: each is ` +
      'constrained, switched off or of the legacy kind. Clear "constrained" on one of them, or ' +
      'switch it on.'
    );
  }
  if (able.some(({ id }) => links.stateOf(id).connectedAtMs !== undefined)) return undefined;
  const names = able.map(({ name }) => name).join(', ');
  return `Not connected: ${names}. Start it (canopy package-server run) and look at its log.`;
}

function upstreamFaults(
  model: ReadModel,
  links: PackageServerLinks,
  { parent, nowMs }: { readonly parent: Parent; readonly nowMs: number },
): string[] {
  const { upstreamServers } = model.crossings;
  if (!upstreamServers) {
    return [
      `${parent.name} has not told its package servers since this server started. ` +
        'It does when the link to it opens.',
    ];
  }
  if (upstreamServers.length === 0) {
    return [
      `${parent.name} has no package server in the site of its own SMP. ` +
        'Assign one to that site on the parent.',
    ];
  }
  const able = crossingServers(model).filter(
    ({ packageServer: { id } }) => links.stateOf(id).connectedAtMs !== undefined,
  );
  const names = new Map(upstreamServers.map((one) => [one.packageServerId, one.name]));
  const probes = able.flatMap(({ packageServer }) =>
    links
      .probesOf(packageServer.id)
      .filter(({ packageServerId, atMs }) => {
        return names.has(packageServerId) && nowMs - atMs < PROBE_LIFE_MS;
      })
      .map((probe) => ({ packageServer, probe })),
  );
  if (probes.some(({ probe }) => probe.reachable)) return [];
  if (probes.length === 0) {
    const own = able.map(({ packageServer }) => packageServer.name).join(', ');
    return [`${own} has not probed the package servers of ${parent.name} yet; it does by itself.`];
  }
  return probes.map(({ packageServer, probe }) =>
    pairFault(packageServer, names.get(probe.packageServerId)!, probe),
  );
}

function pairFault(
  { name }: PackageServer,
  upstream: string,
  { url, reason }: ProbeResult,
): string {
  const at = url === '' ? '' : ` at ${url}`;
  return (
    `${name} does not reach ${upstream} of the parent${at}: ${reason}. ` +
    'Open the way between them, or correct the address of the latter on the parent.'
  );
}
