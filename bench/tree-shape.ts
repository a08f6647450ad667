/** One SMP of a tree that is to be grown. */
export interface TreeNode {
  readonly name: string;
  readonly depth: number;
  readonly parent: TreeNode | undefined;
  /** Which child of the root it is, or is below; 0 for the root itself. */
  readonly branch: number;
}

/** Widths of the tiers, the root first. Each reaches depth 5. */
export const CONVERGE_SHAPES: Readonly<Record<number, readonly number[]>> = {
  7: [1, 1, 1, 1, 1, 2],
  31: [1, 2, 4, 8, 8, 8],
  121: [1, 2, 6, 16, 32, 64],
};

/** Branches that can be hung or killed as a whole. */
export const QUERY_SHAPES: Readonly<Record<number, readonly number[]>> = {
  7: [1, 3, 3],
  31: [1, 6, 12, 12],
  121: [1, 8, 16, 32, 64],
};

/** The nodes tier by tier; those of a tier are spread evenly below those of the tier above. */
export function treeOf(widths: readonly number[]): TreeNode[] {
  const tiers: TreeNode[][] = [];
  for (const [depth, width] of widths.entries()) {
    const above = tiers.at(-1) ?? [];
    tiers.push(
      Array.from({ length: width }, (_, index) => {
        const parent = above[Math.floor((index * above.length) / width)];
        const branch = depth === 1 ? index + 1 : (parent?.branch ?? 0);
        return { name: `smp-${depth}-${index}`, depth, parent, branch };
      }),
    );
  }
  return tiers.flat();
}

/** `--nodes 31`, else all that there are. */
export function chosenSizes(shapes: Readonly<Record<number, unknown>>): number[] {
  const sizes = Object.keys(shapes).map(Number);
  const at = process.argv.indexOf('--nodes');
  if (at < 0) return sizes;
  const size = Number(process.argv[at + 1]);
  if (sizes.includes(size)) return [size];
  throw new Error(`--nodes: write one of ${sizes.join(', ')}`);
}
