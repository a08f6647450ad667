import type { Problem } from '../core/errors.ts';
import type { Manifest } from './manifest.ts';
import { shortNameClashes } from './short-names.ts';

/** How large a tree may be. Names have fixed limits: they must fit Windows. */
export interface TreeLimits {
  readonly maxFiles: number;
  readonly maxTotalBytes: number;
}

export const DEFAULT_TREE_LIMITS: TreeLimits = { maxFiles: 100_000, maxTotalBytes: 2 ** 42 };

/** The parts of a manifest that the policy looks at; a walk has these before any hash is known. */
export interface TreeOutline {
  readonly files: readonly Pick<Manifest['files'][number], 'path' | 'sizeBytes'>[];
  readonly emptyFolders: readonly string[];
}

const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_UNITS = 240;
const MAX_DEPTH = 32;
const MAX_LISTED = 100;

const HINTS = {
  rename: 'Rename it in the source folder.',
  remove: 'Remove it from the source folder or store it elsewhere.',
} as const;

/**
 * Everything that forbids `path` as a name inside a package; empty when it is allowed. Allowed are
 * relative paths with `/` between segments that every supported system can hold under exactly this
 * name: Windows' naming rules, NFC, no control or bidirectional characters.
 */
export function pathFaults(path: string): string[] {
  if (path === '') return ['is empty'];
  const faults: string[] = [];
  if (path.length > MAX_PATH_UNITS) faults.push(`is longer than ${MAX_PATH_UNITS} characters`);
  if (!path.isWellFormed()) faults.push('is not well-formed Unicode');
  else if (path.normalize('NFC') !== path) faults.push('is not in Unicode normal form C');
  const segments = path.split('/');
  if (segments.length > MAX_DEPTH) faults.push(`is nested deeper than ${MAX_DEPTH} levels`);
  const perSegment = new Set<string>();
  for (const segment of segments) {
    for (const fault of segmentFaults(segment)) perSegment.add(fault);
  }
  return [...faults, ...perSegment];
}

/**
 * Every reason to refuse a tree, as `PACKAGE_REFUSED` problems whose `path` is the entry; empty
 * when the tree is allowed. A package is refused whole and nothing is ever renamed. At most
 * {@link MAX_LISTED} problems are listed; one more then tells how many were left out.
 */
export function treeProblems(outline: TreeOutline, limits = DEFAULT_TREE_LIMITS): Problem[] {
  const found = new ProblemList();
  const totalBytes = outline.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (outline.files.length > limits.maxFiles) {
    found.add([], `The tree has ${outline.files.length} files; ${limits.maxFiles} are allowed.`);
  }
  if (outline.emptyFolders.length > limits.maxFiles) {
    const count = outline.emptyFolders.length;
    found.add([], `The tree has ${count} empty folders; ${limits.maxFiles} are allowed.`);
  }
  if (totalBytes > limits.maxTotalBytes) {
    found.add([], `The tree has ${totalBytes} bytes; ${limits.maxTotalBytes} are allowed.`);
  }
  for (const { path, sizeBytes } of outline.files) {
    for (const fault of pathFaults(path)) found.addPath(path, fault, HINTS.rename);
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      found.addPath(path, `has an impossible size (${sizeBytes})`, HINTS.remove);
    }
  }
  for (const path of outline.emptyFolders) {
    for (const fault of pathFaults(path)) found.addPath(path, fault, HINTS.rename);
  }
  addClashes(outline, found);
  return found.problems();
}

/** How two names are compared on the systems that ignore letter case. */
export function foldPath(path: string): string {
  return path.toUpperCase().normalize('NFC');
}

/** A bounded list of `PACKAGE_REFUSED` problems. */
export class ProblemList {
  private readonly listed: Problem[] = [];
  private count = 0;

  add(path: readonly string[], message: string, hint?: string): void {
    this.count += 1;
    if (this.listed.length >= MAX_LISTED) return;
    const problem = { code: 'PACKAGE_REFUSED', message, path } as const;
    this.listed.push(hint === undefined ? problem : { ...problem, hint });
  }

  addPath(path: string, fault: string, hint: string): void {
    this.add([path], `${JSON.stringify(path)} ${fault}.`, hint);
  }

  problems(): Problem[] {
    const hidden = this.count - this.listed.length;
    if (hidden === 0) return this.listed;
    const message = `${hidden} more reasons are not listed.`;
    return [...this.listed, { code: 'PACKAGE_REFUSED', message, path: [] }];
  }
}

// eslint-disable-next-line no-control-regex -- control characters are what is searched for
const CONTROL = /[\u0000-\u001f\u007f]/;
const RESERVED_CHARACTER = /[\\:*?"<>|]/;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const DEVICE =
  /^(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(COM|LPT)[0-9\u00b9\u00b2\u00b3])\s*(\.|$)/i;

function* segmentFaults(segment: string): Generator<string> {
  if (segment === '') {
    yield 'has an empty segment or a slash at an end';
    return;
  }
  if (segment === '.' || segment === '..') {
    yield `has the segment "${segment}"`;
    return;
  }
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
    yield `has a name longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  if (CONTROL.test(segment)) yield 'has a control character';
  if (RESERVED_CHARACTER.test(segment)) yield 'has one of \\ : * ? " < > |';
  if (BIDI.test(segment)) yield 'has a bidirectional control character';
  if (segment.endsWith('.') || segment.endsWith(' ')) yield 'has a name ending in a dot or space';
  if (DEVICE.test(segment)) yield 'has a name that Windows reserves for a device';
}

/** Entries that are fine alone but would share one name, or be file and folder at once. */
function addClashes(outline: TreeOutline, found: ProblemList): void {
  const spellings = new Map<string, { readonly path: string; readonly kind: EntryKind }>();
  const enter = (path: string, kind: EntryKind): void => {
    const folded = foldPath(path);
    const other = spellings.get(folded);
    if (!other) spellings.set(folded, { path, kind });
    else if (other.path !== path) {
      const fault = `differs from ${JSON.stringify(other.path)} only in letter case`;
      found.addPath(path, fault, HINTS.rename);
    } else if (kind !== 'folder' || other.kind !== 'folder') {
      found.addPath(path, `is listed twice (${other.kind} and ${kind})`, HINTS.remove);
    }
  };
  const entered = new Set<string>();
  for (const path of [...outline.files.map((file) => file.path), ...outline.emptyFolders]) {
    for (const folder of ancestors(path)) {
      if (entered.has(folder)) break;
      entered.add(folder);
      enter(folder, 'folder');
    }
  }
  for (const { path } of outline.files) enter(path, 'file');
  for (const path of outline.emptyFolders) enter(path, 'empty folder');
  const paths = [...spellings.values()].map((entry) => entry.path);
  for (const { alias, longName } of shortNameClashes(paths)) {
    const fault = `may be the 8.3 short name of ${JSON.stringify(longName)} on Windows`;
    found.addPath(alias, fault, HINTS.rename);
  }
}

type EntryKind = 'file' | 'folder' | 'empty folder';

/** The folders that hold `path`, innermost first. */
export function* ancestors(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    yield path.slice(0, end);
  }
}
