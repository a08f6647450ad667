// What a child answers and what it denies: the assertion is tried in every way it can be wrong.
import type { Ancestor } from '../../../../catalog/tree-model.ts';
import { ReadModel } from '../../../../catalog/read-model.ts';
import { DEFAULT_SETTINGS, type RemoteAccess } from '../../../../catalog/settings.ts';
import { generateIdentity } from '../../../../core/identity.ts';
import { silentLogger } from '../../../../core/logger.ts';
import { systemRandom } from '../../../../core/random.ts';
import type { DelegatedOperation } from '../../../../hierarchy/link/link-protocol.ts';
import { signAssertion } from '../../../../hierarchy/remote/assertion.ts';
import { delegatedExecutor } from '../../../../hierarchy/remote/delegated-executor.ts';
import type { LocalOperation } from '../../../../hierarchy/remote/remote-ports.ts';
import { treeItems } from '../../../support/tree-items.ts';

const NOW_MS = 1_767_225_600_000;
const root = generateIdentity();
const parent = generateIdentity();
const self = generateIdentity();
const stranger = generateIdentity();

const ancestor = ({ nodeId, publicKey }: typeof root, name: string): Ancestor => ({
  nodeId,
  publicKey,
  guid: systemRandom.guid(),
  name,
  membership: '',
});

function world(remoteAccess: RemoteAccess = 'READ') {
  const model = new ReadModel({
    id: systemRandom.guid(),
    name: 'branch',
    scheme: 'http',
    publicUrl: '',
    addresses: [],
    uncRoot: '',
  });
  const item = {
    ...treeItems(systemRandom.guid()).parent,
    nodeId: parent.nodeId,
    state: 'JOINED' as const,
    lineage: [ancestor(root, 'root'), ancestor(parent, 'region')],
  };
  const change = { revision: 1, scope: 'NODE' as const, atMs: 0 };
  model.apply(
    [
      { ...change, kind: 'parent', key: item.nodeId, item },
      { ...change, kind: 'settings', key: 'settings', item: { ...DEFAULT_SETTINGS, remoteAccess } },
    ],
    { epoch: 'e', revision: 1 },
  );
  const ran: LocalOperation[] = [];
  const executor = delegatedExecutor({
    context: { model, identity: self, logger: silentLogger },
    parentTimeMs: () => NOW_MS,
    runLocally: async (operation) => {
      ran.push(operation);
      return { data: { smp: { name: 'branch' } }, errors: [], prunedFields: ['Smp.new'] };
    },
  });
  const ask = (operation: DelegatedOperation) => executor(operation, new AbortController().signal);
  return { ran, ask };
}

const operation = { query: 'query ($x: Int) { smp { name } }', variables: { x: 1 } };

function signedBy(
  identity: typeof root,
  given: { targetNodeId?: string; nowMs?: number } = {},
): DelegatedOperation {
  const assertion = signAssertion(identity, {
    user: 'alice',
    role: 'ADMIN',
    targetNodeId: self.nodeId,
    operation,
    nowMs: NOW_MS,
    ...given,
  });
  return { id: '1', ...operation, timeoutMs: 900, assertion };
}

test('a signed question is answered, as a viewer whatever the asker may do at home', async () => {
  const { ran, ask } = world();
  expect(await ask(signedBy(parent))).toEqual({
    id: '1',
    status: 'OK',
    data: { smp: { name: 'branch' } },
    errors: [],
    prunedFields: ['Smp.new'],
  });
  expect(ran).toEqual([
    {
      ...operation,
      timeoutMs: 900,
      principal: { name: 'alice via region', role: 'VIEWER' },
      signal: expect.any(AbortSignal),
    },
  ]);
  expect((await ask(signedBy(root))).status).toBe('OK');
  expect(ran[1]?.principal.name).toBe('alice via root');
});

const valid = signedBy(parent);
const { assertion } = valid;
test.each<[string, DelegatedOperation, RegExp]>([
  ['expired', signedBy(parent, { nowMs: NOW_MS - 30_000 }), /too old/],
  ['valid for too long', signedBy(parent, { nowMs: NOW_MS + 30_001 }), /too long/],
  ['for another node', signedBy(parent, { targetNodeId: root.nodeId }), /another SMP/],
  ['of a stranger', signedBy(stranger), /not above/],
  ['of this node itself', signedBy(self), /not above/],
  ['another query', { ...valid, query: '{ smp { guid } }' }, /not the one/],
  ['other variables', { ...valid, variables: { x: 2 } }, /not the one/],
  ['another user', { ...valid, assertion: { ...assertion, user: 'bob' } }, /did not sign/],
  [
    'prolonged',
    { ...valid, assertion: { ...assertion, expiresAtMs: NOW_MS + 60_000 } },
    /did not sign/,
  ],
  [
    'under another name',
    { ...valid, assertion: { ...assertion, askerNodeId: root.nodeId } },
    /did not sign/,
  ],
  ['unsigned', { ...valid, assertion: { ...assertion, signature: '' } }, /did not sign/],
])('%s is denied and nothing is executed', async (_name, asked, reason) => {
  const { ran, ask } = world();
  const answer = await ask(asked);
  expect(answer).toMatchObject({ id: '1', status: 'DENIED', data: undefined, prunedFields: [] });
  expect(answer.errors[0]?.message).toMatch(reason);
  expect(ran).toEqual([]);
});

test('with remoteAccess SUMMARY nobody above reads', async () => {
  const { ran, ask } = world('SUMMARY');
  expect(await ask(signedBy(parent))).toMatchObject({ status: 'DENIED' });
  expect(ran).toEqual([]);
});
