import { locateAsker } from '../../catalog/locate-asker.ts';
import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import { PRODUCT_VERSION } from '../../core/product.ts';
import { SummaryKeeper } from '../../hierarchy/remote/summary-keeper.ts';
import type { Smp } from '../open-smp.ts';

export interface SummaryInputs {
  /** Where people reach this server. */
  readonly url: string;
  readonly links: PackageServerLinks;
}

/** Keeps what this server says of itself up to date until `signal` aborts. */
export function keepSummary(
  { context, model }: Pick<Smp, 'context' | 'model'>,
  { url, links }: SummaryInputs,
  signal: AbortSignal,
): Promise<void> {
  const keeper = new SummaryKeeper(context, {
    version: PRODUCT_VERSION,
    url,
    packageServersConnected: () => links.openCount,
    readinessReasons: () => readinessReasons(model),
  });
  return keeper.run(signal);
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
