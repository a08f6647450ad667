import { CanopyError } from '../core/errors.ts';
import { bracedGuid, parseGuid, type Guid } from '../core/guid.ts';
import { CONVENTIONS } from './conventions.ts';
import { canonicalIpAddress } from './ip-address.ts';
import {
  childrenNamed,
  DEFAULT_XML_LIMITS,
  readXml,
  type XmlElement,
  type XmlLimits,
} from './xml-reader.ts';
import { writeElement, type XmlNode } from './xml-writer.ts';

/** "Where can I get these packages?" (KB 179874; with `deny` and `totalFailureTime`: KB 204355). */
export interface PackageInfoRequest {
  /** The asking computer or package server; `undefined` when it says nothing usable. */
  readonly resourceId: Guid | undefined;
  /** At least one, without repetition, in the order asked. */
  readonly packageIds: readonly Guid[];
  /** Canonical text, without repetition; may be empty. */
  readonly addresses: readonly string[];
  /** How long the agent has been trying; minutes. */
  readonly totalTimeMinutes: number;
  /** `Ns`: no codebases of the SMP. */
  readonly denySmp: boolean;
  /** `ExtPs`: no package servers outside the agent's sites. */
  readonly denyExternalPackageServers: boolean;
}

export interface PackageInfoLimits extends XmlLimits {
  readonly packagesPerRequest: number;
  readonly addressesPerRequest: number;
}

const DEFAULT_PACKAGE_INFO_LIMITS: PackageInfoLimits = {
  ...DEFAULT_XML_LIMITS,
  packagesPerRequest: 100,
  addressesPerRequest: 64,
};

const WHAT = 'GetPackageInfo request';

/**
 * Reads both generations of the request. What an old or odd agent gets wrong in part is left out:
 * packages and addresses that are not GUIDs or IP addresses, an unreadable `resource`, unknown
 * attributes; `compress` and `version` are ignored (answers are plain).
 * Throws `MALFORMED_REQUEST` when no package is left or another `type` than `codebases` is asked,
 * and `REQUEST_TOO_LARGE` above the limits.
 */
export function parsePackageInfoRequest(
  source: Uint8Array | string,
  limits: PackageInfoLimits = DEFAULT_PACKAGE_INFO_LIMITS,
): PackageInfoRequest {
  const root = readXml(source, WHAT, limits);
  refuseOtherDocument(root);
  const packageIds = distinct(itemsOf(root, 'packages', 'package', 'guid'), parseGuid);
  if (packageIds.length === 0) {
    throw new CanopyError('MALFORMED_REQUEST', `The ${WHAT} names no package by its GUID.`, {
      path: ['request', 'packages', 'package'],
      hint: 'Send <packages><package guid="{…}"/></packages>.',
    });
  }
  const addresses = distinct(itemsOf(root, 'addresses', 'address', 'ip'), canonicalIpAddress);
  refuseTooMany('packages', packageIds.length, limits.packagesPerRequest);
  refuseTooMany('addresses', addresses.length, limits.addressesPerRequest);
  const denied = new Set((root.attributes.deny ?? '').toLowerCase().split(/[\s,;]+/));
  return {
    resourceId: parseGuid(root.attributes.resource ?? ''),
    packageIds,
    addresses,
    totalTimeMinutes: minutesOf(root.attributes.totaltime),
    denySmp: denied.has('ns'),
    denyExternalPackageServers: denied.has('extps'),
  };
}

/** The request as an agent sends it, without declaration; fit for the `xml` parameter and for POST. */
export function writePackageInfoRequest(request: PackageInfoRequest): string {
  const deny = [
    ...(request.denySmp ? ['Ns'] : []),
    ...(request.denyExternalPackageServers ? ['ExtPs'] : []),
  ].join(', ');
  const list = (name: string, children: readonly XmlNode[]): XmlNode => ({ name, children });
  return writeElement({
    name: 'request',
    attributes: {
      resource: request.resourceId && bracedGuid(request.resourceId),
      version: 1,
      type: 'codebases',
      compress: 0,
      deny: deny === '' ? undefined : deny,
      totalTime: Math.floor((request.totalTimeMinutes * 60_000) / CONVENTIONS.totalTimeUnitMs),
    },
    children: [
      list(
        'packages',
        request.packageIds.map((id) => ({ name: 'package', attributes: { guid: bracedGuid(id) } })),
      ),
      list(
        'addresses',
        request.addresses.map((ip) => ({ name: 'address', attributes: { ip } })),
      ),
    ],
  });
}

function refuseOtherDocument(root: XmlElement): void {
  if (root.name !== 'request') {
    throw new CanopyError('MALFORMED_REQUEST', `The ${WHAT} is a <${root.name}>, not a <request>.`);
  }
  const type = root.attributes.type ?? 'codebases';
  if (type.toLowerCase() !== 'codebases') {
    throw new CanopyError('MALFORMED_REQUEST', `The ${WHAT} asks for the type "${type}".`, {
      path: ['request', 'type'],
      hint: 'The only type is "codebases".',
    });
  }
}

function itemsOf(root: XmlElement, list: string, item: string, attribute: string): string[] {
  return childrenNamed(root, list)
    .flatMap((element) => childrenNamed(element, item))
    .map((element) => element.attributes[attribute] ?? '');
}

function distinct<T>(texts: readonly string[], read: (text: string) => T | undefined): T[] {
  const values = new Set<T>();
  for (const text of texts) {
    const value = read(text);
    if (value !== undefined) values.add(value);
  }
  return [...values];
}

function refuseTooMany(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw new CanopyError(
    'REQUEST_TOO_LARGE',
    `The ${WHAT} has ${count} ${what}; at most ${limit} are answered at once.`,
    { path: ['request', what] },
  );
}

function minutesOf(text: string | undefined): number {
  if (text === undefined || !/^\s*\d{1,9}\s*$/.test(text)) return 0;
  return (Number(text) * CONVENTIONS.totalTimeUnitMs) / 60_000;
}
