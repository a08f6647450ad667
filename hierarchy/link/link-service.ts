import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';
import { childStream, type ChildStreamInputs } from './child-stream.ts';
import type { ParentLinkState } from './parent-link.ts';
import { linkedChild } from './linked-child.ts';
import type {
  ChildHello,
  DigestQuestion,
  DownloadTicket,
  OperationAnswer,
  UpPage,
} from './link-protocol.ts';

export interface LinkInputs extends Omit<ChildStreamInputs, 'current' | 'services'> {
  /** `undefined`: this server takes no children. */
  readonly services: ChildStreamInputs['services'] | undefined;
  readonly parentLink: { readonly state: ParentLinkState | undefined } | undefined;
}

/** Questions and keys that one call may carry. */
const MAX_PREFIXES = 256;
const MAX_KEYS = 200;
const PREFIX = /^[0-9a-f]{0,64}$/;

/**
 * The links of children. A child may use its own; each call counts as a sign of life of it and
 * throws `NOT_A_CHILD` when it is none (any more). People may look.
 */
export function linkFor(inputs: LinkInputs, current: () => Principal | undefined) {
  const { context, sessions } = inputs;
  const services = () => {
    if (inputs.services) return inputs.services;
    throw new CanopyError('NOT_READY', 'This server takes no children.');
  };
  const asking = (): Child => {
    const child = linkedChild(context, current());
    sessions.heard(child.id);
    return child;
  };
  return {
    openChildLink: (hello: ChildHello, signal: AbortSignal) =>
      childStream({ ...inputs, services: services(), current }, hello, signal),
    async acknowledgeTree(cursor: string) {
      const child = asking();
      // A sign of life alone.
      if (cursor === '') return;
      await services().acknowledge(child, cursor);
      sessions.acknowledge(child.id, cursor);
    },
    async treeDigests(question: DigestQuestion) {
      const child = asking();
      requireList('prefixes', question.prefixes, MAX_PREFIXES, (one) => PREFIX.test(one));
      return services().digests(child, question);
    },
    async treeItems(keys: readonly string[]) {
      const child = asking();
      requireList('keys', keys, MAX_KEYS, (one) => one.length <= 200);
      return services().items(child, keys);
    },
    async offerTreeItems(items: readonly SignedTreeItem[]) {
      const child = asking();
      requireList('items', items, MAX_KEYS, () => true);
      return services().offerNewer(child, items);
    },
    async reportTree(page: UpPage) {
      const child = asking();
      await services().report(child, page);
    },
    async answerOperation(answer: OperationAnswer) {
      sessions.answer(asking().id, answer);
    },
    async downloadTicket(packageId: Guid, internalVersion: number): Promise<DownloadTicket> {
      return services().ticket(asking(), packageId, internalVersion);
    },
    async leaveParent() {
      const child = asking();
      await services().leave(child);
      sessions.forget(child.id);
    },
    /** How the link of a child is doing. Role VIEWER. */
    stateOf(childId: Guid) {
      requireRole(current(), 'VIEWER');
      return sessions.stateOf(childId);
    },
    /** How the link to the parent is doing; `undefined` without one. Role VIEWER. */
    parentState() {
      requireRole(current(), 'VIEWER');
      return inputs.parentLink?.state;
    },
  };
}

function requireList<T>(
  field: string,
  list: readonly T[],
  max: number,
  isFine: (one: T) => boolean,
): void {
  if (list.length > max) {
    throw new CanopyError('INVALID_INPUT', `${field}: ${list.length} are more than ${max}.`, {
      path: [field],
      hint: 'Ask several times.',
    });
  }
  const index = list.findIndex((one) => !isFine(one));
  if (index < 0) return;
  throw new CanopyError('INVALID_INPUT', `${field}.${index}: this is none.`, {
    path: [field, String(index)],
  });
}
