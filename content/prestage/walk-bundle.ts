import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { CanopyError, refuseProblems, isCanopyError, type Problem } from '../../core/errors.ts';
import { parseChunkIndex } from '../chunk-index.ts';
import type { Manifest } from '../manifest.ts';
import type { TreeLimits } from '../path-policy.ts';
import { parseManifest, rootHash, totalBytes } from '../tree.ts';
import {
  blobsOf,
  bundleStatement,
  contentsOf,
  isSignatureOf,
  MEMBER,
  memberLine,
  ownerProblem,
  parseBundleIndex,
  sizeClash,
  type BundleContent,
  type BundleIndex,
  type BundleSnapshot,
} from './bundle-format.ts';
import { countContents, type BundleRunOptions } from './bundle-progress.ts';
import { bundleDamage, TarReader, type OpenMember } from './tar-reader.ts';

const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_BLOB_BYTES = 512 * 1024 * 1024;
const MAX_SIGNATURE_BYTES = 4096;

/** A snapshot of a bundle with its tree, both proven by the owner's signature. */
export interface ProvenSnapshot {
  readonly snapshot: BundleSnapshot;
  readonly manifest: Manifest;
}

/** Takes one content in; `finish` only after all of it was written and its hash was right. */
export interface ContentSink {
  write(block: Buffer): Promise<void>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** What becomes of the parts of a bundle as they are read; each may throw to refuse it. */
export interface BundleVisitor {
  /** Only snapshots of owners with these node ids; any owner when absent. */
  readonly trustedOwners?: ReadonlySet<string> | undefined;
  /** As soon as it was read and every owner's signature was checked. */
  onIndex?(index: BundleIndex): Promise<void>;
  onBlob?(sha256: string, bytes: Buffer): Promise<void>;
  /** Once, before the contents, which come in this order. */
  onContents?(snapshots: readonly ProvenSnapshot[], contents: BundleContent[]): Promise<void>;
  /** `undefined` for a content that is only to be verified. */
  openSink?(content: BundleContent): Promise<ContentSink | undefined>;
  /** A content that does not match its hash; throws to stop there. */
  onDamage(problem: Problem): void;
}

export interface WalkOptions extends BundleRunOptions {
  readonly limits?: TreeLimits | undefined;
  /** Passes over the contents without reading them; their hashes are then claims. Default false. */
  readonly skipContents?: boolean;
}

export interface WalkedBundle {
  readonly index: BundleIndex;
  readonly snapshots: readonly ProvenSnapshot[];
  readonly contents: readonly BundleContent[];
}

/**
 * Reads a bundle from end to end. What may come next always follows from what was read before, so
 * a missing, extra, repeated or altered part is found where it lies. Throws `MALFORMED_REQUEST` for
 * something else than a bundle, `CONTENT_DAMAGED` with the place, `SNAPSHOT_NOT_TRUSTED` and
 * `PACKAGE_REFUSED` with every reason.
 */
export async function walkBundle(
  file: string,
  visitor: BundleVisitor,
  options: WalkOptions = {},
): Promise<WalkedBundle> {
  const handle = await openBundle(file);
  try {
    const { size } = await handle.stat();
    const walk = new Walk(new TarReader(handle, size, options.signal), visitor, options);
    return await walk.run();
  } finally {
    await handle.close();
  }
}

class Walk {
  private readonly tar: TarReader;
  private readonly visitor: BundleVisitor;
  private readonly options: WalkOptions;
  private readonly members = createHash('sha256');
  private readonly seen = new Set<string>();

  constructor(tar: TarReader, visitor: BundleVisitor, options: WalkOptions) {
    this.tar = tar;
    this.visitor = visitor;
    this.options = options;
  }

  async run(): Promise<WalkedBundle> {
    const index = await this.readIndex();
    const blobs = blobsOf(index.snapshots);
    const manifests = await this.readBlobs(index.snapshots, blobs);
    const snapshots = index.snapshots.map((snapshot) => ({
      snapshot,
      manifest: manifests.get(snapshot.manifestHash)!,
    }));
    const contents = contentsOf(manifests.values());
    await this.visitor.onContents?.(snapshots, contents);
    await this.readContents(contents);
    await this.readSignature(index);
    await this.tar.expectEnd();
    return { index, snapshots, contents };
  }

  private async readIndex(): Promise<BundleIndex> {
    const member = await this.expect(MEMBER.index, []);
    const { bytes, sha256 } = await this.tar.readWhole(member, MAX_INDEX_BYTES);
    this.count(member, sha256);
    const index = parseBundleIndex(bytes);
    const { trustedOwners } = this.visitor;
    refuseProblems(index.snapshots.flatMap((one) => ownerProblem(one, trustedOwners) ?? []));
    await this.visitor.onIndex?.(index);
    return index;
  }

  /** Reads and proves every manifest and chunk index; answers the manifests by hash. */
  private async readBlobs(
    snapshots: readonly BundleSnapshot[],
    blobs: readonly string[],
  ): Promise<Map<string, Manifest>> {
    const manifests = new Map<string, Manifest>();
    const byManifest = Map.groupBy(snapshots, ({ manifestHash }) => manifestHash);
    const byChunkIndex = Map.groupBy(snapshots, ({ chunkIndexHash }) => chunkIndexHash);
    const expected = new Set(blobs.map(MEMBER.blob));
    for (const sha256 of blobs) {
      const name = MEMBER.blob(sha256);
      expected.delete(name);
      const member = await this.expect(name, expected);
      const blob = await this.tar.readWhole(member, MAX_BLOB_BYTES);
      if (blob.sha256 !== sha256) throw hashDamage(member, blob.sha256);
      this.count(member, sha256);
      for (const snapshot of byManifest.get(sha256) ?? []) {
        manifests.set(sha256, this.proveManifest(snapshot, blob.bytes));
      }
      for (const snapshot of byChunkIndex.get(sha256) ?? []) {
        proveChunkIndex(snapshot, blob.bytes, manifests.get(snapshot.manifestHash));
      }
      await this.visitor.onBlob?.(sha256, blob.bytes);
    }
    const clash = sizeClash(manifests.values());
    if (clash) {
      const what = `two manifests tell different sizes of ${clash.sha256} ("${clash.path}")`;
      throw bundleDamage('manifests', this.tar.offsetBytes, what);
    }
    return manifests;
  }

  private proveManifest(snapshot: BundleSnapshot, bytes: Buffer): Manifest {
    const manifest = ofPackage(snapshot, () => parseManifest(bytes, this.options.limits));
    const hash = rootHash(manifest);
    if (hash !== snapshot.rootHash || totalBytes(manifest) !== snapshot.sizeBytes) {
      throw new CanopyError(
        'SNAPSHOT_NOT_TRUSTED',
        `The manifest of ${JSON.stringify(snapshot.name)} is not of the tree that its owner signed.`,
        { path: [snapshot.packageId], hint: 'Make the bundle again where the package is sound.' },
      );
    }
    return manifest;
  }

  private async readContents(contents: readonly BundleContent[]): Promise<void> {
    const progress = countContents(contents, this.options.onProgress);
    const expected = new Set(contents.map(({ sha256 }) => MEMBER.object(sha256)));
    for (const content of contents) {
      const name = MEMBER.object(content.sha256);
      expected.delete(name);
      const member = await this.expect(name, expected);
      if (member.sizeBytes !== content.sizeBytes) {
        const what = `it has ${member.sizeBytes} bytes instead of ${content.sizeBytes}`;
        throw bundleDamage(name, member.offsetBytes, what);
      }
      if (this.options.skipContents) this.tar.skip(member);
      else await this.readContent(content, member, progress.bytes);
      this.count(member, content.sha256);
      progress.object();
    }
  }

  private async readContent(
    content: BundleContent,
    member: OpenMember,
    onBytes: (count: number) => void,
  ): Promise<void> {
    const sink = await this.visitor.openSink?.(content);
    let isKept = false;
    try {
      const sha256 = await this.tar.read(member, async (block) => {
        await sink?.write(block);
        onBytes(block.length);
      });
      if (sha256 !== content.sha256) {
        const what = `the content of "${content.example}" has the hash ${sha256}`;
        const [problem] = bundleDamage(member.name, member.offsetBytes, what).problems;
        this.visitor.onDamage(problem!);
        return;
      }
      isKept = true;
      await sink?.finish();
    } finally {
      if (!isKept) await sink?.discard();
    }
  }

  private async readSignature({ maker }: BundleIndex): Promise<void> {
    const statement = bundleStatement(maker.nodeId, this.seen.size, this.members.digest('hex'));
    const member = await this.expect(MEMBER.signature, []);
    const { bytes } = await this.tar.readWhole(member, MAX_SIGNATURE_BYTES);
    if (isSignatureOf(maker.publicKey, statement, bytes)) return;
    const what = `it is not the signature of its maker ${maker.nodeId} over these parts`;
    throw bundleDamage(member.name, member.offsetBytes, what);
  }

  /** The next member, which must be `name`; `later` are those that may only come after it. */
  private async expect(name: string, later: Iterable<string>): Promise<OpenMember> {
    const member = await this.tar.next(name);
    if (member.name === name) return member;
    const found = JSON.stringify(member.name);
    const isLater = member.name === MEMBER.signature || new Set(later).has(member.name);
    const what = this.seen.has(member.name)
      ? `${found} comes a second time`
      : isLater
        ? `it is missing; ${found} comes instead`
        : `${found} does not belong into this bundle`;
    throw bundleDamage(name, member.offsetBytes, what);
  }

  private count({ name, sizeBytes }: OpenMember, sha256: string): void {
    this.seen.add(name);
    this.members.update(memberLine(name, sizeBytes, sha256));
  }
}

/** All manifests come before the first chunk index. */
function proveChunkIndex(
  snapshot: BundleSnapshot,
  bytes: Buffer,
  manifest: Manifest | undefined,
): void {
  if (!manifest) {
    throw bundleDamage(MEMBER.index, 0, `the chunk index of "${snapshot.name}" is a manifest`);
  }
  ofPackage(snapshot, () => parseChunkIndex(bytes, manifest));
}

/** Names the package in what a parser throws. */
function ofPackage<T>(snapshot: BundleSnapshot, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    const message = `The package ${JSON.stringify(snapshot.name)} is refused: ${error.message}`;
    const problems = error.problems.map((problem) => ({
      ...problem,
      path: [snapshot.packageId, ...problem.path],
    }));
    throw new CanopyError(error.code, message, { problems, cause: error });
  }
}

function hashDamage({ name, offsetBytes }: OpenMember, sha256: string): CanopyError {
  return bundleDamage(name, offsetBytes, `its content has the hash ${sha256}`);
}

async function openBundle(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CanopyError('NOT_FOUND', `There is no file ${file}.`, { path: [file] });
  }
  throw new CanopyError('MALFORMED_REQUEST', `${file} is not a file.`, { path: [file] });
}
