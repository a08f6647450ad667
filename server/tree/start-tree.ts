import { WebSocket } from 'ws';
import type { Releasers } from '../../core/releasers.ts';
import { parentConnector } from '../../hierarchy/link/parent-connector.ts';
import { ParentLinkKeeper } from '../../hierarchy/link/parent-link-keeper.ts';
import type { Smp } from '../open-smp.ts';
import { cursorKeyOf } from './child-links.ts';
import { keepSummary, type SummaryInputs } from './keep-summary.ts';
import type { TreeParts } from './tree-parts.ts';

export interface TreeWork {
  /** `undefined`: this server follows no parent. */
  readonly parentLink: ParentLinkKeeper | undefined;
}

/** Starts what an SMP does by itself as a node of a tree; `releasers` ends it. */
export function startTree(
  smp: Smp,
  parts: TreeParts,
  { releasers, ...summary }: SummaryInputs & { readonly releasers: Releasers },
): TreeWork {
  const { context, database, content, bootCounter } = smp;
  const { parentPorts: ports } = parts;
  untilReleased(releasers, (signal) => keepSummary(smp, summary, signal));
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
  untilReleased(releasers, (signal) => parentLink.run(signal));
  return { parentLink };
}

function untilReleased(releasers: Releasers, run: (signal: AbortSignal) => Promise<void>): void {
  const stopping = new AbortController();
  const running = run(stopping.signal);
  releasers.add(async () => {
    stopping.abort(new DOMException('Stopping.', 'AbortError'));
    await running;
  });
}
