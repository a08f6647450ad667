import { isCanopyError } from '../core/errors.ts';
import { bracedGuid, parseGuid, type Guid } from '../core/guid.ts';
import { STATUS_EVENT_ITEM } from './conventions.ts';
import {
  childNamed,
  childrenNamed,
  readXml,
  type XmlElement,
  type XmlLimits,
} from './xml-reader.ts';
import { writeDocument, type XmlNode } from './xml-writer.ts';

/** What a package server says of one package. */
type ReportedStatus = 'PENDING' | 'READY' | 'RETRYING' | 'INVALID' | 'DELETED';

interface PackageReport {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly status: ReportedStatus;
  readonly statusDescription: string;
  /** Verbatim but for UNC, which becomes `FILE://server/share`: the form of the database. */
  readonly urls: readonly string[];
}

/** A package server status event (KB 179701). */
export interface StatusEventMessage {
  readonly packageServerId: Guid;
  readonly packages: readonly PackageReport[];
}

/** Why a message is not taken; the text is for whoever reads the quarantine. */
interface EventRefusal {
  readonly kind: 'MALFORMED' | 'NOT_FOR_US';
  readonly reason: string;
}

export type EventReading =
  | { readonly kind: 'STATUS'; readonly event: StatusEventMessage }
  | { readonly kind: 'REFUSED'; readonly refusal: EventRefusal };

/** `Codebase Enabled` means ready (KB 179701); the others are the console's (KB 433153, 178503). */
const STATUS_TEXTS: readonly (readonly [text: string, status: ReportedStatus])[] = [
  ['Codebase Enabled', 'READY'],
  ['Ready', 'READY'],
  ['Download Pending', 'PENDING'],
  ['Pending', 'PENDING'],
  ['Retrying Download', 'RETRYING'],
  ['Invalid', 'INVALID'],
  ['Deleted', 'DELETED'],
];

const WHAT = 'event';

/**
 * Reads a message posted to PostEvent. It is taken whole or not at all: one unreadable package
 * refuses the event, so that a report never counts in part. A body beyond the limits throws
 * `REQUEST_TOO_LARGE`; everything else is answered as a reading.
 */
export function readEvent(source: Uint8Array | string, limits?: XmlLimits): EventReading {
  let root: XmlElement;
  try {
    root = readXml(source, WHAT, limits);
  } catch (error) {
    if (!isCanopyError(error) || error.code !== 'MALFORMED_REQUEST') throw error;
    return refused('MALFORMED', error.message);
  }
  if (root.name !== 'message') {
    return refused('MALFORMED', `The event is a <${root.name}>, not a <message>.`);
  }
  const to = childNamed(root, 'to')?.text.trim() ?? '';
  if (parseGuid(to) !== STATUS_EVENT_ITEM) {
    return refused('NOT_FOR_US', `No item here takes events for "${to.slice(0, 100)}".`);
  }
  const body = childNamed(root, 'body');
  return readStatus(body && childNamed(body, 'packageserver'));
}

function readStatus(element: XmlElement | undefined): EventReading {
  if (!element) return refused('MALFORMED', 'The event has no <packageServer> in its <body>.');
  const packageServerId = parseGuid(element.attributes.resource ?? '');
  if (!packageServerId) {
    return refused('MALFORMED', 'The <packageServer> has no GUID in "resource".');
  }
  const packages: PackageReport[] = [];
  const seen = new Set<Guid>();
  for (const child of childrenNamed(element, 'package')) {
    const report = readReport(child);
    if (typeof report === 'string') return refused('MALFORMED', report);
    if (seen.has(report.packageId)) {
      return refused('MALFORMED', `The package ${bracedGuid(report.packageId)} occurs twice.`);
    }
    seen.add(report.packageId);
    packages.push(report);
  }
  return { kind: 'STATUS', event: { packageServerId, packages } };
}

/** The report, or why it is none. */
function readReport(element: XmlElement): PackageReport | string {
  const { id = '', version = '', status = '', statusdescription = '' } = element.attributes;
  const packageId = parseGuid(id);
  if (!packageId) return `A <package> has the id "${id.slice(0, 100)}", which is not a GUID.`;
  const name = bracedGuid(packageId);
  if (!/^\d{1,10}$/.test(version)) return `The version of ${name} is not a whole number.`;
  const known = STATUS_TEXTS.find(([text]) => text.toLowerCase() === status.trim().toLowerCase());
  if (!known) return `The status of ${name} is "${status.slice(0, 100)}", which is not known.`;
  const urls: string[] = [];
  for (const codebase of childrenNamed(element, 'codebase')) {
    const url = databaseForm(codebase.attributes.url ?? '');
    if (url === undefined) return `A codebase of ${name} is neither HTTP, HTTPS, FILE nor UNC.`;
    urls.push(url);
  }
  return {
    packageId,
    internalVersion: Number(version),
    status: known[1],
    statusDescription: statusdescription,
    urls,
  };
}

function databaseForm(text: string): string | undefined {
  const url = text.trim();
  if (/^\\\\[^\\]+\\[^\\]/.test(url)) return `FILE:${url.replaceAll('\\', '/')}`;
  return /^(https?|file):\/\/[^/\s]/i.test(url) ? url : undefined;
}

function refused(kind: EventRefusal['kind'], reason: string): EventReading {
  return { kind: 'REFUSED', refusal: { kind, reason } };
}

/** The message a package server posts; `sentAt` is an ISO 8601 time. */
export function writeStatusEvent(event: StatusEventMessage, sentAt: string): string {
  const packages = event.packages.map((report): XmlNode => ({
    name: 'package',
    attributes: {
      id: bracedGuid(report.packageId),
      version: report.internalVersion,
      status: STATUS_TEXTS.find(([, status]) => status === report.status)![0],
      statusDescription: report.statusDescription,
    },
    children: report.urls.map((url) => ({ name: 'codebase', attributes: { url } })),
  }));
  const packageServer = {
    name: 'packageServer',
    attributes: { resource: bracedGuid(event.packageServerId) },
    children: packages,
  };
  return writeDocument({
    name: 'message',
    children: [
      { name: 'to', text: `{${STATUS_EVENT_ITEM}}` },
      { name: 'time', text: sentAt },
      { name: 'body', children: [packageServer] },
    ],
  });
}
