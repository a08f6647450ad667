import { CanopyError } from '../core/errors.ts';
import { bracedGuid, parseGuid, type Guid } from '../core/guid.ts';
import { COMPUTER_TYPE } from './conventions.ts';
import { elementsNamed, readXml, type XmlElement, type XmlLimits } from './xml-reader.ts';
import { writeElement } from './xml-writer.ts';

/** "What should I have?", as a computer or a package server asks it. */
export interface PoliciesRequest {
  readonly resourceId: Guid;
  /** Hash of the document that the asker holds; empty when it holds none. */
  readonly hash: string;
}

const WHAT = 'GetClientPolicies request';

/**
 * Reads the POST body of 7.5 and later: the `resource` marked `host="true"`, else the first one
 * with a GUID. Throws `MALFORMED_REQUEST` when there is none, or when the asker wants the answer
 * encrypted (`securedPolicy="1"`), which Canopy does not speak.
 */
export function parsePoliciesRequest(
  source: Uint8Array | string,
  limits?: XmlLimits,
): PoliciesRequest {
  const root = readXml(source, WHAT, limits);
  refuseSecured(root.attributes.securedpolicy);
  const resourceId = resourceOf(root);
  if (!resourceId) {
    throw new CanopyError('MALFORMED_REQUEST', `The ${WHAT} names no resource by its GUID.`, {
      path: ['request', 'resources', 'resource'],
      hint: 'Send <resources><resource host="true" guid="{…}"/></resources>.',
    });
  }
  return { resourceId, hash: root.attributes.hash ?? '' };
}

/**
 * Reads the GET parameters of 6.x (KB 179695), names in lower case: `xml` with the document above,
 * or `wrkstaguid`; `hash` wins over the document's. `configversion`, `compress` and `wrkstaname`
 * are ignored: answers are plain and nothing is created. Throws `MALFORMED_REQUEST`.
 */
export function parsePoliciesQuery(
  parameters: ReadonlyMap<string, string>,
  limits?: XmlLimits,
): PoliciesRequest {
  const hash = parameters.get('hash');
  const xml = parameters.get('xml');
  if (xml !== undefined && xml.trim() !== '') {
    const request = parsePoliciesRequest(xml, limits);
    return hash === undefined ? request : { ...request, hash };
  }
  const resourceId = parseGuid(parameters.get('wrkstaguid') ?? '');
  if (!resourceId) {
    throw new CanopyError('MALFORMED_REQUEST', `The ${WHAT} needs Xml or a GUID in WrkstaGuid.`, {
      path: ['WrkstaGuid'],
    });
  }
  refuseSecured(parameters.get('securedpolicy'));
  return { resourceId, hash: hash ?? '' };
}

/** The POST body, plain policies asked. */
export function writePoliciesRequest(request: PoliciesRequest): string {
  const resource = {
    name: 'resource',
    attributes: {
      required: true,
      host: true,
      guid: bracedGuid(request.resourceId),
      typeGuid: `{${COMPUTER_TYPE}}`,
    },
  };
  const hash = request.hash === '' ? undefined : request.hash;
  return writeElement({
    name: 'request',
    attributes: { configVersion: 2, securedPolicy: 0, hash },
    children: [{ name: 'resources', children: [resource] }],
  });
}

function resourceOf(root: XmlElement): Guid | undefined {
  const resources = [...elementsNamed(root, 'resource')];
  const host = resources.find((resource) => resource.attributes.host?.toLowerCase() === 'true');
  for (const resource of host ? [host, ...resources] : resources) {
    const guid = parseGuid(resource.attributes.guid ?? '');
    if (guid) return guid;
  }
  return undefined;
}

function refuseSecured(flag: string | undefined): void {
  if (flag === undefined || !/^(1|true|yes)$/i.test(flag.trim())) return;
  throw new CanopyError(
    'MALFORMED_REQUEST',
    'Encrypted policies (securedPolicy="1") are not available here; ask for plain ones, ' +
      'with legacy agent communication or the agent of Canopy.',
    { path: ['request', 'securedPolicy'] },
  );
}
