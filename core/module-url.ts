/**
 * The URL of a sibling module that is started as a worker, in the form the running code has:
 * `.ts` from the sources, `.js` from the build. `name` has no extension.
 */
export function siblingModule(importMetaUrl: string, name: string): URL {
  const extension = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`${name}${extension}`, importMetaUrl);
}
