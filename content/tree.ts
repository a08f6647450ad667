import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.ts';
import { CanopyError, refuseProblems } from '../core/errors.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { ancestors, treeProblems, type TreeLimits } from './path-policy.ts';

/** A SHA-256 as Canopy writes it: hex, lower case. */
export const SHA256_HEX = /^[0-9a-f]{64}$/;

/**
 * The address of a tree: SHA-256 (hex) of the canonical JSON of one array that holds
 * `[path, sizeBytes, sha256]` per file and then one string per empty folder,
 * `[["a.txt",1,"ca97…"],["b/c.txt",0,"e3b0…"],"empty"]`, files and folders each sorted by the UTF-8
 * bytes of the path. Times and chunks are not part of it.
 */
export function rootHash(manifest: Manifest): string {
  const { files, emptyFolders } = sortManifest(manifest);
  const listing = [
    ...files.map((file) => [file.path, file.sizeBytes, file.sha256] as const),
    ...emptyFolders,
  ];
  return sha256Hex(canonicalJson(listing));
}

/** The manifest in its one order: by the UTF-8 bytes of the path. */
export function sortManifest(manifest: Manifest): Manifest {
  return {
    files: manifest.files.toSorted((a, b) => compareUtf8(a.path, b.path)),
    emptyFolders: manifest.emptyFolders.toSorted(compareUtf8),
  };
}

/** The manifest as a blob: canonical JSON of `{emptyFolders, files}`, sorted, UTF-8. */
export function encodeManifest(manifest: Manifest): Buffer {
  const { files, emptyFolders } = sortManifest(manifest);
  const plain = files.map(({ path, sizeBytes, sha256, modifiedAtMs }) => ({
    path,
    sizeBytes,
    sha256,
    modifiedAtMs,
  }));
  return Buffer.from(canonicalJson({ files: plain, emptyFolders }));
}

/**
 * Reads a manifest blob, trusting nothing in it. Throws `MALFORMED_REQUEST` when it is not exactly
 * what {@link encodeManifest} writes, and `PACKAGE_REFUSED` with every reason when its paths or
 * sizes break the policy.
 */
export function parseManifest(bytes: Uint8Array, limits?: TreeLimits): Manifest {
  const text = Buffer.from(bytes).toString('utf8');
  const manifest = readManifest(parseJson(text));
  if (!encodeManifest(manifest).equals(bytes)) {
    throw malformed('it is not in canonical form');
  }
  refuseProblems(treeProblems(manifest, limits));
  return manifest;
}

/** Every folder below the root, the empty ones included. */
export function foldersOf(manifest: Manifest): Set<string> {
  const folders = new Set<string>();
  for (const path of [...manifest.files.map((file) => file.path), ...manifest.emptyFolders]) {
    for (const folder of ancestors(path)) {
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  for (const path of manifest.emptyFolders) folders.add(path);
  return folders;
}

export function totalBytes(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

/** Orders by UTF-8 bytes, which is the order of code points and not that of UTF-16 units. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return codePointWeight(left) - codePointWeight(right);
  }
  return a.length - b.length;
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Surrogates stand for code points above U+FFFF, so they sort after U+E000…U+FFFF. */
function codePointWeight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
}

function readManifest(value: unknown): Manifest {
  const { files, emptyFolders } = members(value, ['emptyFolders', 'files'], 'it');
  if (!Array.isArray(files) || !Array.isArray(emptyFolders)) {
    throw malformed('"files" and "emptyFolders" must be arrays');
  }
  if (!emptyFolders.every((folder) => typeof folder === 'string')) {
    throw malformed('"emptyFolders" must hold strings');
  }
  return { files: files.map(readFile), emptyFolders: emptyFolders as string[] };
}

function readFile(value: unknown, index: number): ManifestFile {
  const where = `files[${index}]`;
  const file = members(value, ['modifiedAtMs', 'path', 'sha256', 'sizeBytes'], where);
  const { path, sizeBytes, sha256, modifiedAtMs } = file;
  if (typeof path !== 'string') throw malformed(`${where}.path must be a string`);
  if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256)) {
    throw malformed(`${where}.sha256 must be 64 lower-case hexadecimal digits`);
  }
  if (!isSafe(sizeBytes) || sizeBytes < 0) throw malformed(`${where}.sizeBytes must be a size`);
  if (!isSafe(modifiedAtMs)) throw malformed(`${where}.modifiedAtMs must be an integer`);
  return { path, sizeBytes, sha256, modifiedAtMs };
}

function members<K extends string>(value: unknown, names: K[], where: string): Record<K, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).sort().join() !== names.join()) {
    throw malformed(`${where} must be an object with ${names.join(', ')}`);
  }
  return value as Record<K, unknown>;
}

function isSafe(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function malformed(reason: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The manifest cannot be read: ${reason}.`, {
    hint: 'Fetch it again, from another source if it stays so.',
  });
}
