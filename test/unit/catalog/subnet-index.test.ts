// The subnet index finds every network around an address, the most specific one first.
import fc from 'fast-check';
import type { Subnet } from '../../../catalog/model.ts';
import { parseAddress, parseNetwork } from '../../../catalog/network.ts';
import { SubnetIndex } from '../../../catalog/subnet-index.ts';
import { toGuid } from '../../../core/guid.ts';
import { contains, longestPrefix, readAddress } from './oracle-network.ts';

test('contained subnets are found with those around them, longest prefix first', () => {
  const index = new SubnetIndex(
    subnetsOf(['0.0.0.0/0', '10.1.2.0/24', '10.0.0.0/8', '10.1.2.3/32', '10.2.0.0/16', '::/0']),
  );
  const found = index.containing(parseAddress('10.1.2.3')!).map((one) => one.network);
  expect(found).toEqual(['10.1.2.3/32', '10.1.2.0/24', '10.0.0.0/8', '0.0.0.0/0']);
});

test('the two families do not meet, though their bits may', () => {
  const index = new SubnetIndex(subnetsOf(['0.0.0.0/0', 'a01::/16']));
  expect(index.containing(parseAddress('a01::1')!).map((one) => one.network)).toEqual(['a01::/16']);
  expect(index.containing(parseAddress('10.1.0.1')!).map((one) => one.network)).toEqual([
    '0.0.0.0/0',
  ]);
  expect(index.containing(parseAddress('2001:db8::1')!)).toEqual([]);
});

test('mapped IPv4 addresses stand in IPv4 subnets', () => {
  const index = new SubnetIndex(subnetsOf(['10.0.0.0/8', '::/0']));
  const found = index.containing(parseAddress('::ffff:10.1.2.3')!).map((one) => one.network);
  expect(found).toEqual(['10.0.0.0/8']);
});

test('a stored network that is none is a programmer error', () => {
  expect(() => new SubnetIndex(subnetsOf(['10.0.0.0']))).toThrow(TypeError);
});

test('any set of subnets answers as a walk through all of them', () => {
  // Few leading bits, so that networks nest; any prefix length, so that bytes are cut.
  const address = fc.oneof(
    fc.tuple(fc.constantFrom(0, 1, 128, 255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.1`),
    fc.tuple(fc.constantFrom('0', '1', 'ff00'), fc.nat(9)).map(([a, b]) => `2001:db8:${a}::${b}`),
  );
  const network = fc.tuple(address, fc.integer({ min: 0, max: 128 })).map(([text, length]) => {
    const { bits } = readAddress(text)!;
    return parseNetwork(`${text}/${length % (bits + 1)}`)!.network.cidr;
  });
  const networks = fc.uniqueArray(network, { maxLength: 20 });
  const property = fc.property(networks, address, (some, text) => {
    const subnets = subnetsOf(some);
    const found = new SubnetIndex(subnets).containing(parseAddress(text)!);
    expect(found[0]).toEqual(longestPrefix(subnets, text));
    const around = subnets.filter((one) => contains(one.network, readAddress(text)!));
    expect(new Set(found)).toEqual(new Set(around));
    const lengths = found.map((one) => Number(one.network.split('/')[1]));
    expect(lengths).toEqual(lengths.toSorted((left, right) => right - left));
  });
  fc.assert(property, { numRuns: 500 });
});

function subnetsOf(networks: readonly string[]): Subnet[] {
  return networks.map((network, index) => ({
    id: toGuid(`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`),
    network,
    name: network,
    siteId: undefined,
  }));
}
