import { WebSocket } from 'ws';
import type { Releasers } from '../../core/releasers.ts';
import { parentConnector } from '../../hierarchy/link/parent-connector.ts';
import { ParentLinkKeeper } from '../../hierarchy/link/parent-link-keeper.ts';
import type { Smp } from '../open-smp.ts';
import { cursorKeyOf } from './child-links.ts';
import type { TreeParts } from './tree-parts.ts';

export interface TreeWork {
  /** `undefined`: this server follows no parent. */
  readonly parentLink: ParentLinkKeeper | undefined;
}

/** Starts what an SMP does by itself as a node of a tree; `releasers` ends it. */
export function startTree(smp: Smp, parts: TreeParts, releasers: Releasers): TreeWork {
  const { context, database, content, bootCounter } = smp;
  const { parentPorts: ports } = parts;
  if (!ports) return { parentLink: undefined };
  const network = { fetch: globalThis.fetch, webSocket: WebSocket };
  const parentLink = new ParentLinkKeeper({
    context,
    wakeups: database.wakeups,
    cursorKey: cursorKeyOf(smp),
    content,
    connector: parentConnector(context, network),
    ports,
    bootCounter,
  });
  const stopping = new AbortController();
  const running = parentLink.run(stopping.signal);
  releasers.add(async () => {
    stopping.abort(new DOMException('Stopping.', 'AbortError'));
    await running;
  });
  return { parentLink };
}
