import { BlockList } from 'node:net';
import type { Subnet } from '../catalog/model.ts';

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** The subnets that contain `inner`, longest prefix first; `inner` itself is not among them. */
export function containing(subnets: Iterable<Subnet>, inner: Subnet): Subnet[] {
  const target = networkOf(inner);
  return [...subnets]
    .filter((outer) => outer.id !== inner.id && contains(networkOf(outer), target))
    .sort((a, b) => networkOf(b).prefix - networkOf(a).prefix);
}

/** The subnets inside `outer`, shortest prefix first. */
export function containedBy(subnets: Iterable<Subnet>, outer: Subnet): Subnet[] {
  const target = networkOf(outer);
  const list = new BlockList();
  list.addSubnet(target.address, target.prefix, target.family);
  return [...subnets]
    .filter((inner) => inner.id !== outer.id && isInside(list, target, networkOf(inner)))
    .sort((a, b) => networkOf(a).prefix - networkOf(b).prefix);
}

function contains(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.prefix >= inner.prefix) return false;
  const list = new BlockList();
  list.addSubnet(outer.address, outer.prefix, outer.family);
  return list.check(inner.address, inner.family);
}

function isInside(list: BlockList, outer: Network, inner: Network): boolean {
  const candidate = outer.family === inner.family && inner.prefix > outer.prefix;
  return candidate && list.check(inner.address, inner.family);
}

function networkOf({ network }: Subnet): Network {
  const slash = network.lastIndexOf('/');
  const address = network.slice(0, slash);
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  return { address, prefix: Number(network.slice(slash + 1)), family };
}
