/**
 * Puts quotes around unquoted attribute values, as KB 180560 prints them:
 * `<SiteQuery url=HTTP://server/x resource="…">`. Text, quoted values, comments, CDATA sections and
 * processing instructions are not touched; what is broken otherwise is left for the parser to
 * refuse. Each character is looked at once.
 */
export function quoteUnquotedAttributes(xml: string): string {
  const pieces: string[] = [];
  let copied = 0;
  let at = xml.indexOf('<');
  while (at !== -1) {
    const skipped = endOfSpecial(xml, at);
    if (skipped !== undefined) {
      at = xml.indexOf('<', skipped);
      continue;
    }
    at += 1;
    while (at < xml.length && xml[at] !== '>') {
      const value = nextUnquotedValue(xml, at);
      at = value.end;
      if (value.start === value.end) continue;
      pieces.push(xml.slice(copied, value.start), '"', xml.slice(value.start, value.end), '"');
      copied = value.end;
    }
    at = xml.indexOf('<', at);
  }
  return pieces.length === 0 ? xml : pieces.join('') + xml.slice(copied);
}

const SPECIALS: readonly (readonly [open: string, close: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['</', '>'],
  ['<!', '>'],
];

/** Where the comment, section, instruction or end tag at `at` ends; `undefined` for a start tag. */
function endOfSpecial(xml: string, at: number): number | undefined {
  for (const [open, close] of SPECIALS) {
    if (!xml.startsWith(open, at)) continue;
    const end = xml.indexOf(close, at + open.length);
    return end === -1 ? xml.length : end + close.length;
  }
  return undefined;
}

const SPACE = /\s/;

/**
 * From inside a start tag: the next unquoted value, or an empty range at the place to go on from
 * (after a quoted value, or at the tag's end).
 */
function nextUnquotedValue(xml: string, from: number): { start: number; end: number } {
  let at = from;
  while (at < xml.length && xml[at] !== '=' && xml[at] !== '>') at += 1;
  if (xml[at] !== '=') return { start: at, end: at };
  at += 1;
  while (at < xml.length && SPACE.test(xml[at]!)) at += 1;
  const quote = xml[at];
  if (quote === '"' || quote === "'") {
    const close = xml.indexOf(quote, at + 1);
    const end = close === -1 ? xml.length : close + 1;
    return { start: end, end };
  }
  const start = at;
  while (at < xml.length && xml[at] !== '>' && !SPACE.test(xml[at]!)) at += 1;
  // `url=http://server/>`: the slash closes the tag, for nothing else would.
  const end = xml[at] === '>' && xml[at - 1] === '/' && at > start ? at - 1 : at;
  return end === start ? { start: at, end: at } : { start, end };
}
