import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Releasers } from '../../core/releasers.ts';
import { ParentCrossing } from '../../hierarchy/crossing/parent-crossing.ts';

/** What goes on because this server may be a node of a tree. */
export interface RunningTree {
  readonly context: CatalogContext;
  /** Where a link to the parent brings its offers, and asks for tickets. */
  readonly crossing: ParentCrossing;
}

export function startTree(
  context: CatalogContext,
  links: PackageServerLinks,
  releasers: Releasers,
): RunningTree {
  const stopping = new AbortController();
  const crossing = new ParentCrossing(context, links);
  const running = crossing.run(stopping.signal);
  releasers.add(async () => {
    stopping.abort(new DOMException('Stopping.', 'AbortError'));
    await running;
  });
  return { context, crossing };
}
