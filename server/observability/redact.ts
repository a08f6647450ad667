const HIDDEN = '[redacted]';
const MAX_DEPTH = 5;

/** Names whose values are secrets wherever they stand. */
const SECRET_NAME = /authorization|password|passwd|secret|token$|cookie|private_?key|databaseurl/i;

/** Secrets inside text: our tokens, what follows `Bearer`, and passwords in URLs. */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\bcanopy_[a-z2-7]{8}_[\w-]{43}/g, HIDDEN],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${HIDDEN}@`],
  [/([?&;](?:access_)?(?:token|password|secret|ticket)=)[^&;\s]+/gi, `$1${HIDDEN}`],
];

/** `text` without the secrets that can be told by their form. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((clean, [pattern, cover]) => clean.replace(pattern, cover), text);
}

/**
 * A copy of log fields fit to be written: secrets covered, errors as their name, message, code,
 * stack and cause, nothing deeper than five levels. Never throws.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return clean(fields, 0) as Record<string, unknown>;
}

function clean(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
      return value.toString();
    case 'function':
    case 'symbol':
      return undefined;
    case 'object':
      return value === null ? null : cleanObject(value, depth);
    default:
      return value;
  }
}

function cleanObject(value: object, depth: number): unknown {
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value.toJSON();
  if (isErrorLike(value)) return cleanError(value, depth);
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    copy[name] = SECRET_NAME.test(name) && member != null ? HIDDEN : clean(member, depth + 1);
  }
  return copy;
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message: string;
  readonly stack: string;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** By shape: errors of other realms and of Node under Jest fail `instanceof`. */
function isErrorLike(value: object): value is ErrorLike {
  const { message, stack } = value as Partial<ErrorLike>;
  return typeof message === 'string' && typeof stack === 'string';
}

function cleanError(error: ErrorLike, depth: number): Record<string, unknown> {
  return {
    name: clean(error.name, depth + 1),
    message: redactText(error.message),
    ...(error.code === undefined ? {} : { code: clean(error.code, depth + 1) }),
    stack: redactText(error.stack),
    ...(error.cause === undefined ? {} : { cause: clean(error.cause, depth + 1) }),
  };
}
