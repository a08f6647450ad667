import { refuseProblems, type ErrorCode, type Problem } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { parseAddress } from './network.ts';

/** Collects everything that is wrong with an input, so that one answer names it all. */
export class InputCheck {
  private readonly problems: Problem[] = [];

  add(path: string, message: string, hint?: string, code: ErrorCode = 'INVALID_INPUT'): void {
    this.problems.push({
      code,
      message,
      path: path === '' ? [] : path.split('.'),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** A line of text for people: trimmed, 1 to `maxLength` characters, no control characters. */
  line(path: string, value: string, maxLength: number): string {
    const text = value.trim();
    if (text === '') this.add(path, 'is empty.', 'Give at least one visible character.');
    return this.text(path, text, maxLength);
  }

  /** Free text: at most `maxLength` characters, no control characters but tab and line ends. */
  text(path: string, value: string, maxLength: number): string {
    if (value.length > maxLength) {
      this.add(path, `has ${value.length} characters.`, `At most ${maxLength} are allowed.`);
    }
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.test(value)) {
      this.add(path, 'contains control characters.', 'Remove them.');
    }
    if (!value.isWellFormed()) {
      this.add(path, 'contains half of a character (a lone surrogate).', 'Enter it again.');
    }
    return value;
  }

  integer(
    path: string,
    value: number,
    range: { readonly min: number; readonly max: number },
  ): void {
    if (Number.isSafeInteger(value) && value >= range.min && value <= range.max) return;
    this.add(path, `is ${value}.`, `Give a whole number from ${range.min} to ${range.max}.`);
  }

  /** Canonical texts of IP addresses, without repetition, in order. */
  addresses(path: string, values: readonly string[]): string[] {
    const texts = values.map((value, index) => {
      const address = parseAddress(value);
      if (!address) {
        const hint = 'Write IPv4 as 10.1.2.3 or IPv6 as 2001:db8::1.';
        this.add(`${path}.${index}`, `${quoted(value)} is not an IP address.`, hint);
      }
      return address?.text ?? value;
    });
    return [...new Set(texts)];
  }

  /** The absolute path of a folder on this server, of either kind of system. */
  folder(path: string, value: string): string {
    if (!/^(\/|[a-z]:[\\/])/i.test(value)) {
      this.add(
        path,
        `${quoted(value)} is not an absolute path.`,
        'Give the whole path of a folder on this SMP.',
      );
    }
    return this.text(path, value, 1_000);
  }

  /** An absolute web address without credentials, query or fragment; empty stays empty. */
  webUrl(path: string, value: string, scheme: 'http' | 'https' | 'either'): string {
    if (value === '') return '';
    // The parser forgives white space, backslashes and missing slashes; agents would not.
    const isPlain = /^https?:\/\/[^\s\\]+$/i.test(value);
    const url = isPlain && URL.canParse(value) ? new URL(value) : undefined;
    const schemes = scheme === 'either' ? ['http:', 'https:'] : [`${scheme}:`];
    if (!url || !schemes.includes(url.protocol)) {
      const wanted = scheme === 'either' ? 'http or https' : scheme;
      this.add(
        path,
        `${quoted(value)} is not an ${wanted} URL.`,
        `For instance ${schemes[0]}//ps1.example.`,
      );
    } else if (url.username || url.password || url.search || url.hash) {
      this.add(
        path,
        'has credentials, a query or a fragment.',
        'Give scheme, host, port and path only.',
      );
    }
    return this.text(path, value, 2_000);
  }

  /** A UNC path `\\server\share[\…]`; empty stays empty. */
  unc(path: string, value: string): string {
    if (value === '') return '';
    const isUnc = /^\\\\[^\\/:*?"<>|]+\\[^\\/:*?"<>|]+(\\[^\\/:*?"<>|]+)*\\?$/.test(value);
    if (!isUnc || value.split('\\').some((segment) => segment === '.' || segment === '..')) {
      this.add(path, `${quoted(value)} is not a UNC path.`, 'Write \\\\server\\share\\folder.');
    }
    return this.text(path, value, 1_000).replace(/\\$/, '');
  }

  /** Throws one error with all problems; returns when there are none. */
  refuse(): void {
    refuseProblems(this.problems);
  }
}

/** A value as messages show it: escaped, and of a long one only the beginning. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value);
}
const MAX_QUOTED = 200;

/** Sorted and without repetition, as lists of references are stored. */
export function sortedGuids(ids: readonly Guid[]): Guid[] {
  return [...new Set(ids)].sort();
}
