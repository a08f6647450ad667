import type { Manifest, TreeDamage } from '../content/index.ts';
import { CanopyError } from '../core/errors.ts';
import { holdingStatement } from '../content/statement.ts';
import { obtainBlob, obtainContents, type ObtainOptions } from './obtain-content.ts';
import type { Assignment, HeldVersion } from './package-record.ts';
import { isWhole, takeOutDamaged } from './tree-check.ts';
import { readSignedManifest, verifyAssignment } from './verify-assignment.ts';
import type { WorkContext } from './work-context.ts';

/** Damage that comes back this often is the disk's, and needs somebody. */
const MAX_REPAIRS = 3;

/**
 * Has one version here: proves its signature, brings what is missing, publishes the folder whole
 * or not at all, reads every byte of it, and only then signs that it is here. Works from whatever
 * an earlier, interrupted or damaged, attempt left. Throws as {@link obtainContents},
 * `SNAPSHOT_NOT_TRUSTED`, `PACKAGE_REFUSED`, `CONTENT_DAMAGED`, and the signal's reason.
 */
export async function obtainVersion(
  context: WorkContext,
  assignment: Assignment,
  options: ObtainOptions,
): Promise<HeldVersion> {
  const { book, store } = context;
  const { packageId, internalVersion } = assignment;
  const record = book.get(packageId);
  verifyAssignment(assignment, book.enrollment, record?.pinnedOwner);
  const { signal } = options;
  const newest = record?.held[0];
  const { manifestHash, chunkIndexHash } = assignment;
  await obtainBlob(context, manifestHash, { signal, similar: newest?.manifestHash });
  const manifest = await readSignedManifest(store, assignment);
  await obtainBlob(context, chunkIndexHash, { signal, similar: newest?.chunkIndexHash });
  const fingerprint = await publishVerified(context, { assignment, manifest }, options);
  await store.setCurrent(packageId, internalVersion);
  return attest(context, assignment, fingerprint);
}

interface WantedTree {
  readonly assignment: Assignment;
  readonly manifest: Manifest;
}

async function publishVerified(
  context: WorkContext,
  wanted: WantedTree,
  options: ObtainOptions,
): Promise<string> {
  const { store, fingerprints } = context;
  const { packageId, internalVersion } = wanted.assignment;
  const run = { signal: options.signal };
  let damage: TreeDamage | undefined;
  for (let repairs = 0; repairs < MAX_REPAIRS; repairs += 1) {
    await obtainContents(context, wanted, options);
    await store.publishTree(packageId, internalVersion, wanted.manifest, run);
    // Taken before the reading: a change during it is then noticed by the next patrol.
    const fingerprint = await fingerprints.take(wanted.assignment);
    damage = await store.verifyTree(packageId, internalVersion, wanted.manifest, run);
    if (isWhole(damage)) return fingerprints.set(wanted.assignment, fingerprint);
    await takeOutDamaged(context, { packageId, manifest: wanted.manifest }, damage);
  }
  const named = [...damage!.damaged, ...damage!.missing, ...damage!.extra].slice(0, 3).join(', ');
  throw new CanopyError(
    'CONTENT_DAMAGED',
    `What is written does not stay as it was: ${named}. The disk may be failing.`,
  );
}

function attest(context: WorkContext, assignment: Assignment, fingerprint: string): HeldVersion {
  const { internalVersion, rootHash, manifestHash, chunkIndexHash, sizeBytes } = assignment;
  const { packageServerId } = context.book.enrollment;
  const statement = holdingStatement({ ...assignment, packageServerId });
  return {
    internalVersion,
    rootHash,
    manifestHash,
    chunkIndexHash,
    sizeBytes,
    attestation: context.identity.sign(statement),
    fingerprint,
    verifiedAtMs: context.serverClock.nowMs(),
    supersededAtMs: undefined,
  };
}
