// What the parent told of its package servers ends with the parent.
import { generateIdentity } from '../../../../core/identity.ts';
import { silentLogger } from '../../../../core/logger.ts';
import { systemRandom } from '../../../../core/random.ts';
import type { CatalogContext } from '../../../../catalog/context.ts';
import { ParentCrossing } from '../../../../hierarchy/crossing/parent-crossing.ts';
import { CrossingModel, UPSTREAM } from './crossing-model.ts';

const SERVERS = [{ packageServerId: UPSTREAM, name: 'PS-UP', urls: ['http://up.example'] }];

test.each([
  ['is left', (world: CrossingModel, nodeId: string) => world.remove('parent', nodeId)],
  [
    'is another one',
    (world: CrossingModel, nodeId: string) => {
      world.putParent({ nodeId, state: 'LEFT' });
      world.putParent({ nodeId: 'b'.repeat(26), name: 'other' });
    },
  ],
])('its package servers are forgotten when it %s, and not before', async (_, end) => {
  const world = new CrossingModel();
  const { model, clock } = world;
  const context = {
    model,
    clock,
    logger: silentLogger,
    random: systemRandom,
    identity: generateIdentity(),
  } as unknown as CatalogContext;
  const crossing = new ParentCrossing(context, world.links);
  const stopping = new AbortController();
  const running = crossing.run(stopping.signal);
  const link = crossing.connected({ ticket: () => Promise.reject(new Error('not asked')) });
  await link.take({ kind: 'SERVERS', servers: SERVERS });
  link.close();
  const { nodeId } = model.tree.parent!;
  world.putParent({ name: 'renamed' });
  expect(model.crossings.upstreamServers).toEqual(SERVERS);
  end(world, nodeId);
  expect(model.crossings.upstreamServers).toBeUndefined();
  stopping.abort();
  await running;
});
