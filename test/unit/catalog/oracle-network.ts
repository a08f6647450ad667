/** Network arithmetic of the oracle: whole addresses as one integer, and nothing shared. */

export interface AddressValue {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads IPv4 and IPv6; a zone is dropped and mapped IPv4 is IPv4. */
export function readAddress(text: string): AddressValue | undefined {
  const bare = text.trim().replace(/%.*$/s, '');
  return bare.includes(':') ? readIpv6(bare) : readIpv4(bare);
}

/** The most specific of the networks that contain the address. */
export function longestPrefix<T extends { readonly network: string }>(
  networks: readonly T[],
  addressText: string,
): T | undefined {
  const address = readAddress(addressText);
  if (!address) return undefined;
  let best: T | undefined;
  for (const one of networks) {
    if (!contains(one.network, address)) continue;
    if (!best || lengthOf(one.network) > lengthOf(best.network)) best = one;
  }
  return best;
}

export function contains(network: string, address: AddressValue): boolean {
  const base = readAddress(network.slice(0, network.indexOf('/')));
  if (!base || base.bits !== address.bits) return false;
  const hostCount = 2n ** BigInt(base.bits - lengthOf(network));
  return address.value >= base.value && address.value < base.value + hostCount;
}

function lengthOf(network: string): number {
  return Number(network.slice(network.indexOf('/') + 1));
}

function readIpv4(text: string): AddressValue | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return { bits: 32, value };
}

function readIpv6(text: string): AddressValue | undefined {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => half.flatMap(hexGroups));
  const [head, tail] = [groups[0]!, groups[1] ?? []];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    value = value * 65536n + BigInt(`0x${group}`);
  }
  const isMapped = value >= 0xffff_0000_0000n && value <= 0xffff_ffff_ffffn;
  return isMapped ? { bits: 32, value: value - 0xffff_0000_0000n } : { bits: 128, value };
}

/** An IPv4 tail, as in `::ffff:10.1.2.3`, stands for two groups. */
function hexGroups(group: string): string[] {
  if (!group.includes('.')) return [group];
  const address = readIpv4(group);
  if (!address) return ['?'];
  return [(address.value / 65536n).toString(16), (address.value % 65536n).toString(16)];
}
