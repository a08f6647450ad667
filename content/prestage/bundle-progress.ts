/** How far a bundle is written or read. Totals are known when the manifests are. */
export interface BundleProgress {
  readonly objectsDone: number;
  readonly objectsTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface BundleRunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BundleProgress) => void) | undefined;
}

/** Counts contents as they pass and tells the listener. */
export function countContents(
  contents: readonly { readonly sizeBytes: number }[],
  onProgress: BundleRunOptions['onProgress'],
): { bytes(count: number): void; object(): void } {
  const objectsTotal = contents.length;
  const bytesTotal = contents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let objectsDone = 0;
  let bytesDone = 0;
  const tell = (): void => onProgress?.({ objectsDone, objectsTotal, bytesDone, bytesTotal });
  return {
    bytes: (count) => {
      bytesDone += count;
      tell();
    },
    object: () => {
      objectsDone += 1;
      tell();
    },
  };
}
