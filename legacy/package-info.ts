import { CanopyError } from '../core/errors.ts';
import { bracedGuid, parseGuid, type Guid } from '../core/guid.ts';
import { countOf, priorityOf, type PriorityText } from './attribute-values.ts';
import { CONVENTIONS } from './conventions.ts';
import { legacyTime, parseLegacyTime } from './legacy-time.ts';
import { elementsNamed, readXml, type XmlElement, type XmlLimits } from './xml-reader.ts';
import {
  emptyTag,
  escapeAttribute,
  openTag,
  XML_DECLARATION,
  type EscapedXml,
  type XmlAttributes,
} from './xml-writer.ts';

/**
 * Agents of 7.5 and later refuse a package without `sourceKey` (KB 181777); the sample of 6.0 has
 * none.
 */
export type AgentGeneration = 'legacy6' | 'legacy70';

/** A package as GetPackageInfo answers it and as an agent keeps it in `package.xml`. */
export interface PackageInfo {
  readonly packageId: Guid;
  readonly name: string;
  readonly sizeBytes: number;
  /** The offered internalVersion; 0 when there is none. */
  readonly internalVersion: number;
  readonly priority: PriorityText;
  readonly enableMulticast: boolean;
  readonly valid: boolean;
  readonly statusDescription: string;
  /** Public key of the package's owner; empty when unknown. */
  readonly sourceKey: string;
  /** Of the offered snapshot, milliseconds; kept to the second. */
  readonly sourceTimeMs: number;
  /** Where to ask again, and as whom. */
  readonly siteQueryUrl: string;
  readonly resourceId: Guid | undefined;
}

/** One place to download from: `http://…`, `https://…` or `\\server\share\…`. */
export interface CodebaseInfo {
  readonly url: string;
  /** `undefined` for a location without a verified snapshot. */
  readonly snapshotUrl: string | undefined;
}

export interface PackageInfoAnswer extends PackageInfo {
  readonly codebases: readonly CodebaseInfo[];
}

/**
 * One `Package` element, attributes in the order of the published sample. `codebases` are tags
 * made by {@link codebaseTag}, or the same text joined from escaped parts.
 */
export function packageElement(
  info: PackageInfo,
  generation: AgentGeneration,
  codebases: EscapedXml,
): EscapedXml {
  const head = openTag('Package', packageAttributes(info, generation));
  const source = openTag('Source', { time: legacyTime(info.sourceTimeMs), speedTest: true });
  const siteQuery = emptyTag('SiteQuery', {
    url: info.siteQueryUrl,
    resource: info.resourceId && bracedGuid(info.resourceId),
    type: 'codebases',
  });
  const body = `  ${source}\n    ${siteQuery}\n${codebases}  </Source>\n`;
  return `${head}\n${body}</Package>\n` as EscapedXml;
}

function packageAttributes(info: PackageInfo, generation: AgentGeneration): XmlAttributes {
  const hasKey = generation === 'legacy70' && info.sourceKey !== '';
  return {
    id: bracedGuid(info.packageId),
    name: info.name,
    size: info.sizeBytes,
    version: info.internalVersion,
    remote: false,
    priority: info.priority,
    status: info.valid ? 'valid' : 'invalid',
    minspeed: 0,
    enableMulticast: info.enableMulticast,
    statusDescription: info.statusDescription,
    sourceKey: hasKey ? info.sourceKey : undefined,
  };
}

/** A package that was asked for and does not exist here: no source, and the reason. */
export function unknownPackageElement(packageId: Guid): EscapedXml {
  const tag = emptyTag('Package', {
    id: bracedGuid(packageId),
    status: 'invalid',
    statusDescription: 'There is no such package on this server.',
  });
  return `${tag}\n` as EscapedXml;
}

/** The document: a single `Package` stands alone, several are wrapped. */
export function packageInfoDocument(packages: readonly EscapedXml[]): string {
  if (packages.length === 1) return XML_DECLARATION + packages[0]!;
  const { packagesElement } = CONVENTIONS;
  return `${XML_DECLARATION}<${packagesElement}>\n${packages.join('')}</${packagesElement}>\n`;
}

/** What surrounds a codebase URL; a line is `open(kind)` URL `CODEBASE_SNAPSHOT` URL `CODEBASE_END`. */
export const CODEBASE_OPEN = {
  href: '    <Codebase href="',
  unc: '    <Codebase unc="',
} as const;
export const CODEBASE_SNAPSHOT = '" snapshot="';
export const CODEBASE_END = '"/>\n';

/** One `Codebase` line. A `\\server\share` goes into `unc`, anything else into `href`. */
export function codebaseTag(codebase: CodebaseInfo): EscapedXml {
  const kind = codebase.url.startsWith('\\\\') ? 'unc' : 'href';
  const snapshot =
    codebase.snapshotUrl === undefined
      ? ''
      : CODEBASE_SNAPSHOT + escapeAttribute(codebase.snapshotUrl);
  return (CODEBASE_OPEN[kind] +
    escapeAttribute(codebase.url) +
    snapshot +
    CODEBASE_END) as EscapedXml;
}

const WHAT = 'package document';
/** For answers: a hundred packages on as many package servers each. */
const ANSWER_LIMITS: XmlLimits = { bodyBytes: 16 * 1024 * 1024, depth: 64 };

/**
 * Reads an answer of GetPackageInfo (one package or several) or a stored `package.xml`. Throws
 * `MALFORMED_REQUEST` when there is no `Package` with a GUID, a version is not a number, or a
 * codebase is without a URL; unknown elements and attributes are left out.
 */
export function parsePackageInfo(source: Uint8Array | string): PackageInfoAnswer[] {
  const root = readXml(source, WHAT, ANSWER_LIMITS);
  const packages = root.name === 'package' ? [root] : [...elementsNamed(root, 'package')];
  if (packages.length === 0) throw unusable('it has no <Package>');
  return packages.map(readPackage);
}

function readPackage(element: XmlElement): PackageInfoAnswer {
  const { attributes } = element;
  const packageId = parseGuid(attributes.id ?? '');
  if (!packageId) throw unusable('a <Package> has no GUID in "id"');
  const source = [...elementsNamed(element, 'source')][0];
  const query = [...elementsNamed(element, 'sitequery')][0];
  return {
    packageId,
    name: attributes.name ?? '',
    sizeBytes: countOf(attributes.size ?? '0', '"size" of a <Package>'),
    internalVersion: countOf(attributes.version ?? '0', '"version" of a <Package>'),
    priority: priorityOf(attributes.priority),
    enableMulticast: attributes.enablemulticast?.toLowerCase() === 'true',
    valid: (attributes.status ?? 'valid').toLowerCase() === 'valid',
    statusDescription: attributes.statusdescription ?? '',
    sourceKey: attributes.sourcekey ?? '',
    sourceTimeMs: parseLegacyTime(source?.attributes.time ?? '') ?? 0,
    siteQueryUrl: query?.attributes.url ?? '',
    resourceId: parseGuid(query?.attributes.resource ?? ''),
    codebases: [...elementsNamed(element, 'codebase')].map(readCodebase),
  };
}

function readCodebase(element: XmlElement): CodebaseInfo {
  const url = element.attributes.href ?? element.attributes.unc;
  if (!url) throw unusable('a <Codebase> has neither "href" nor "unc"');
  return { url, snapshotUrl: element.attributes.snapshot };
}

function unusable(reason: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The ${WHAT} cannot be used: ${reason}.`);
}
