/** The head of an answer, and how its body ends. */
export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Its length in bytes, or what ends it. */
  readonly body: number | 'CHUNKED' | 'UNTIL_CLOSE';
  /** The connection may be used again after the body. */
  readonly keepsAlive: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*)$/;

/**
 * Reads the head of an HTTP/1.1 answer to a request other than HEAD (RFC 9112 §4 to §6), without the empty line at its
 * end. Throws for what is none, and for one whose body could be read in two ways.
 */
export function parseAnswerHead(text: string): AnswerHead {
  const [first, ...lines] = text.split('\r\n');
  const [, minor, code, statusText = ''] = STATUS_LINE.exec(first!) ?? [];
  if (!code) throw new Error('answers something else than HTTP/1.1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined) throw new Error('sends a malformed header');
    const key = name.toLowerCase();
    const known = headers.get(key);
    headers.set(key, known === undefined ? value!.trimEnd() : `${known}, ${value!.trimEnd()}`);
  }
  const status = Number(code);
  const body = bodyEnd(status, headers);
  const options = headers.get('connection')?.toLowerCase().split(/, */) ?? [];
  const keepsAlive = minor === '1' && !options.includes('close') && body !== 'UNTIL_CLOSE';
  return { status, statusText, headers, body, keepsAlive };
}

/** RFC 9112 §6.3. */
function bodyEnd(status: number, headers: ReadonlyMap<string, string>): AnswerHead['body'] {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (status < 200 || status === 204 || status === 304) return 0;
  if (coding !== undefined) {
    if (coding.toLowerCase() === 'chunked' && length === undefined) return 'CHUNKED';
    throw new Error('sends a body whose end is not certain');
  }
  if (length === undefined) return 'UNTIL_CLOSE';
  if (!/^\d{1,15}$/.test(length)) throw new Error('announces a malformed length');
  return Number(length);
}
