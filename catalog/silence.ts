import type { Guid } from '../core/guid.ts';
import { Bits } from './bits.ts';
import type { ServerIndex } from './server-index.ts';

/**
 * The package servers that have not been heard for longer than the SMP allows. In memory only:
 * after a restart everybody counts as heard just now. The decision reads it; `SilenceWatch` keeps
 * it.
 */
export class Silence {
  private ids: ReadonlySet<Guid> = new Set();
  private mask: { readonly generation: number; readonly bits: Bits } | undefined;

  /** Who is silent from now on; everybody else is heard. */
  set(ids: ReadonlySet<Guid>): void {
    if (ids.symmetricDifference(this.ids).size === 0) return;
    this.ids = ids;
    this.mask = undefined;
  }

  has(packageServerId: Guid): boolean {
    return this.ids.has(packageServerId);
  }

  /** Slots of the silent; a legacy package server has no link by which it could be heard. */
  slotsIn(servers: ServerIndex): Bits {
    if (this.ids.size === 0) return servers.none;
    if (this.mask?.generation !== servers.generation) {
      const bits = new Bits(servers.size);
      for (const id of this.ids) {
        const slot = servers.slotOf.get(id);
        if (slot !== undefined) bits.add(slot);
      }
      this.mask = { generation: servers.generation, bits: bits.without(servers.claimed) };
    }
    return this.mask.bits;
  }
}
