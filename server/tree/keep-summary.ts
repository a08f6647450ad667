import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import { PRODUCT_VERSION } from '../../core/product.ts';
import { readinessOf } from '../../hierarchy/crossing/readiness.ts';
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
    readinessReasons: () => readinessOf(model, links, context.clock.nowMs()).reasons,
  });
  return keeper.run(signal);
}
