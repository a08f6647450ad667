import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { UpstreamOffer } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type { OfferChanges } from './offer-book.ts';

/** What one package may have; a parent that says more has its first ones taken. */
const MAX_SOURCES = 64;
const MAX_URLS = 8;
const MAX_URL = 2_000;

/** Takes over the offers of the parent. One intake lives as long as a link. */
export class OfferIntake {
  private readonly context: CatalogContext;
  /** Named so far on this link; `undefined` once the list was complete. */
  private named: Set<Guid> | undefined = new Set();

  constructor(context: CatalogContext) {
    this.context = context;
  }

  /** Stores one event in one transaction; the last one of the list withdraws what none of them named. */
  async take({ offers, withdrawn, complete }: OfferChanges): Promise<void> {
    for (const { packageId } of offers) this.named?.add(packageId);
    for (const packageId of withdrawn) this.named?.delete(packageId);
    const kept = complete ? this.named : undefined;
    await this.context.write(async (tx) => {
      for (const packageId of withdrawn) tx.remove('upstreamOffer', packageId);
      for (const offer of offers) tx.put('upstreamOffer', usableOffer(offer));
      if (kept) await withdrawOthers(tx, kept);
    });
    if (complete) this.named = undefined;
  }
}

/** Withdraws every offer, in the transaction in which this SMP leaves its parent. */
export async function withdrawAllOffers(tx: CatalogTransaction): Promise<void> {
  await withdrawOthers(tx, new Set());
}

async function withdrawOthers(tx: CatalogTransaction, kept: ReadonlySet<Guid>): Promise<void> {
  for (const { packageId } of await tx.list('upstreamOffer')) {
    if (!kept.has(packageId)) tx.remove('upstreamOffer', packageId);
  }
}

/** Only addresses of the kinds that codebases have. */
function usableOffer({ sources, ...offer }: UpstreamOffer): UpstreamOffer {
  const usable = sources.map(({ urls, ...source }) => ({
    ...source,
    urls: urls.filter(isCodebaseUrl).slice(0, MAX_URLS),
  }));
  return {
    ...offer,
    sources: usable.filter(({ urls }) => urls.length > 0).slice(0, MAX_SOURCES),
  };
}

function isCodebaseUrl(url: string): boolean {
  if (url.length > MAX_URL) return false;
  return url.startsWith('\\\\') || (/^https?:\/\//i.test(url) && URL.canParse(url));
}
