import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { isCanopyError, ERRORS } from '../core/errors.ts';
import { parseGuid } from '../core/guid.ts';
import { silentLogger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { openContentStore, type BuiltTree, type ContentStore } from '../content/index.ts';
import { PublishedFiles } from '../package-server/http/published-files.ts';
import { ShownTickets } from '../package-server/http/shown-tickets.ts';
import { PackageBook } from '../package-server/package-book.ts';
import type { Assignment, HeldVersion } from '../package-server/package-record.ts';
import { countWireBytes } from './wire-bytes.ts';

/** A package server that holds two versions of a package, both proven; they may be the same files. */
export interface PublishedPackage {
  readonly origin: string;
  readonly store: ContentStore;
  readonly old: BuiltTree;
  readonly new: BuiltTree;
  /** Bytes of HTTP in both directions since the last call, heads included. */
  takeWireBytes(): number;
  close(): Promise<void>;
}

export const PACKAGE_ID = parseGuid('b8b6a5f0-3c1d-4a52-9d11-6f2a4f0c9e01')!;
export const OLD_VERSION = 1_700_000_001;
export const NEW_VERSION = 1_700_000_002;
/** Below the origin: where a package server publishes the new version. */
export const NEW_VERSION_PATH = `/Altiris/PackageShare/${PACKAGE_ID}/${NEW_VERSION}`;

/** Serves two releases as a package server does: by its own `PublishedFiles`, on loopback. */
export async function publishPackage(
  releases: { readonly from: string; readonly to: string },
  folder: string,
): Promise<PublishedPackage> {
  const context = { clock: systemClock, logger: silentLogger, random: systemRandom };
  const store = await openContentStore({ ...context, folder: join(folder, 'store') });
  const old = await store.build({ sourceFolder: releases.from, recheck: 'content' });
  const fresh = await store.build({ sourceFolder: releases.to, recheck: 'content' });
  const book = bookOf([heldVersion(NEW_VERSION, fresh), heldVersion(OLD_VERSION, old)], folder);
  const files = new PublishedFiles({
    ...context,
    book,
    store,
    tickets: new ShownTickets({ publicKey: '', nowMs: () => systemClock.nowMs() }),
    onDamage: () => undefined,
  });
  const server = createServer((request, response) => {
    files.serve(request, response, request.url ?? '/').catch((error: unknown) => {
      const code = isCanopyError(error) ? error.code : 'INTERNAL';
      response.writeHead(ERRORS[code].status).end(`${String(error)}\n`);
    });
  });
  const takeWireBytes = countWireBytes(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    old,
    new: fresh,
    takeWireBytes,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await book.close();
      await store.close();
    },
  };
}

function heldVersion(internalVersion: number, tree: BuiltTree): HeldVersion {
  const { rootHash, manifestHash, chunkIndexHash } = tree;
  return {
    internalVersion,
    rootHash,
    manifestHash,
    chunkIndexHash,
    sizeBytes: tree.manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0),
    attestation: 'proven',
    fingerprint: '',
    verifiedAtMs: 0,
    supersededAtMs: undefined,
  };
}

function bookOf(held: readonly HeldVersion[], folder: string): PackageBook {
  const smp = { url: 'http://smp', guid: PACKAGE_ID, name: 'smp', nodeId: '', publicKey: '' };
  const assignment: Assignment = {
    ...held[0]!,
    packageId: PACKAGE_ID,
    name: 'bench',
    priority: 0,
    ownerNodeId: '',
    ownerPublicKey: '',
    signature: '',
  };
  const record = {
    packageId: PACKAGE_ID,
    assignment,
    unassignedAtMs: undefined,
    pinnedOwner: undefined,
    held,
    status: 'READY' as const,
    reason: '',
    sinceMs: 0,
    nextTryAtMs: undefined,
  };
  const enrollment = { packageServerId: PACKAGE_ID, publicKey: '', smp };
  const state = { format: 1 as const, bootCounter: 1, packages: [record], enrollment };
  return new PackageBook({ path: join(folder, 'state.json'), state, clock: systemClock });
}
