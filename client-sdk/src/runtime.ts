/** What the client takes from its surroundings, so that a test or a simulation can replace it. */
export interface SdkRuntime {
  readonly fetch: typeof fetch;
  /** A `WebSocket` constructor; browsers and Node 22 bring one. */
  readonly webSocket: unknown;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  fraction(): number;
}

/** The platform's own. Looked up at each use, so that importing needs neither. */
export const platformRuntime: SdkRuntime = {
  fetch: (input, init) => globalThis.fetch(input, init),
  get webSocket() {
    return globalThis.WebSocket;
  },
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, delayMs);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    }),
  fraction: () => globalThis.crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
};

/** Full jitter: uniform between 0 and `min(maximumMs, firstMs × 2^attempt)`. */
export function backoffMs(
  runtime: Pick<SdkRuntime, 'fraction'>,
  attempt: number,
  bounds: { readonly firstMs: number; readonly maximumMs: number },
): number {
  const ceiling = Math.min(bounds.maximumMs, bounds.firstMs * 2 ** Math.min(attempt, 20));
  return Math.round(runtime.fraction() * ceiling);
}
