import { createHash } from 'node:crypto';
import type { Asker } from '../../catalog/codebase.ts';
import { offeredVersion } from '../../catalog/decide-codebases.ts';
import { locateAsker } from '../../catalog/locate-asker.ts';
import type { Package, PackageServer } from '../../catalog/model.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import { toGuid, type Guid } from '../../core/guid.ts';
import {
  writePolicies,
  writePoliciesUnchanged,
  type Policy,
  type PolicyPackage,
} from '../../legacy/client-policies.ts';
import {
  PACKAGE_SERVER_AGENT,
  SOFTWARE_DELIVERY_AGENT,
  STATUS_EVENT_ITEM,
} from '../../legacy/conventions.ts';
import {
  parsePoliciesQuery,
  parsePoliciesRequest,
  type PoliciesRequest,
} from '../../legacy/policies-request.ts';
import type { Door, Exchange } from '../http/door.ts';
import { LIMITS } from '../limits.ts';
import { agentPage } from './agent-page.ts';
import { renderXmlError, requireMethod, sendXml } from './answers.ts';
import { PRIORITY_TEXTS } from './codebase-fragments.ts';
import { queryParameters } from './query-parameters.ts';

export interface PoliciesDoorOptions {
  readonly model: () => ReadModel;
  /** Written as the version of each policy. */
  readonly productVersion: string;
}

/**
 * "What should I have?": the packages assigned to a computer, one policy each, and for a package
 * server the packages it should hold. Versions are those that GetPackageInfo offers the same
 * asker; a package without one is not announced. A GUID that is not known has no policies.
 */
export function policiesDoor(options: PoliciesDoorOptions): Door {
  const answer = (exchange: Exchange, request: PoliciesRequest): void => {
    const { hash, xml } = writePolicies(policiesFor(options, request, exchange.clientAddress));
    sendXml(exchange, request.hash === hash ? writePoliciesUnchanged(hash) : xml);
  };
  return {
    name: 'policies',
    matches: agentPage('getclientpolicies'),
    handle: (exchange) => {
      requireMethod(exchange, 'GET', 'HEAD', 'POST');
      if (exchange.request.method !== 'POST') {
        return answer(exchange, parsePoliciesQuery(queryParameters(exchange.query), LIMITS.xml));
      }
      return exchange
        .readBody(LIMITS.xml.bodyBytes)
        .then((body) => answer(exchange, parsePoliciesRequest(body, LIMITS.xml)));
    },
    renderError: renderXmlError,
  };
}

function policiesFor(
  options: PoliciesDoorOptions,
  request: PoliciesRequest,
  clientAddress: string,
): Policy[] {
  const model = options.model();
  const { resourceId } = request;
  const version = options.productVersion;
  const asker = locateAsker(model, { resourceId, addresses: [], peerAddress: clientAddress });
  const policies: Policy[] = [];
  if (asker.packageServer) {
    policies.push({
      policyId: toGuid(STATUS_EVENT_ITEM),
      name: 'Package Server Status Event Capture Item',
      version,
      agentClsid: PACKAGE_SERVER_AGENT,
      packages: packagesOf(model, asker, packagesFor(model, asker.packageServer)),
    });
  }
  for (const item of packagesOf(model, asker, model.assignedPackages(resourceId))) {
    policies.push({
      policyId: deliveryPolicyId(item.packageId),
      name: `Software Delivery Task for program : ${item.name}`,
      version,
      agentClsid: SOFTWARE_DELIVERY_AGENT,
      packages: [item],
    });
  }
  return policies;
}

/** The packages that a package server should hold, by name. */
function packagesFor(model: ReadModel, server: PackageServer): Package[] {
  const slot = model.servers.slotOf.get(server.id);
  if (slot === undefined || !server.enabled) return [];
  return [...model.packages()]
    .filter((one) => model.packageIndex(one.id).assigned.has(slot))
    .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}

/** As policies state them, at the version offered to the asker. */
function packagesOf(model: ReadModel, asker: Asker, packages: readonly Package[]): PolicyPackage[] {
  return packages.flatMap((one) => {
    const internalVersion = offeredVersion(model, asker, one.id);
    if (internalVersion === 0) return [];
    return {
      packageId: one.id,
      name: one.name,
      version: one.version,
      internalVersion,
      cleanupAfterMinutes: one.cleanupAfterMinutes,
      priority: PRIORITY_TEXTS[one.priority],
    };
  });
}

/** The same for a package at all times and on all servers, as agents remember policies by GUID. */
function deliveryPolicyId(packageId: Guid): Guid {
  const hex = createHash('sha256').update(`delivery policy ${packageId}`).digest('hex');
  // Version 8 and the RFC 9562 variant: a GUID made by a scheme of one's own.
  return toGuid(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
}
