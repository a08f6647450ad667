// Signatures count once: not after a clock was set back, not in the next process, not beside others.
import type { IncomingMessage } from 'node:http';
import { ReadModel } from '../../../catalog/read-model.ts';
import { systemClock, type Clock } from '../../../core/clock.ts';
import { signRequest } from '../../../core/http-signature.ts';
import { generateIdentity } from '../../../core/identity.ts';
import { NodeAuthenticator, type Carrier } from '../../../server/nodes/node-authenticator.ts';
import { NonceMemory } from '../../../server/nodes/nonce-memory.ts';
import { aPackageServer } from '../../support/database-items.ts';
import { changeOf } from '../../support/catalog-world.ts';

const START_MS = 1_790_000_000_000;
const identity = generateIdentity();
const item = aPackageServer({ publicKey: identity.publicKey });

/** A clock whose two hands are set by the test. */
function handClock(): Clock & { wallMs: number; spanMs: number } {
  const clock = {
    wallMs: START_MS,
    spanMs: 0,
    nowMs: () => clock.wallMs,
    monotonicMs: () => clock.spanMs,
    after: systemClock.after,
    sleep: systemClock.sleep,
  };
  return clock;
}

function aModel(): ReadModel {
  const smp = {
    id: item.id,
    name: 'smp1',
    scheme: 'http' as const,
    publicUrl: 'http://smp1.example',
    addresses: [],
    uncRoot: '',
  };
  const model = new ReadModel(smp);
  model.apply([changeOf('packageServer', item)], { epoch: 'test', revision: 1 });
  return model;
}

let nonces = 0;
function signedAt(nowMs: number): Carrier {
  const url = 'http://smp1.example/canopy/v1/blobs/ab';
  const headers = {
    host: 'smp1.example',
    ...signRequest(
      identity,
      { method: 'GET', url, keyId: item.id, speaker: 'PACKAGE_SERVER' },
      { nowMs, nonce: `nonce-${nonces++}` },
    ),
  };
  const request = { method: 'GET', url: '/canopy/v1/blobs/ab', headers } as IncomingMessage;
  return { request, origin: 'http://smp1.example', clientAddress: '10.0.0.9' };
}

const REFUSED = expect.objectContaining({ code: 'UNAUTHENTICATED' }) as Error;

test('the time of a refusal is one that is accepted, from the first moment on', () => {
  const clock = handClock();
  const nodes = new NodeAuthenticator({ model: aModel(), clock });
  for (const spanMs of [0, 400, 5_999, 60_000]) {
    clock.spanMs = spanMs;
    const { principal } = nodes.authenticate(signedAt(nodes.serverTimeMs))!;
    expect(principal).toMatchObject({ role: 'PACKAGE_SERVER', packageServerId: item.id });
  }
});

test('a wall clock that jumps changes nothing', () => {
  const clock = handClock();
  const nodes = new NodeAuthenticator({ model: aModel(), clock });
  clock.spanMs = 120_000;
  const carrier = signedAt(START_MS + 120_000);
  expect(nodes.authenticate(carrier)).toBeDefined();
  for (const wallMs of [START_MS, 0, START_MS * 2]) {
    clock.wallMs = wallMs;
    clock.spanMs += 70_000;
    expect(() => nodes.authenticate(carrier)).toThrow(REFUSED);
    expect(nodes.authenticate(signedAt(nodes.serverTimeMs))).toBeDefined();
  }
});

test('nothing that one process took is taken by the next', () => {
  const model = aModel();
  const clock = handClock();
  const before = new NodeAuthenticator({ model, clock });
  clock.spanMs = 90_000;
  clock.wallMs += 90_000;
  const taken = [-50_000, -10_000, 0, 4_000, 5_000].map((aheadMs) =>
    signedAt(clock.wallMs + aheadMs),
  );
  for (const carrier of taken) expect(before.authenticate(carrier)).toBeDefined();
  const after = new NodeAuthenticator({ model, clock });
  for (const passedMs of [0, 1_000, 6_000, 20_000]) {
    clock.spanMs = 90_000 + passedMs;
    for (const carrier of taken) expect(() => after.authenticate(carrier)).toThrow(REFUSED);
  }
});

test('a wrong clock does not add up to being shut out', () => {
  const clock = handClock();
  const nodes = new NodeAuthenticator({ model: aModel(), clock });
  for (let round = 0; round < 100; round++) {
    expect(() => nodes.authenticate(signedAt(0))).toThrow(REFUSED);
    expect(nodes.authenticate(signedAt(nodes.serverTimeMs))).toBeDefined();
  }
});

test('nonces are kept for their time, and there is room for so many', () => {
  const memory = new NonceMemory(2);
  expect(memory.add('a', 100, 0)).toBe(true);
  expect(memory.add('a', 100, 99)).toBe(false);
  expect(memory.add('b', 150, 99)).toBe(true);
  expect(() => memory.add('c', 150, 99)).toThrow(
    expect.objectContaining({ code: 'BUSY' }) as Error,
  );
  expect(memory.add('c', 150, 100)).toBe(true);
});
