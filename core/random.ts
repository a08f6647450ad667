import { randomBytes, randomUUID } from 'node:crypto';
import type { Guid } from './guid.ts';

/** Randomness as a parameter, so that a run can be replayed from a seed. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** Bytes fit for secrets when the source is {@link systemRandom}. */
  bytes(count: number): Uint8Array;
  guid(): Guid;
}

/** The operating system's generator. The one place that reads it. */
export const systemRandom: Random = {
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (count) => randomBytes(count),
  guid: () => randomUUID() as Guid,
};
