import { mkdir, readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../content/index.ts';
import { CanopyError } from '../core/errors.ts';
import { generateIdentity, loadIdentity, type NodeIdentity } from '../core/identity.ts';
import type { DataFolder } from './data-folder.ts';

/**
 * This package server's Ed25519 key (mode 0600), made at the first registration and kept for ever.
 * Throws `NODE_KEY_MISMATCH` when the file is not a key.
 */
export async function openOrMakeKey(folder: DataFolder): Promise<NodeIdentity> {
  const stored = await readKey(folder);
  if (stored) return stored;
  const identity = generateIdentity();
  await mkdir(folder.identity, { recursive: true, mode: 0o700 });
  await writeFileAtomic(folder.nodeKey, identity.exportPrivateKey(), { mode: 0o600 });
  return identity;
}

/** The key that the SMP enrolled; throws `NODE_KEY_MISMATCH` when it is another one or gone. */
export async function openEnrolledKey(
  folder: DataFolder,
  enrolledPublicKey: string,
): Promise<NodeIdentity> {
  const stored = await readKey(folder);
  if (stored?.publicKey === enrolledPublicKey) return stored;
  const what = stored ? 'is another key than the one enrolled' : 'is missing';
  throw new CanopyError('NODE_KEY_MISMATCH', `${folder.nodeKey} ${what}.`, {
    hint: 'Put the right file back, or register this package server again with a new token.',
  });
}

async function readKey({ nodeKey }: DataFolder): Promise<NodeIdentity | undefined> {
  try {
    return loadIdentity(await readFile(nodeKey, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CanopyError('NODE_KEY_MISMATCH', `${nodeKey} is not readable as a node key.`, {
      hint: 'Put the right file back, or remove it and register this package server again.',
      cause: error,
    });
  }
}
