// A join heals whatever is lost and whoever dies when: both ends agree, or neither knows the other.
import fc from 'fast-check';
import { isCanopyError } from '../../../core/errors.ts';
import type { Site, Subnet } from '../../../catalog/model.ts';
import { leaveStatement, type LeaveNotice } from '../../../hierarchy/membership/admission.ts';
import type { Guid } from '../../../core/guid.ts';
import { leaveHierarchy, removeChild, takeLeave } from '../../../hierarchy/membership/leave.ts';
import { systemRandom } from '../../../core/random.ts';
import { Died, World, type Fate, type Smp } from './membership-world.ts';

const MINUTE_MS = 60_000;

async function placed(smp: Smp): Promise<Smp> {
  const site: Site = { id: systemRandom.guid(), name: `Site of ${smp.name}`, description: '' };
  const subnet: Subnet = {
    id: systemRandom.guid(),
    network: '10.0.0.0/24',
    name: '',
    siteId: site.id,
  };
  await smp.inputs.context.write(async (tx) => {
    tx.put('site', site);
    tx.put('subnet', subnet);
  });
  return smp;
}

async function twoSmps(): Promise<{ world: World; head: Smp; branch: Smp }> {
  const world = new World();
  const head = await placed(world.smp('head'));
  return { world, head, branch: await placed(world.smp('branch')) };
}

/** Messages that are lost and processes that die are what is tested; every other error is one. */
async function survived(smp: Smp, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Died) smp.start();
    else if (!isCanopyError(error)) throw error;
  }
}

async function heal(world: World, smps: readonly Smp[], spanMs: number): Promise<void> {
  world.fates = [];
  for (const smp of smps) smp.start();
  for (let round = 0; round < 6; round += 1) {
    for (const smp of smps) {
      await smp.keeper.step();
      await smp.openLink();
    }
    world.clock.advance(round === 3 ? spanMs : 2 * MINUTE_MS);
  }
}

type Action =
  | { readonly do: 'join' | 'leave' | 'remove' | 'link' | 'branch' | 'head' | 'wait' }
  | {
      readonly do: 'die';
      readonly who: 0 | 1;
      readonly write: number;
      readonly committed: boolean;
    };

const ACTION: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Action>({ do: 'join' }, { do: 'link' }) },
  { weight: 3, arbitrary: fc.constantFrom<Action>({ do: 'branch' }, { do: 'head' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Action>({ do: 'leave' }, { do: 'remove' }, { do: 'wait' }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('die' as const),
      who: fc.constantFrom(0 as const, 1 as const),
      write: fc.nat(2),
      committed: fc.boolean(),
    }),
  },
);
const FATES = fc.array(fc.constantFrom<Fate>('ARRIVES', 'ARRIVES', 'LOST', 'ANSWER_LOST'), {
  maxLength: 24,
});

test('whatever is lost and whoever dies when, both ends agree after a while', async () => {
  let joined = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(ACTION, { maxLength: 14 }), FATES, async (actions, fates) => {
      const { world, head, branch } = await twoSmps();
      world.fates = [...fates];
      for (const action of actions) await perform(action, { world, head, branch });
      await heal(world, [head, branch], 61 * MINUTE_MS);
      await heal(world, [head, branch], 31 * 24 * 60 * MINUTE_MS);
      const above = branch.parent;
      const below = head.child(branch);
      expect([above?.state, below?.state]).toEqual(
        above ? ['JOINED', 'JOINED'] : [undefined, undefined],
      );
      expect(above?.tokenId).toBe(below?.tokenId);
      expect([...branch.model.tree.leftParents]).toEqual([]);
      if (above) joined += 1;
    }),
    { numRuns: 300 },
  );
  expect(joined).toBeGreaterThan(20);
});

async function perform(
  action: Action,
  { world, head, branch }: { readonly world: World; readonly head: Smp; readonly branch: Smp },
): Promise<void> {
  switch (action.do) {
    case 'join': {
      const token = await head.newToken();
      return survived(branch, () => branch.join(head, token));
    }
    case 'leave':
      return survived(branch, () =>
        leaveHierarchy(branch.inputs, { items: 'KEEP', dryRun: false }),
      );
    case 'remove':
      return survived(head, () =>
        removeChild(head.inputs, branch.guid, { items: 'KEEP', dryRun: false }),
      );
    case 'link':
      return survived(branch, () => branch.openLink());
    case 'branch':
      return survived(branch, () => branch.keeper.step());
    case 'head':
      return survived(head, () => head.keeper.step());
    case 'wait':
      return world.clock.advance(25 * MINUTE_MS);
    case 'die': {
      const smp = action.who === 0 ? head : branch;
      smp.diesAt = { write: action.write, committed: action.committed };
    }
  }
}

test('an answer that is lost is asked for again, and the token is not used up by it', async () => {
  const { world, head, branch } = await twoSmps();
  const token = await head.newToken();
  // prove, dry run, prove, and the admission whose answer is lost
  world.fates = ['ARRIVES', 'ARRIVES', 'ARRIVES', 'ANSWER_LOST'];
  const { parent } = await branch.join(head, token);
  expect([parent?.state, parent?.membership]).toEqual(['JOINING', '']);
  expect(head.child(branch)?.state).toBe('JOINING');
  await branch.keeper.step();
  expect(branch.parent?.membership).toBe(head.child(branch)?.membership);
  await branch.openLink();
  expect([branch.parent?.state, head.child(branch)?.state]).toEqual(['JOINED', 'JOINED']);
});

test('a join that is never completed is given up on both sides in the life of its token', async () => {
  const { world, head, branch } = await twoSmps();
  await branch.join(head, await head.newToken(30));
  world.clock.advance(30 * MINUTE_MS);
  await head.keeper.step();
  expect(head.child(branch)).toBeUndefined();
  await branch.keeper.step();
  expect(branch.parent).toBeUndefined();
  expect(branch.localized).toEqual([true]);
});

test('whoever dies at which write of a join, it ends as JOINED when the link opens, or as nothing', async () => {
  for (const comesBack of [true, false]) {
    for (const who of ['head', 'branch'] as const) {
      for (const committed of [true, false]) {
        for (let write = 0; write < 3; write += 1) {
          const { world, head, branch } = await twoSmps();
          const token = await head.newToken();
          const dying = who === 'head' ? head : branch;
          dying.diesAt = { write, committed };
          await survived(branch, () => branch.join(head, token));
          head.start();
          branch.start();
          const wasBegun = branch.parent !== undefined;
          if (comesBack) {
            await branch.keeper.step();
            await branch.openLink();
          }
          world.clock.advance(61 * MINUTE_MS);
          for (let round = 0; round < 3; round += 1) {
            for (const smp of [head, branch]) await smp.keeper.step();
          }
          const states = [branch.parent?.state, head.child(branch)?.state];
          const isJoined = comesBack && wasBegun;
          expect(states).toEqual(isJoined ? ['JOINED', 'JOINED'] : [undefined, undefined]);
        }
      }
    }
  }
});

test('two that join each other at the same moment end as one relation or none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 24 }), async (delays) => {
      const { world, head, branch } = await twoSmps();
      const tokens = [await head.newToken(), await branch.newToken()];
      world.beforeMessage = async () => {
        for (let ticks = delays.shift() ?? 0; ticks > 0; ticks -= 1) await Promise.resolve();
      };
      await Promise.allSettled([branch.join(head, tokens[0]!), head.join(branch, tokens[1]!)]);
      await heal(world, [head, branch], 61 * MINUTE_MS);
      const relations = [head.parent?.state, branch.parent?.state].filter(Boolean);
      expect([[], ['JOINED']]).toContainEqual(relations);
      expect(head.child(branch)?.state).toBe(branch.parent?.state);
      expect(branch.child(head)?.state).toBe(head.parent?.state);
    }),
    { numRuns: 100 },
  );
});

test('of three that close a loop at the same moment the one with the greatest node id leaves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }), async (order) => {
      const world = new World();
      const smps: Smp[] = [];
      for (const name of ['one', 'two', 'three']) smps.push(await placed(world.smp(name)));
      const above = (index: number): Smp => smps[(index + 1) % 3]!;
      const tokens = await Promise.all(smps.map((_, index) => above(index).newToken()));
      let waiting = 0;
      let release!: () => void;
      const all = new Promise<void>((resolve) => (release = resolve));
      // Nobody is admitted before all have stored that they are joining.
      world.beforeMessage = async (kind) => {
        if (kind !== 'admit') return;
        if ((waiting += 1) === 3) release();
        await all;
      };
      await Promise.all(smps.map((smp, index) => smp.join(above(index), tokens[index]!)));
      expect(smps.map(({ parent }) => parent?.state)).toEqual(Array(3).fill('JOINING'));
      for (const index of order) await smps[index]!.openLink();
      await heal(world, smps, MINUTE_MS);
      await heal(world, smps, MINUTE_MS);
      const ids = smps.map(({ identity }) => identity.nodeId).sort();
      const without = smps.filter(({ parent }) => !parent).map(({ identity }) => identity.nodeId);
      expect(without).toEqual([ids[2]]);
    }),
    { numRuns: 50 },
  );
});

test('another root than the expected one is left, at the join and when it changes later', async () => {
  const world = new World();
  const [head, branch, other] = [
    await placed(world.smp('head')),
    await placed(world.smp('branch')),
    await placed(world.smp('other')),
  ];
  const expectRoot = head.identity.nodeId;
  await expect(branch.join(other, await other.newToken(), { expectRoot })).rejects.toMatchObject({
    code: 'ROOT_NOT_EXPECTED',
  });
  await branch.join(head, await head.newToken(), { expectRoot });
  await branch.openLink();
  expect(branch.parent?.state).toBe('JOINED');
  await head.join(other, await other.newToken());
  await head.openLink();
  await branch.openLink();
  expect(branch.parent).toBeUndefined();
  expect(branch.model.tree.leftParents[0]?.reason).toContain(other.identity.nodeId);
});

test('a parent is replaced in one step, and comes back when the new one refuses', async () => {
  const world = new World();
  const [head, branch, other] = [
    await placed(world.smp('head')),
    await placed(world.smp('branch')),
    await placed(world.smp('other')),
  ];
  await branch.join(head, await head.newToken());
  await branch.openLink();
  world.clock.advance(120 * MINUTE_MS);
  const token = await other.newToken();
  await expect(branch.join(other, token)).rejects.toMatchObject({ code: 'SECOND_PARENT' });

  world.beforeMessage = async (kind) => {
    if (kind === 'admit') await other.inputs.tokens.remove(tokenIdOf(token));
  };
  const replaceParent = true;
  await expect(branch.join(other, token, { replaceParent })).rejects.toMatchObject({
    code: 'ENROLLMENT_REFUSED',
  });
  expect(branch.parent).toMatchObject({ name: 'head', state: 'JOINED' });
  expect([...branch.model.tree.leftParents]).toEqual([]);

  world.beforeMessage = async () => undefined;
  await branch.join(other, await other.newToken(), { replaceParent });
  await branch.keeper.step();
  expect(head.child(branch)?.state).toBe('JOINED');
  await branch.openLink();
  await branch.keeper.step();
  expect(branch.parent).toMatchObject({ name: 'other', state: 'JOINED' });
  expect(head.child(branch)).toBeUndefined();
});

test('an SMP that comes back to a parent by way of another compares everything there', async () => {
  const world = new World();
  const [head, branch, other] = [
    await placed(world.smp('head')),
    await placed(world.smp('branch')),
    await placed(world.smp('other')),
  ];
  const join = async (parent: Smp, replaceParent: boolean) => {
    await branch.join(parent, await parent.newToken(), { replaceParent });
    await branch.openLink();
  };
  await other.join(head, await head.newToken());
  await other.openLink();
  await join(head, false);
  const { nodeId } = head.identity;
  await branch.inputs.context.write(async (tx) =>
    tx.put('feedPosition', { direction: 'DOWN', nodeId, cursor: 'of then', atMs: 0 }),
  );
  await join(other, true);
  await branch.keeper.step();
  await join(head, true);
  const read = branch.inputs.context.write((tx) => tx.get('feedPosition', `DOWN/${nodeId}`));
  expect(branch.parent).toMatchObject({ nodeId, state: 'JOINED' });
  expect(await read).toBeUndefined();
});

test('a leave that arrives a second time does not end the join after it; a forged one ends nothing', async () => {
  const { head, branch } = await twoSmps();
  const rejoin = async () => {
    await branch.join(head, await head.newToken());
    await branch.openLink();
  };
  await rejoin();
  const notice = (tokenId: Guid, signer = branch): LeaveNotice => {
    const { publicKey } = branch.identity;
    const parentNodeId = head.identity.nodeId;
    const facts = { parentNodeId, childGuid: branch.guid, publicKey, tokenId };
    return { ...facts, signature: signer.identity.sign(leaveStatement(facts)) };
  };
  const first = notice(branch.parent!.tokenId);
  await leaveHierarchy(branch.inputs, { items: 'KEEP', dryRun: false });
  await takeLeave(head.inputs, first);
  expect(head.child(branch)).toBeUndefined();
  await rejoin();
  await takeLeave(head.inputs, first);
  expect(head.child(branch)?.state).toBe('JOINED');
  const forged = notice(branch.parent!.tokenId, head);
  await expect(takeLeave(head.inputs, forged)).rejects.toThrow(/not signed/);
  expect(head.child(branch)?.state).toBe('JOINED');
});

const tokenIdOf = (token: string) => token.split('.')[2]! as Guid;
