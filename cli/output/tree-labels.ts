interface Labelled {
  readonly id: string;
  /** Of a node that is not in the list, or none: it stands at the left edge. */
  readonly parentId: string | null;
  readonly text: string;
}

/** Text with the lines of a drawn tree before it, by id, each node followed by what is below it. */
export function treeLabels(nodes: readonly Labelled[]): Map<string, string> {
  const ids = new Set(nodes.map(({ id }) => id));
  const below = Map.groupBy(nodes, ({ parentId }) =>
    parentId !== null && ids.has(parentId) ? parentId : null,
  );
  const labels = new Map<string, string>();
  const draw = (parentId: string | null, before: string): void => {
    const siblings = below.get(parentId) ?? [];
    for (const [index, { id, text }] of siblings.entries()) {
      if (labels.has(id)) continue;
      const isLast = index === siblings.length - 1;
      const atEdge = parentId === null;
      labels.set(id, `${before}${atEdge ? '' : isLast ? '└─ ' : '├─ '}${text}`);
      draw(id, atEdge ? '' : `${before}${isLast ? '   ' : '│  '}`);
    }
  };
  draw(null, '');
  return labels;
}
