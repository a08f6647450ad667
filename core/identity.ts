import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { canonicalJson, type Json } from './canonical-json.ts';
import { RecentMap } from './recent-map.ts';

/** `base32(sha256(spki))`, the first 26 characters, lower case: the name a node cannot choose. */
export type NodeId = string & { readonly __brand: 'NodeId' };

/** A node's Ed25519 key pair and what follows from it. */
export interface NodeIdentity {
  readonly nodeId: NodeId;
  /** Public key, SPKI DER, base64. */
  readonly publicKey: string;
  /** Signs the canonical JSON of `statement`; the answer is base64. */
  sign(statement: Json): string;
  /** Signs bytes as they are, for formats that define their own; the answer is base64. */
  signBytes(bytes: Uint8Array): string;
  /** 32 secret bytes for one purpose; the same for as long as the key is. */
  secretFor(purpose: string): Uint8Array;
  /** Private key, PKCS#8 PEM, for the key file and nothing else. */
  exportPrivateKey(): string;
}

/** A new identity from the operating system's randomness. */
export function generateIdentity(): NodeIdentity {
  return identityOf(generateKeyPairSync('ed25519').privateKey);
}

/** Throws when `pem` is not an Ed25519 private key in PKCS#8. */
export function loadIdentity(pem: string): NodeIdentity {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('node key is not Ed25519');
  return identityOf(key);
}

/** True only when `signature` is the key owner's signature over exactly this statement. */
export function verifyStatement(publicKey: string, statement: Json, signature: string): boolean {
  return verifyBytes(publicKey, Buffer.from(canonicalJson(statement)), signature);
}

/**
 * As {@link verifyStatement}, on a thread of its own: for statements that come by the hundred, and
 * must not keep others from being answered.
 */
export function verifyStatementAside(
  publicKey: string,
  statement: Json,
  signature: string,
): Promise<boolean> {
  const key = ed25519Key(publicKey);
  if (!key) return Promise.resolve(false);
  const bytes = Buffer.from(canonicalJson(statement));
  return new Promise((resolve) => {
    verify(null, bytes, key, Buffer.from(signature, 'base64'), (error, isGood) =>
      resolve(!error && isGood),
    );
  });
}

/** As {@link verifyStatement} for {@link NodeIdentity.signBytes}. */
export function verifyBytes(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  const key = ed25519Key(publicKey);
  if (!key) return false;
  try {
    return verify(null, bytes, key, Buffer.from(signature, 'base64')) === true;
  } catch {
    return false;
  }
}

/** `undefined` for what is no such key. */
function ed25519Key(publicKey: string): KeyObject | undefined {
  try {
    const key = publicKeyObject(publicKey);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

interface KnownKey {
  readonly key: KeyObject;
  readonly nodeId: NodeId;
}

/** Reading a key costs as much as checking a signature with it, and a few keys sign nearly all. */
const knownKeys = new RecentMap<string, KnownKey>(1_000);

function publicKeyObject(publicKey: string): KeyObject {
  const known = knownKeys.get(publicKey);
  if (known) return known.key;
  const der = Buffer.from(publicKey, 'base64');
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  knownKeys.set(publicKey, { key, nodeId: nodeIdOf(publicKey) });
  return key;
}

/** The node id that belongs to a public key (SPKI DER, base64). */
export function nodeIdOf(publicKey: string): NodeId {
  const known = knownKeys.get(publicKey);
  if (known) return known.nodeId;
  const digest = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest();
  return base32(digest).slice(0, 26) as NodeId;
}

function identityOf(privateKey: KeyObject): NodeIdentity {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKey = spki.toString('base64');
  const signBytes = (bytes: Uint8Array): string => sign(null, bytes, privateKey).toString('base64');
  return {
    nodeId: nodeIdOf(publicKey),
    publicKey,
    sign: (statement) => signBytes(Buffer.from(canonicalJson(statement))),
    signBytes,
    secretFor: (purpose) => {
      const key = privateKey.export({ format: 'der', type: 'pkcs8' });
      return new Uint8Array(hkdfSync('sha256', key, '', `canopy ${purpose}`, 32));
    },
    exportPrivateKey: () => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += alphabet[(buffer >>> (bits - 5)) & 31];
      bits -= 5;
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(buffer << (5 - bits)) & 31] : text;
}
