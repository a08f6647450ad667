// Convergence counts who is meant to have a version, names who is waited for, and agrees with a count by hand.
import fc from 'fast-check';
import type { NodeSummary, PackageServerProgress } from '../../../catalog/tree-model.ts';
import { systemRandom } from '../../../core/random.ts';
import { measureConvergence } from '../../../hierarchy/convergence/measure-convergence.ts';
import { aNodeSummary, aProgress } from '../../support/tree-items.ts';

const VERSION = 1_700_000_000;
const packageId = systemRandom.guid();

const node = (nodeId: string, parentNodeId: string, given: Partial<NodeSummary> = {}) =>
  aNodeSummary({ nodeId, parentNodeId, name: `smp ${nodeId}`, ...given });

const progress = (
  nodeId: string,
  internalVersion: number,
  { tookMs = 1, servers = [] as PackageServerProgress[] } = {},
) => aProgress({ nodeId, packageId, internalVersion, tookMs, packageServers: servers });

const server = (internalVersion: number, tookMs: number | undefined): PackageServerProgress => ({
  packageServerId: systemRandom.guid(),
  name: 'ps1',
  internalVersion,
  status: internalVersion >= VERSION ? 'READY' : 'RETRYING',
  reason: internalVersion >= VERSION ? '' : 'The disk is full.',
  tookMs,
});

const everything = { internalVersion: VERSION, nodeId: 'root', childGets: () => true };

test('counts nodes and package servers, and spreads their times', () => {
  const measured = measureConvergence({
    ...everything,
    summaries: [node('root', ''), node('a', 'root'), node('b', 'a')],
    progress: [
      progress('root', VERSION, { tookMs: 0, servers: [server(VERSION, 20)] }),
      progress('a', VERSION, { tookMs: 4 }),
      progress('b', VERSION + 1, { tookMs: 10, servers: [server(VERSION, 40)] }),
    ],
  });
  expect(measured).toMatchObject({
    nodes: { done: 3, total: 3 },
    packageServers: { done: 2, total: 2 },
    percent: 100,
    complete: true,
    received: { p50Ms: 4, p95Ms: 10, maxMs: 10 },
    verified: { p50Ms: 20, p95Ms: 40, maxMs: 40 },
    blocker: undefined,
  });
});

test('names the nearest one that is waited for, with its reason', () => {
  const waiting = measureConvergence({
    ...everything,
    summaries: [node('root', ''), node('a', 'root', { connected: false }), node('b', 'a')],
    progress: [progress('root', VERSION), progress('a', 5)],
  });
  expect(waiting.percent).toBe(33);
  expect(waiting.blocker).toEqual({
    kind: 'SMP',
    name: 'smp a',
    nodeName: 'smp a',
    reason: 'Its link to its parent is down.',
  });
  const { blocker } = measureConvergence({
    ...everything,
    summaries: [node('root', '')],
    progress: [progress('root', VERSION, { servers: [server(5, undefined)] })],
  });
  expect(blocker).toEqual({
    kind: 'PACKAGE_SERVER',
    name: 'ps1',
    nodeName: 'smp root',
    reason: 'RETRYING: The disk is full.',
  });
});

test('waits only for those whom the rules give the package', () => {
  const measured = measureConvergence({
    internalVersion: VERSION,
    nodeId: 'root',
    childGets: (nodeId) => nodeId !== 'left out',
    summaries: [
      node('root', ''),
      node('left out', 'root'),
      node('below it', 'left out'),
      node('a', 'root'),
      node('chosen', 'a', { getsEverything: false }),
      node('not chosen', 'a', { getsEverything: false }),
      node('moved away', 'root', { gone: true }),
    ],
    progress: [progress('root', VERSION), progress('a', VERSION), progress('chosen', VERSION)],
  });
  expect(measured.perNode.map(({ nodeId }) => nodeId)).toEqual(['root', 'a', 'chosen']);
  expect(measured.complete).toBe(true);
});

test('100 % is said only when all are done, in any tree', () => {
  const tree = fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(tree, (drafts) => {
      const summaries = drafts.map(([parent], index) =>
        node(`n${index}`, index === 0 ? '' : `n${parent % index}`),
      );
      const known = drafts.flatMap(([, has], index) =>
        has ? [progress(`n${index}`, VERSION)] : [],
      );
      const measured = measureConvergence({
        ...everything,
        nodeId: 'n0',
        summaries,
        progress: known,
      });
      expect(measured.nodes).toEqual({ done: known.length, total: drafts.length });
      expect(measured.percent === 100).toBe(known.length === drafts.length);
      expect(measured.complete).toBe(measured.blocker === undefined);
    }),
  );
});

test('summaries that lie in a circle end the walk', () => {
  const { perNode } = measureConvergence({
    ...everything,
    nodeId: 'a',
    summaries: [node('a', 'b'), node('b', 'a')],
    progress: [],
  });
  expect(perNode.map(({ nodeId }) => nodeId)).toEqual(['a', 'b']);
});
