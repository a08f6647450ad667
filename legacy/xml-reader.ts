import { SaxesParser } from 'saxes';
import { CanopyError } from '../core/errors.ts';
import { quoteUnquotedAttributes } from './unquoted-attributes.ts';
import { decodeXmlBytes, tooLarge } from './xml-bytes.ts';

/**
 * An element as read. Names of elements and attributes are in lower case, because the incumbent's
 * own components disagree about theirs.
 */
export interface XmlElement {
  readonly name: string;
  /** Has no prototype: any name is just a name. */
  readonly attributes: { readonly [name: string]: string | undefined };
  readonly children: readonly XmlElement[];
  /** The element's own text, CDATA included, without that of its children. */
  readonly text: string;
}

export interface XmlLimits {
  readonly bodyBytes: number;
  readonly depth: number;
}

/** What strangers may send; the server's doors hand in the same figures. */
export const DEFAULT_XML_LIMITS: XmlLimits = { bodyBytes: 64 * 1024, depth: 64 };

/**
 * Reads one XML 1.0 document without DTD, entities and namespaces. Tolerates what agents are known
 * to send: unquoted attribute values and any letter case. `source` is bytes, or text whose
 * encoding is already undone (then a declared encoding means nothing). `what` names the document
 * in messages: "GetPackageInfo request".
 *
 * Throws `REQUEST_TOO_LARGE`, or `MALFORMED_REQUEST` with line and column. Time is linear in the
 * size: the depth limit ends the parsing where it is passed.
 */
export function readXml(
  source: Uint8Array | string,
  what: string,
  limits: XmlLimits = DEFAULT_XML_LIMITS,
): XmlElement {
  const text = textOf(source, what, limits.bodyBytes);
  if (/<!(doctype|entity)/i.test(text)) {
    throw malformed(what, 'document types and entities are not accepted');
  }
  return parse(quoteUnquotedAttributes(text), what, limits.depth);
}

function textOf(source: Uint8Array | string, what: string, limitBytes: number): string {
  if (typeof source !== 'string') return decodeXmlBytes(source, what, limitBytes);
  if (Buffer.byteLength(source) > limitBytes) throw tooLarge(what, limitBytes);
  if (!source.isWellFormed()) throw malformed(what, 'it contains half a character');
  return source.startsWith('\ufeff') ? source.slice(1) : source;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

function parse(text: string, what: string, maxDepth: number): XmlElement {
  // Version 1.1, whatever the document declares, would let control characters through.
  const parser = new SaxesParser({
    xmlns: false,
    defaultXMLVersion: '1.0',
    forceXMLVersion: true,
  });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  const at = (): string => `line ${parser.line}, column ${parser.column}`;
  const addText = (data: string): void => {
    const element = open.at(-1);
    if (element) element.text += data;
  };

  parser.on('error', (error) => {
    // saxes writes `line:column: reason.`
    const reason = error.message.replace(/^\d+:\d+: /, '').replace(/\.$/, '');
    throw malformed(what, `${reason} (${at()})`);
  });
  parser.on('opentag', (tag) => {
    if (open.length >= maxDepth) {
      throw malformed(what, `elements are nested deeper than ${maxDepth} (${at()})`);
    }
    const attributes = lowerCaseNames(tag.attributes);
    if (!attributes) throw malformed(what, `an attribute is repeated (${at()})`);
    const element = { name: tag.name.toLowerCase(), attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    root = open.pop();
  });
  parser.write(text).close();
  if (!root) throw malformed(what, 'it has no element');
  return root;
}

/** `undefined` when two names differ in case alone: which one counts would be anybody's guess. */
function lowerCaseNames(
  attributes: Readonly<Record<string, string>>,
): XmlElement['attributes'] | undefined {
  const result = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(attributes)) {
    const lower = name.toLowerCase();
    if (lower in result) return undefined;
    result[lower] = attributes[name]!;
  }
  return result;
}

function malformed(what: string, reason: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The ${what} cannot be read as XML: ${reason}.`);
}

/** The first child with this (lower-case) name. */
export function childNamed(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** All children with this (lower-case) name. */
export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The element itself and everything below it, in document order, with this (lower-case) name. */
export function* elementsNamed(element: XmlElement, name: string): Generator<XmlElement> {
  const waiting = [element];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.name === name) yield next;
    for (let index = next.children.length - 1; index >= 0; index -= 1) {
      waiting.push(next.children[index]!);
    }
  }
}
