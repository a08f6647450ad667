import type { Subnet } from './model.ts';
import { maskBytes, parseNetwork, type ParsedAddress } from './network.ts';

/** Which subnets contain an address, longest prefix first. Rebuilt when a subnet changes. */
export class SubnetIndex {
  /** Prefix lengths in use, longest first, each with its networks by masked bytes. */
  private readonly levels: { prefixLength: number; family: number; byKey: Map<string, Subnet> }[] =
    [];

  constructor(subnets: Iterable<Subnet>) {
    for (const subnet of subnets) this.add(subnet);
    this.levels.sort((left, right) => right.prefixLength - left.prefixLength);
  }

  containing(address: ParsedAddress): Subnet[] {
    const found: Subnet[] = [];
    for (const level of this.levels) {
      if (level.family !== address.bytes.length) continue;
      const subnet = level.byKey.get(keyOf(maskBytes(address.bytes, level.prefixLength)));
      if (subnet) found.push(subnet);
    }
    return found;
  }

  private add(subnet: Subnet): void {
    const parsed = parseNetwork(subnet.network);
    if (!parsed) throw new TypeError(`stored subnet ${subnet.id} has network ${subnet.network}`);
    const { bytes, prefixLength } = parsed.network;
    let level = this.levels.find(
      (one) => one.prefixLength === prefixLength && one.family === bytes.length,
    );
    if (!level) {
      level = { prefixLength, family: bytes.length, byKey: new Map() };
      this.levels.push(level);
    }
    level.byKey.set(keyOf(bytes), subnet);
  }
}

function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
