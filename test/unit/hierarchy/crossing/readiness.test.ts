// Shows: why packages cannot come from the parent, one condition after the other, with the cure.
import { readinessOf } from '../../../../hierarchy/crossing/readiness.ts';
import { A, B, CrossingModel, guid, UPSTREAM } from './crossing-model.ts';

let world: CrossingModel;
beforeEach(() => {
  world = new CrossingModel();
});

const reasons = (): readonly string[] => {
  const { model, links, clock } = world;
  const readiness = readinessOf(model, links, clock.nowMs());
  expect(readiness.ready).toBe(readiness.reasons.length === 0);
  return readiness.reasons;
};

function probed(reachable: boolean, packageServerId = UPSTREAM): void {
  const reason = reachable ? '' : 'no connection (ECONNREFUSED)';
  const probe = { packageServerId, url: 'http://up.example', reachable, reason, tookMs: 1 };
  const probes = [{ ...probe, atMs: world.clock.nowMs() }];
  world.tell(A, { bootCounter: 1, sequence: 1, full: false, holdings: [], probes });
}

test('each condition is named until the last one holds', () => {
  expect(reasons()).toEqual([expect.stringContaining('No package server serves the site')]);
  world.putServer(A, { constrained: true, name: 'PS-A' });
  expect(reasons()).toEqual([expect.stringContaining('may fetch across')]);
  world.putServer(A, { name: 'PS-A' });
  expect(reasons()).toEqual([expect.stringContaining('Not connected: PS-A.')]);
  world.connect(A);
  expect(reasons()).toEqual([expect.stringContaining('has not told')]);
  world.model.crossings.upstreamServers = [];
  expect(reasons()).toEqual([expect.stringContaining('hq has no package server')]);
  const upstream = { packageServerId: UPSTREAM, name: 'PS-UP', urls: ['http://up.example'] };
  world.model.crossings.upstreamServers = [upstream];
  expect(reasons()).toEqual([expect.stringContaining('PS-A has not probed')]);
  probed(false);
  expect(reasons()).toEqual([
    'PS-A does not reach PS-UP of the parent at http://up.example: no connection (ECONNREFUSED). ' +
      'Open the way between them, or correct the address of the latter on the parent.',
  ]);
  probed(true, guid('dead'));
  expect(reasons()).toEqual([expect.stringContaining('has not probed')]);
  probed(true);
  expect(reasons()).toEqual([]);
  world.clock.advance(15 * 60_000);
  expect(reasons()).toEqual([expect.stringContaining('has not probed')]);
});

test('one pair that works is enough', () => {
  world.putServer(A);
  world.connect(A);
  const upstream = [UPSTREAM, B].map((packageServerId) => ({
    packageServerId,
    name: 'up',
    urls: [],
  }));
  world.model.crossings.upstreamServers = upstream;
  const one = { url: '', tookMs: 1, atMs: world.clock.nowMs() };
  const probes = [
    { ...one, packageServerId: UPSTREAM, reachable: false, reason: 'x' },
    { ...one, packageServerId: B, reachable: true, reason: '' },
  ];
  world.tell(A, { bootCounter: 1, sequence: 1, full: false, holdings: [], probes });
  expect(reasons()).toEqual([]);
});

test('metadata only, switched off, joining, no site and no parent say so', () => {
  world.putParent({ metadataOnly: true });
  expect(reasons()).toEqual([expect.stringContaining('for metadata only')]);
  world.putParent({ replicationEnabled: false });
  expect(reasons()).toEqual([expect.stringContaining('switched off')]);
  world.putParent({ state: 'JOINING' });
  expect(reasons()).toEqual([expect.stringContaining('has not finished')]);
  world.putParent();
  world.remove('subnet', guid('5b'));
  expect(reasons()).toEqual([expect.stringContaining('in no site')]);
  world.remove('parent', world.model.tree.parent!.nodeId);
  expect(reasons()).toEqual([]);
});
