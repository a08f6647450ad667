// Whatever happens to reports on their way, lost answers, repetitions, old ones that come late,
// restarts on either side, one full report later the SMP shows exactly what the machine holds.
import fc from 'fast-check';
import type { Package } from '../../catalog/model.ts';
import {
  aMachine,
  held,
  publish,
  ready,
  report,
  server,
  useServer,
  VERSION,
} from './link-world.ts';
import type { Answer } from './graphql-server.ts';

useServer();

type Step =
  | {
      readonly kind: 'CHANGE';
      readonly at: number;
      readonly holds: boolean;
      readonly lost: boolean;
    }
  | { readonly kind: 'REPEAT' }
  | { readonly kind: 'LATE'; readonly back: number }
  | { readonly kind: 'RESTART' }
  /** The SMP is put back to a state from before some reports. */
  | { readonly kind: 'FORGET'; readonly at: number };

const PACKAGES = 4;
const at = fc.nat(PACKAGES - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('CHANGE' as const), at, holds: fc.boolean(), lost: fc.boolean() }),
  fc.record({ kind: fc.constant('REPEAT' as const) }),
  fc.record({ kind: fc.constant('LATE' as const), back: fc.nat(5) }),
  fc.record({ kind: fc.constant('RESTART' as const) }),
  fc.record({ kind: fc.constant('FORGET' as const), at }),
);

test('they cannot stay different', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), (steps) => converges(steps)),
    { numRuns: 25 },
  );
});

async function converges(steps: readonly Step[]): Promise<void> {
  const ps = await aMachine();
  const packages: Package[] = [];
  for (let count = 0; count < PACKAGES; count += 1) packages.push(await publish());
  const holds = packages.map(() => false);
  let bootCounter = 1;
  let sequence = 0;
  const sent: Parameters<typeof report>[1][] = [];
  const holdingOf = (one: Package, index: number): object =>
    holds[index] ? ready(ps, one) : { packageGuid: one.id, status: 'PENDING', held: [] };
  const send = (said: Answer): Promise<Answer> => report(ps, said);
  const next = (full: boolean, holdings: object[]): Answer => {
    sequence += 1;
    const said = { bootCounter, sequence, full, holdings };
    sent.push(said);
    return said;
  };
  for (const one of steps) {
    switch (one.kind) {
      case 'CHANGE': {
        holds[one.at] = one.holds;
        const said = next(false, [holdingOf(packages[one.at]!, one.at)]);
        // Lost on the way there; lost on the way back is a repetition.
        if (!one.lost) await send(said);
        break;
      }
      case 'REPEAT':
        if (sent.length > 0) await send(sent.at(-1)!);
        break;
      case 'LATE':
        if (sent.length > 0) await send(sent.at(-1 - one.back) ?? sent[0]!);
        break;
      case 'RESTART':
        bootCounter += 1;
        sequence = 0;
        break;
      case 'FORGET':
        await server.write(async (tx) => {
          tx.remove('holding', `${ps.id}/${packages[one.at]!.id}`);
        });
    }
  }
  const full = next(true, packages.map(holdingOf));
  await send(full);
  await send(full);
  expect(
    packages.map((one) => (held(ps, one) ?? []).map((version) => version.internalVersion)),
  ).toEqual(holds.map((isHeld) => (isHeld ? [VERSION] : [])));
}
