import { CanopyError } from '../../core/errors.ts';

/**
 * The parameters of a query string, names in lower case, the first of equal names. `+` is a space,
 * as in the forms that the incumbent's pages read. Throws `MALFORMED_REQUEST` when a value is not
 * percent-encoded UTF-8.
 */
export function queryParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals === -1 ? part : part.slice(0, equals)).toLowerCase();
    if (!parameters.has(name)) {
      parameters.set(name, equals === -1 ? '' : decode(part.slice(equals + 1)));
    }
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new CanopyError(
      'MALFORMED_REQUEST',
      'The query string is not percent-encoded UTF-8; encode "%" as "%25".',
      { cause },
    );
  }
}
