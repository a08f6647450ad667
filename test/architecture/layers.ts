/**
 * Which folder may import which. The one table: ARCHITECTURE.md quotes it, and
 * `layers.test.ts` holds the sources and that quotation against it.
 */
export const LAYERS = {
  core: [],
  'client-sdk': [],
  content: ['core'],
  legacy: ['core', 'content'],
  delivery: ['core', 'content'],
  catalog: ['core', 'content'],
  hierarchy: ['core', 'content', 'catalog', 'client-sdk'],
  schema: ['core', 'catalog', 'hierarchy'],
  server: ['core', 'content', 'legacy', 'catalog', 'hierarchy', 'schema'],
  'package-server': ['core', 'content', 'legacy', 'delivery', 'client-sdk'],
  agent: ['core', 'content', 'legacy', 'delivery'],
  cli: ['core', 'client-sdk'],
  demo: ['core', 'client-sdk', 'agent', 'legacy'],
} as const satisfies Record<string, readonly string[]>;

export type Folder = keyof typeof LAYERS;

/** Folders that a command starts: imported by `import()` inside that command alone. */
export const LAZY: { readonly [F in Folder]?: readonly Folder[] } = {
  cli: ['content', 'server', 'package-server', 'agent'],
};
