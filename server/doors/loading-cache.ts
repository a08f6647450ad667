export interface LoadingCacheOptions<K, V> {
  /** Two keys with the same text are the same key. */
  readonly keyText: (key: K) => string;
  readonly load: (key: K) => Promise<V>;
  readonly weightOf: (value: V) => number;
  readonly maxWeight: number;
}

/**
 * Values that are expensive to make. The most recently asked ones are kept within `maxWeight`
 * (the last one even when it is heavier); several askers of one that is not there wait for the same
 * loading. A failure goes to all who wait for it and is not kept.
 */
export class LoadingCache<K, V> {
  private readonly options: LoadingCacheOptions<K, V>;
  /** In order of use, the oldest first. */
  private readonly kept = new Map<string, { readonly value: V; readonly weight: number }>();
  private readonly underWay = new Map<string, Promise<V>>();
  private keptWeight = 0;

  constructor(options: LoadingCacheOptions<K, V>) {
    this.options = options;
  }

  async get(key: K): Promise<V> {
    const text = this.options.keyText(key);
    const known = this.kept.get(text);
    if (known) {
      this.kept.delete(text);
      this.kept.set(text, known);
      return known.value;
    }
    const waiting = this.underWay.get(text);
    if (waiting) return waiting;
    const loading = this.options.load(key);
    this.underWay.set(text, loading);
    try {
      const value = await loading;
      this.keep(text, value);
      return value;
    } finally {
      this.underWay.delete(text);
    }
  }

  private keep(text: string, value: V): void {
    const weight = this.options.weightOf(value);
    this.kept.set(text, { value, weight });
    this.keptWeight += weight;
    for (const [oldest, entry] of this.kept) {
      if (this.keptWeight <= this.options.maxWeight || this.kept.size === 1) return;
      this.kept.delete(oldest);
      this.keptWeight -= entry.weight;
    }
  }
}
