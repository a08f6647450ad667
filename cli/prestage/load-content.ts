/** Bundles and stores; loaded only by the commands that work on them. */
export const loadContent = () => import('../../content/index.ts');

type Content = Awaited<ReturnType<typeof loadContent>>;
export type ContentStore = Awaited<ReturnType<Content['openContentStore']>>;
export type BundleSnapshot = Awaited<ReturnType<Content['readPrestaged']>>[number];
export type BundleProgress = Parameters<
  NonNullable<NonNullable<Parameters<Content['verifyBundle']>[1]>['onProgress']>
>[0];
