// A node's signatures hold for exactly what was signed, by exactly that node.
import {
  generateIdentity,
  loadIdentity,
  nodeIdOf,
  verifyStatement,
  verifyStatementAside,
} from '../../../core/identity.ts';

const statement = { kind: 'snapshot', rootHash: 'ab', internalVersion: 7 };

test('a signature is good for its statement, whatever the order of members', () => {
  const node = generateIdentity();
  const signature = node.sign(statement);
  const reordered = { internalVersion: 7, rootHash: 'ab', kind: 'snapshot' };
  expect(verifyStatement(node.publicKey, reordered, signature)).toBe(true);
});

test('another statement, another key or a damaged signature is refused', async () => {
  const node = generateIdentity();
  const signature = node.sign(statement);
  const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
  expect(verifyStatement(node.publicKey, { ...statement, internalVersion: 8 }, signature)).toBe(
    false,
  );
  expect(verifyStatement(generateIdentity().publicKey, statement, signature)).toBe(false);
  expect(verifyStatement(node.publicKey, statement, flipped)).toBe(false);
  expect(verifyStatement('not a key', statement, signature)).toBe(false);
  const aside: [string, object, string, boolean][] = [
    [node.publicKey, statement, signature, true],
    [node.publicKey, { ...statement, internalVersion: 8 }, signature, false],
    [generateIdentity().publicKey, statement, signature, false],
    [node.publicKey, statement, flipped, false],
    [node.publicKey, statement, 'short', false],
    ['not a key', statement, signature, false],
  ];
  for (const [key, said, by, isGood] of aside) {
    expect(await verifyStatementAside(key, said as typeof statement, by)).toBe(isGood);
  }
});

test('the id follows from the key, and a saved key is the same node', () => {
  const node = generateIdentity();
  const again = loadIdentity(node.exportPrivateKey());
  expect(again.nodeId).toBe(node.nodeId);
  expect(nodeIdOf(node.publicKey)).toBe(node.nodeId);
  expect(node.nodeId).toMatch(/^[a-z2-7]{26}$/);
  expect(again.secretFor('cursor')).toEqual(node.secretFor('cursor'));
  expect(again.secretFor('cursor')).not.toEqual(node.secretFor('other'));
});
