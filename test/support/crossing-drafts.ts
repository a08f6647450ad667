import fc, { type Arbitrary } from 'fast-check';
import type { Lease } from '../../catalog/crossings.ts';
import type { Parent, UpstreamOffer, UpstreamSource } from '../../catalog/tree-model.ts';
import { toGuid, type Guid } from '../../core/guid.ts';
import { fill, mostly, rootHashOf, serverId } from './catalog-drafts.ts';
import { treeItems } from './tree-items.ts';

const upstreamId = (index: number): Guid =>
  toGuid(`66666666-0000-4000-8000-${String(index).padStart(12, 'a')}`);

/** None, or one in each state; mostly one that packages come from. */
export const PARENTS: Arbitrary<Parent[]> = fc
  .record({
    present: mostly(true),
    state: fc.constantFrom<Parent['state']>(...fill(6, () => 'JOINED' as const), 'JOINING', 'LEFT'),
    metadataOnly: mostly(false),
  })
  .map(({ present, ...given }) => {
    const { parent } = treeItems(upstreamId(9));
    return present ? [{ ...parent, url: 'http://parent.example', ...given }] : [];
  });

/** What the parent offers: mostly the newest version on its right tree. */
export function upstreamDraft(packageId: Guid): Arbitrary<UpstreamOffer | undefined> {
  const sources = fc.uniqueArray(source(), {
    selector: (one) => one.packageServerId,
    maxLength: 2,
  });
  return fc
    .record({
      present: mostly(true),
      internalVersion: fc.constantFrom(4, 4, 4, 3, 5),
      isRightTree: mostly(true),
      sources,
    })
    .map(({ present, isRightTree, ...rest }) => {
      if (!present) return undefined;
      const rootHash = rootHashOf(packageId, rest.internalVersion + (isRightTree ? 0 : 1));
      return { packageId, rootHash, ...rest };
    });
}

function source(): Arbitrary<UpstreamSource> {
  return fc.record({
    packageServerId: fc.constantFrom(upstreamId(0), upstreamId(1)),
    name: fc.constantFrom('up-a', 'up-b'),
    urls: fc.subarray(
      ['https://up.example/one/4/', 'http://up.example/one/4/', '\\\\up\\share\\one\\v4'],
      { minLength: 0 },
    ),
  });
}

/** Mostly held by a package server that exists, for the version that is offered. */
export function leaseDraft(packageId: Guid): Arbitrary<Lease | undefined> {
  return fc
    .record({
      present: fc.boolean(),
      internalVersion: fc.constantFrom(4, 4, 4, 3),
      packageServerId: fc.constantFrom(...[0, 1, 2, 3].map(serverId)),
    })
    .map(({ present, ...rest }) => (present ? { packageId, ticket: '', ...rest } : undefined));
}
