// What a package server is told: a part at a time, and nothing of changes that mean nothing to it.
import type { PackageServer } from '../../../catalog/model.ts';
import { AssignmentBook } from '../../../catalog/package-server-assignments.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import type { Guid } from '../../../core/guid.ts';
import { systemRandom } from '../../../core/random.ts';
import { rootHashOf, snapshotOf } from '../../support/catalog-drafts.ts';
import { changeOf } from '../../support/catalog-world.ts';
import {
  aHolding,
  aPackage,
  aPackageServer,
  aSite,
  aSubnet,
} from '../../support/database-items.ts';

const [HERE, THERE] = [aSite(), aSite()];
const OWN = serverIn(HERE.id);
const OTHER = serverIn(THERE.id);
const PACKAGE_IDS = Array.from({ length: 25 }, () => systemRandom.guid());
const [FIRST] = PACKAGE_IDS as [Guid];

function serverIn(siteId: Guid): PackageServer {
  return aPackageServer({ constrained: true, addresses: [], manualSiteIds: [siteId] });
}

/** The book of OWN, which follows a model; both servers are assigned all packages. */
function followed() {
  const model = new ReadModel({
    id: systemRandom.guid(),
    name: 'smp',
    scheme: 'http',
    publicUrl: 'http://smp.example',
    addresses: [],
    uncRoot: '',
  });
  const book = new AssignmentBook(model, OWN.id, () => 'key');
  const put = (...given: Parameters<typeof changeOf>): boolean => {
    const change = changeOf(...given);
    model.apply([change], { epoch: 'test', revision: 1 });
    return book.note(change);
  };
  const takeAll = (): Guid[] => {
    const told: Guid[] = [];
    do told.push(...book.take(10).assignments.map(({ packageId }) => packageId));
    while (book.hasMore);
    return told;
  };
  for (const site of [HERE, THERE]) put('site', site);
  for (const server of [OWN, OTHER]) put('packageServer', server);
  for (const id of PACKAGE_IDS) {
    put('package', aPackage({ id, internalVersion: 1 }));
    put('snapshot', snapshotOf(id, 1));
  }
  return { book, put, takeAll };
}

const heldBy = ({ id }: PackageServer) =>
  aHolding({
    packageServerId: id,
    packageId: FIRST,
    held: [{ internalVersion: 1, rootHash: rootHashOf(FIRST, 1), sinceMs: 0 }],
  });

test('many assignments are told a part at a time, each once', () => {
  const { book, takeAll } = followed();
  const { assignments } = book.take(10);
  expect(assignments).toHaveLength(10);
  expect(book.hasMore).toBe(true);
  const told = [...assignments.map(({ packageId }) => packageId), ...takeAll()];
  expect(told.toSorted()).toEqual(PACKAGE_IDS.toSorted());
  expect([book.hasMore, book.take(10)]).toEqual([false, { assignments: [], removed: [] }]);
});

test('a package that comes between two parts is told too, one that goes is not', () => {
  const { book, put, takeAll } = followed();
  const told = book.take(10).assignments.map(({ packageId }) => packageId);
  const late = PACKAGE_IDS.find((id) => !told.includes(id))!;
  put('package', aPackage({ id: late, internalVersion: 1, enabled: false }));
  const added = systemRandom.guid();
  put('package', aPackage({ id: added, internalVersion: 1 }));
  put('snapshot', snapshotOf(added, 1));
  const rest = takeAll();
  expect(rest).toContain(added);
  expect(rest).not.toContain(late);
});

test('what becomes of a server that is no source of it is of no concern', () => {
  const { put, takeAll } = followed();
  takeAll();
  expect(put('packageServer', { ...OTHER, httpUrl: 'http://elsewhere.example' })).toBe(false);
  expect(put('holding', heldBy(OTHER))).toBe(false);
  expect(put('packageServer', aPackageServer({ constrained: true, addresses: [] }))).toBe(false);
  expect(takeAll()).toEqual([]);
});

test('a server that becomes a source brings what it holds, and one that was one is looked at', () => {
  const { put, takeAll } = followed();
  takeAll();
  put('holding', heldBy(OTHER));
  expect(put('packageServer', { ...OTHER, manualSiteIds: [HERE.id] })).toBe(true);
  expect(takeAll()).toEqual([FIRST]);
  expect(put('packageServer', { ...OTHER, manualSiteIds: [HERE.id], enabled: false })).toBe(true);
  expect(put('packageServer', { ...OTHER, manualSiteIds: [] })).toBe(true);
  expect(put('packageServer', { ...OTHER, enabled: false })).toBe(false);
});

test('its own place and the network touch everything', () => {
  const { put, takeAll } = followed();
  takeAll();
  put('holding', heldBy(OTHER));
  expect(put('packageServer', { ...OWN, manualSiteIds: [THERE.id] })).toBe(true);
  expect(takeAll()).toEqual([FIRST]);
  expect(put('subnet', aSubnet())).toBe(true);
});
