import { locateAsker } from '../../catalog/locate-asker.ts';
import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import { PRODUCT_VERSION } from '../../core/product.ts';
import type { Releasers } from '../../core/releasers.ts';
import { SummaryKeeper } from '../../hierarchy/remote/summary-keeper.ts';
import type { Smp } from '../open-smp.ts';

/** Starts what a node of a tree does by itself; `releasers` ends it. */
export function startTree(
  { context, model }: Smp,
  {
    url,
    links,
    releasers,
  }: { readonly url: string; readonly links: PackageServerLinks; readonly releasers: Releasers },
): void {
  const stopping = new AbortController();
  const keeper = new SummaryKeeper(context, {
    version: PRODUCT_VERSION,
    url,
    packageServersConnected: () => links.openCount,
    readinessReasons: () => readinessReasons(model),
  });
  const kept = keeper.run(stopping.signal);
  releasers.add(async () => {
    stopping.abort();
    await kept;
  });
}

/** Package files move between package servers of the sites that the two SMPs are in. */
function readinessReasons(model: ReadModel): string[] {
  const { sites } = locateAsker(model, { addresses: model.smp.addresses });
  if (sites.length === 0) return ['No site contains an address of this SMP.'];
  const own = new Set(sites.map(({ id }) => id));
  const isServed = [...model.packageServers()].some((server) =>
    model.sitesOf(server).some(({ site }) => own.has(site.id)),
  );
  return isServed ? [] : ['No package server serves a site of this SMP.'];
}
