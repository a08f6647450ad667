// Addresses and networks are read in the forms that agents and administrators write.
import fc from 'fast-check';
import { networkContains, parseAddress, parseNetwork } from '../../../catalog/network.ts';
import { contains, readAddress } from './oracle-network.ts';

test.each([
  ['10.1.2.3', '10.1.2.3'],
  [' 10.1.2.3 ', '10.1.2.3'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::', '::'],
  ['fe80::1%eth0', 'fe80::1'],
  ['fe80::1%25', 'fe80::1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::ffff:a01:203', '10.1.2.3'],
  ['::FFFF:10.1.2.3%3', '10.1.2.3'],
  ['::10.1.2.3', '::a01:203'],
  ['::a01:203', '::a01:203'],
  ['64:ff9b::10.1.2.3', '64:ff9b::a01:203'],
])('reads the address %j', (text, canonical) => {
  expect(parseAddress(text)?.text).toBe(canonical);
});

test.each([
  '',
  'unknown',
  '10.1.2',
  '10.1.2.256',
  '10.1.2.3.4',
  '0x0a.1.2.3',
  '167837955',
  '10.1.2.3/24',
  '2001:db8',
  '2001:db8::1::2',
  '2001:db8:1:2:3:4:5:6:7',
  'g::1',
  '%eth0',
  '::ffff:10.1.2',
  '::ffff:010.1.2.3',
  '::ffff:10.1.2.256',
  '10.1.2.3::',
])('refuses the address %j', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each([
  ['10.1.0.0/16', '10.1.0.0/16', false],
  ['10.1.2.3/16', '10.1.0.0/16', true],
  ['10.1.0.0/255.255.0.0', '10.1.0.0/16', false],
  ['10.1.2.3/255.255.255.255', '10.1.2.3/32', false],
  ['10.1.2.3/0.0.0.0', '0.0.0.0/0', true],
  ['10.1.2.128/25', '10.1.2.128/25', false],
  ['10.1.2.129/25', '10.1.2.128/25', true],
  ['0.0.0.0/0', '0.0.0.0/0', false],
  ['2001:DB8:0::/32', '2001:db8::/32', false],
  ['2001:db8::1/32', '2001:db8::/32', true],
  ['2001:db8:8000::/33', '2001:db8:8000::/33', false],
  ['::/0', '::/0', false],
])('reads the network %j', (text, cidr, hostBits) => {
  const parsed = parseNetwork(text);
  expect(parsed?.network.cidr).toBe(cidr);
  expect(parsed?.hostBits).toBe(hostBits);
});

test.each([
  '10.1.0.0',
  '10.1.0.0/',
  '10.1.0.0/33',
  '10.1.0.0/-1',
  '10.1.0.0/1.5',
  '10.1.0.0/16/16',
  '10.1.0.0/255.0.255.0',
  '10.1.0.0/0.0.255.255',
  '2001:db8::/129',
  '2001:db8::/ffff::',
  '2001:db8::/255.255.0.0',
  'site/16',
  '/16',
])('refuses the network %j', (text) => {
  expect(parseNetwork(text)).toBeUndefined();
});

test('every IPv4 mask in four parts is its prefix length', () => {
  for (let length = 0; length <= 32; length += 1) {
    const bits = '1'.repeat(length).padEnd(32, '0');
    const mask = bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2));
    expect(parseNetwork(`10.0.0.0/${mask.join('.')}`)?.network.prefixLength).toBe(length);
  }
});

const address = fc.oneof(fc.ipV4(), fc.ipV6());

test('any address comes to the same bits by whole-number arithmetic', () => {
  fc.assert(
    fc.property(address, (text) => {
      const parsed = parseAddress(text)!;
      const value = parsed.bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      expect({ bits: parsed.bytes.length * 8, value }).toEqual(readAddress(text));
      expect(parseAddress(parsed.text)).toEqual(parsed);
    }),
    { numRuns: 500 },
  );
});

test('a network names its first address, and contains just what begins with its bits', () => {
  const property = fc.property(address, fc.nat(128), address, (text, length, otherText) => {
    const parsed = parseNetwork(`${text}/${length}`);
    const { bits, value } = readAddress(text)!;
    if (length > bits) return expect(parsed).toBeUndefined();
    const { network, hostBits } = parsed!;
    const size = 2n ** BigInt(bits - length);
    expect(readAddress(network.text)).toEqual({ bits, value: value - (value % size) });
    expect(hostBits).toBe(value % size !== 0n);
    const other = readAddress(otherText)!;
    const host = parseNetwork(`${otherText}/${other.bits}`)!.network;
    expect(networkContains(network, host)).toBe(contains(network.cidr, other));
    expect(networkContains(network, network)).toBe(true);
    expect(networkContains(host, network)).toBe(network.cidr === host.cidr);
  });
  fc.assert(property, { numRuns: 1000 });
});
