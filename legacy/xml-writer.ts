/** Text that is already escaped for where it goes: it may be put between tags or quotes as it is. */
export type EscapedXml = string & { readonly __brand: 'EscapedXml' };

export type XmlAttributes = {
  readonly [name: string]: string | number | boolean | undefined;
};

/** An element to write; attributes keep their order, `undefined` ones are left out. */
export interface XmlNode {
  readonly name: string;
  readonly attributes?: XmlAttributes;
  readonly children?: readonly XmlNode[];
  /** Only for elements without children. */
  readonly text?: string;
}

export const XML_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n' as EscapedXml;

/**
 * One indented element, two spaces a level, starting at `depth`. Names are the program's own and
 * written as they are; every value is escaped, so the result is well-formed for any strings.
 */
export function writeElement(node: XmlNode, depth = 0): EscapedXml {
  const indent = '  '.repeat(depth);
  const { name, attributes = {}, children = [], text = '' } = node;
  if (children.length > 0) {
    let body = '';
    for (const child of children) body += writeElement(child, depth + 1);
    return `${indent}${openTag(name, attributes)}\n${body}${indent}</${name}>\n` as EscapedXml;
  }
  if (text === '') return `${indent}${emptyTag(name, attributes)}\n` as EscapedXml;
  return `${indent}${openTag(name, attributes)}${escapeText(text)}</${name}>\n` as EscapedXml;
}

/** A whole document: declaration and one root. */
export function writeDocument(root: XmlNode): string {
  return XML_DECLARATION + writeElement(root);
}

export function openTag(name: string, attributes: XmlAttributes = {}): EscapedXml {
  return `<${name}${attributeList(attributes)}>` as EscapedXml;
}

export function emptyTag(name: string, attributes: XmlAttributes = {}): EscapedXml {
  return `<${name}${attributeList(attributes)}/>` as EscapedXml;
}

function attributeList(attributes: XmlAttributes): string {
  let list = '';
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value !== undefined) list += ` ${name}="${escapeAttribute(String(value))}"`;
  }
  return list;
}

/** Everything outside XML 1.0's production `Char`; half a surrogate pair is outside it, too. */
const ILLEGAL = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const NEEDS_CARE = /[&<>"]|[^ -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * What XML 1.0 can hold of `text`: characters it cannot hold, and lone surrogates, become U+FFFD.
 */
export function legalXmlText(text: string): string {
  return NEEDS_CARE.test(text) ? text.replace(ILLEGAL, '\ufffd') : text;
}

const ATTRIBUTE_ESCAPES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** For use between double quotes; white space is kept through attribute normalisation. */
export function escapeAttribute(text: string): EscapedXml {
  if (!NEEDS_CARE.test(text)) return text as EscapedXml;
  return legalXmlText(text).replace(
    /[&<>"\t\n\r]/g,
    (character) => ATTRIBUTE_ESCAPES[character]!,
  ) as EscapedXml;
}

/** For use between tags; a carriage return is kept through line-end normalisation. */
function escapeText(text: string): EscapedXml {
  if (!NEEDS_CARE.test(text)) return text as EscapedXml;
  return legalXmlText(text).replace(
    /[&<>\r]/g,
    (character) => ATTRIBUTE_ESCAPES[character]!,
  ) as EscapedXml;
}
