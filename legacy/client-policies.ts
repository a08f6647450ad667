import { createHash } from 'node:crypto';
import { CanopyError } from '../core/errors.ts';
import { bracedGuid, parseGuid, type Guid } from '../core/guid.ts';
import { countOf, priorityOf, type PriorityText } from './attribute-values.ts';
import { CONVENTIONS } from './conventions.ts';
import { errorMessageOf } from './error-xml.ts';
import { childrenNamed, elementsNamed, readXml, type XmlElement } from './xml-reader.ts';
import { writeDocument, type XmlNode } from './xml-writer.ts';

/** A package as policies offer it (`SoftPkg`). */
export interface PolicyPackage {
  readonly packageId: Guid;
  readonly name: string;
  /** The administrator's free text. */
  readonly version: string;
  readonly internalVersion: number;
  readonly cleanupAfterMinutes: number;
  readonly priority: PriorityText;
}

/** One policy: packages for the agent with the given COM class. */
export interface Policy {
  readonly policyId: Guid;
  readonly name: string;
  /** Version of the product that wrote it. */
  readonly version: string;
  /** `SOFTWARE_DELIVERY_AGENT` or `PACKAGE_SERVER_AGENT`. */
  readonly agentClsid: string;
  readonly packages: readonly PolicyPackage[];
}

export interface PoliciesDocument {
  /** Names this content; an asker that sends it back is answered "unchanged". */
  readonly hash: string;
  readonly xml: string;
}

/**
 * The policies document. No sample shows its outer element, nor a package server's section; ours
 * are `Policies` and the same `SoftPkgs` under the package server agent's class. `hash` depends on
 * the policies alone. Never put credentials into it: anyone may read it.
 */
export function writePolicies(policies: readonly Policy[]): PoliciesDocument {
  const children = policies.map(policyNode);
  const { policiesElement: name } = CONVENTIONS;
  const hash = createHash('sha256').update(writeDocument({ name, children })).digest('base64');
  return { hash, xml: writeDocument({ name, attributes: { hash }, children }) };
}

/** The answer to an asker that already holds the document with this hash. */
export function writePoliciesUnchanged(hash: string): string {
  return writeDocument({
    name: CONVENTIONS.policiesElement,
    attributes: { hash, unchanged: true },
  });
}

function policyNode(policy: Policy): XmlNode {
  const packages = { name: 'SoftPkgs', children: policy.packages.map(packageNode) };
  return {
    name: 'Policy',
    attributes: {
      guid: bracedGuid(policy.policyId),
      name: policy.name,
      version: policy.version,
    },
    children: [
      {
        name: 'ClientPolicy',
        attributes: { agentClsid: policy.agentClsid },
        children: [packages],
      },
    ],
  };
}

function packageNode(item: PolicyPackage): XmlNode {
  return {
    name: 'SoftPkg',
    attributes: {
      Name: item.name,
      displayName: '',
      Id: bracedGuid(item.packageId),
      Version: item.version,
      InternalVersion: item.internalVersion,
      Originator: 'NS',
      Destination: '',
      CleanupAfter: item.cleanupAfterMinutes,
      Priority: item.priority,
      StatusEventsEnabled: true,
    },
  };
}

export type PoliciesAnswer =
  | { readonly kind: 'POLICIES'; readonly hash: string; readonly policies: readonly Policy[] }
  | { readonly kind: 'UNCHANGED'; readonly hash: string };

/** Generous: a computer may have thousands of packages. */
const ANSWER_LIMITS = { bodyBytes: 16 * 1024 * 1024, depth: 64 };
const WHAT = 'policies document';

/**
 * Reads a policies document, ours or an agent's stored `Client Policies` file. A `SoftPkg` without
 * a GUID or with an unreadable `InternalVersion` throws `MALFORMED_REQUEST`, as does an error
 * document (with the server's own text).
 */
export function parsePolicies(source: Uint8Array | string): PoliciesAnswer {
  const root = readXml(source, WHAT, ANSWER_LIMITS);
  const message = errorMessageOf(root);
  if (message !== undefined) {
    throw new CanopyError('MALFORMED_REQUEST', `The server refused: ${message}`);
  }
  const hash = root.attributes.hash ?? '';
  if (root.attributes.unchanged?.toLowerCase() === 'true') return { kind: 'UNCHANGED', hash };
  const policies = [...elementsNamed(root, 'policy')].flatMap(readPolicy);
  return { kind: 'POLICIES', hash, policies };
}

/** One policy for each of its client policies, for these say whom the packages are for. */
function readPolicy(element: XmlElement): Policy[] {
  const { guid = '', name = '', version = '' } = element.attributes;
  const policyId = parseGuid(guid);
  if (!policyId) throw unusable(`the policy "${name}" has no GUID`);
  return childrenNamed(element, 'clientpolicy').map((client) => ({
    policyId,
    name,
    version,
    agentClsid: client.attributes.agentclsid ?? '',
    packages: [...elementsNamed(client, 'softpkg')].map(readPackage),
  }));
}

function readPackage(element: XmlElement): PolicyPackage {
  const { id = '', name = '', version = '', internalversion, cleanupafter } = element.attributes;
  const packageId = parseGuid(id);
  if (!packageId) throw unusable(`the package "${name}" has no GUID`);
  return {
    packageId,
    name,
    version,
    internalVersion: countOf(internalversion, `InternalVersion of "${name}"`),
    cleanupAfterMinutes: countOf(cleanupafter ?? '10080', `CleanupAfter of "${name}"`),
    priority: priorityOf(element.attributes.priority),
  };
}

function unusable(reason: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The ${WHAT} cannot be used: ${reason}.`);
}
