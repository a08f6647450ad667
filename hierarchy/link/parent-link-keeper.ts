import { Bell } from '../../catalog/bell.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import { ParentLink, type ParentLinkOptions, type ParentLinkState } from './parent-link.ts';

/**
 * Runs a {@link ParentLink} for as long as there is a parent that has admitted this node. Until the
 * membership is stored, the parent may not know its child, and would answer that it has none such.
 */
export class ParentLinkKeeper {
  private readonly options: ParentLinkOptions;
  private link: ParentLink | undefined;
  private past = 0;

  constructor(options: ParentLinkOptions) {
    this.options = options;
  }

  /** `undefined`: this node has no parent. */
  get state(): ParentLinkState | undefined {
    return this.link?.state;
  }
  /** Connections to parents that ended since this process started. */
  get reconnectCount(): number {
    return this.past + (this.link?.state.reconnects ?? 0);
  }

  /** Compares everything with the parent. Rejects with `NOT_READY` without an open link to one. */
  async compare(): Promise<void> {
    await this.open.talk.compare();
  }

  /** Resolves when everything that the parent sent is stored; rejects as {@link compare}. */
  async catchUp(): Promise<void> {
    await this.open.talk.catchUp();
  }

  private get open(): ParentLink {
    if (this.link) return this.link;
    throw new CanopyError('NOT_READY', 'There is no link to a parent.');
  }

  /** Resolves when the signal is aborted and the link has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { model } = this.options.context;
    const bell = new Bell();
    const unwatch = model.watch((change) => {
      if (!change || change.kind === 'parent') bell.ring();
    });
    try {
      while (!signal.aborted) {
        const { parent } = model.tree;
        if (parent?.membership) await this.hold(parent, bell, signal);
        else await bell.wait(signal);
      }
    } finally {
      unwatch();
    }
  }

  /** Until the parent is another one, is reached elsewhere, or is none any more. */
  private async hold(parent: Parent, bell: Bell, signal: AbortSignal): Promise<void> {
    const { tree } = this.options.context.model;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    this.link = new ParentLink(parent, this.options);
    const running = this.link.run(either);
    const isSame = (): boolean => {
      const now = tree.parent;
      return now?.nodeId === parent.nodeId && now.url === parent.url && now.membership !== '';
    };
    while (!signal.aborted && isSame()) await bell.wait(signal);
    over.abort(new DOMException('The parent is another one.', 'AbortError'));
    await running;
    this.past += this.link.state.reconnects;
    this.link = undefined;
  }
}
