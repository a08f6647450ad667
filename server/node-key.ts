import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../content/index.ts';
import { CanopyError } from '../core/errors.ts';
import { generateIdentity, loadIdentity, type NodeIdentity } from '../core/identity.ts';

/**
 * The node's Ed25519 key from `D/identity/node.key` (mode 0600), made at the first start.
 * `knownPublicKey` is the one that the database belongs to: another key, or none where there was
 * one, throws `NODE_KEY_MISMATCH`, because everything this node signed would become void.
 */
export async function openNodeKey(
  dataDirectory: string,
  knownPublicKey: string | undefined,
): Promise<NodeIdentity> {
  const folder = join(dataDirectory, 'identity');
  const file = join(folder, 'node.key');
  const stored = await readKey(file);
  if (stored && (knownPublicKey === undefined || stored.publicKey === knownPublicKey)) {
    return stored;
  }
  if (knownPublicKey !== undefined) {
    const what = stored ? `${file} is the key of another node.` : `${file} is missing.`;
    throw new CanopyError('NODE_KEY_MISMATCH', what, {
      hint: 'Put the key file back that was saved together with this database.',
    });
  }
  const identity = generateIdentity();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, identity.exportPrivateKey(), { mode: 0o600 });
  return identity;
}

async function readKey(file: string): Promise<NodeIdentity | undefined> {
  try {
    return loadIdentity(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CanopyError('NODE_KEY_MISMATCH', `${file} is not readable as a node key.`, {
      hint: 'Put the key file back that was saved together with this database.',
      cause: error,
    });
  }
}
