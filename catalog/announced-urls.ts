import type { CatalogContext } from './context.ts';
import type { PackageServer } from './model.ts';
import { updatePackageServer } from './package-servers.ts';
import type { InputCheck } from './validation.ts';

const SCHEMES = ['http', 'https'] as const;

/** Notes what is wrong with URLs that a package server says it is reached at. */
export function checkAnnouncedUrls(
  check: InputCheck,
  path: string,
  urls: readonly string[] = [],
): void {
  const seen = new Set<string>();
  for (const [index, url] of urls.entries()) {
    const scheme = schemeOf(url) ?? 'http';
    check.webUrl(`${path}.${index}`, url, scheme);
    if (seen.has(scheme)) check.add(`${path}.${index}`, `is a second URL of ${scheme}.`);
    seen.add(scheme);
  }
}

/**
 * Takes the URLs that a package server says it is reached at in place of those it had. They are in
 * its codebases when this resolves, and the ones before in none. Without any everything stays.
 */
export async function takeAnnouncedUrls(
  context: CatalogContext,
  before: PackageServer,
  urls: readonly string[] = [],
): Promise<void> {
  if (urls.length === 0) return;
  const of = (wanted: string): string => urls.find((url) => schemeOf(url) === wanted) ?? '';
  const input = { httpUrl: of('http'), httpsUrl: of('https') };
  if (input.httpUrl === before.httpUrl && input.httpsUrl === before.httpsUrl) return;
  await updatePackageServer(context, before.id, input);
}

function schemeOf(url: string): (typeof SCHEMES)[number] | undefined {
  return SCHEMES.find((scheme) => url.toLowerCase().startsWith(`${scheme}:`));
}
