import type { Fetch } from '../../core/http-answer.ts';
import type { Releasers } from '../../core/releasers.ts';
import { ParentLinkKeeper } from '../../hierarchy/link/parent-link-keeper.ts';
import type { ParentPorts } from '../../hierarchy/link/parent-ports.ts';
import type { Smp } from '../open-smp.ts';
import { cursorKeyOf } from './child-links.ts';
import { parentConnector } from './parent-connector.ts';

export interface TreeWork {
  readonly parentLink: ParentLinkKeeper;
}

/** Starts what an SMP does by itself as a node of a tree; `releasers` ends it. */
export function startTree(
  smp: Smp,
  { fetch, ports }: { readonly fetch: Fetch; readonly ports: ParentPorts },
  releasers: Releasers,
): TreeWork {
  const { context, database, content, bootCounter } = smp;
  const parentLink = new ParentLinkKeeper({
    context,
    wakeups: database.wakeups,
    cursorKey: cursorKeyOf(smp),
    content,
    connector: parentConnector(context, fetch),
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
