import { BlockList, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressCount,
  canonicalCidr,
  containsAddress,
  containsBlock,
  containsIpv6Address,
  formatIpv4,
  formatIpv4Block,
  formatIpv6,
  isUsableAddress,
  lastAddress,
  overlaps,
  overlapsIpv6,
  parseIpv4,
  parseIpv4Block,
  parseIpv6,
  parseIpv6Block,
  resolverAddress,
  routerAddress,
  splitBlock,
  usableAddressCount,
  usableAddresses,
} from './cidr.ts';

const block = (text: string) => parseIpv4Block(text) ?? expect.fail(text);
const ip = (text: string) => parseIpv4(text) ?? expect.fail(text);
const blocks = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`);

describe('IPv4', () => {
  it('is read and written', () => {
    fc.assert(fc.property(fc.ipV4(), (text) => formatIpv4(ip(text)) === text));
    expect([ip('0.0.0.0'), ip('255.255.255.255'), ip('172.31.0.1')]).toEqual([0, 2 ** 32 - 1, 2887712769]);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.-4',
    '0x1.2.3.4',
    '1..2.3',
    '1.2.3.4/8',
  ])('%j is no address', (text) => expect(parseIpv4(text)).toBeUndefined());

  it('reads what the system reads, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0125.'), maxLength: 15 }),
        (text) => (parseIpv4(text) !== undefined) === isIPv4(text),
      ),
    );
  });

  it.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '/8',
    '10.0.0.0/8 ',
    '10.0.0.0/1e1',
  ])('%j is no block', (text) => expect(parseIpv4Block(text)).toBeUndefined());

  it.each([
    ['100.68.0.18/18', '100.68.0.0/18'],
    ['10.0.255.255/16', '10.0.0.0/16'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['203.0.113.7/32', '203.0.113.7/32'],
    ['192.168.129.1/17', '192.168.128.0/17'],
  ])('%s is taken for %s', (text, canonical) => {
    expect(formatIpv4Block(block(text))).toBe(canonical);
    expect(canonicalCidr(text)).toBe(canonical);
  });

  it('contains and overlaps as sets of addresses do', () => {
    expect(containsBlock(block('10.0.0.0/16'), block('10.0.128.0/20'))).toBe(true);
    expect(containsBlock(block('10.0.0.0/16'), block('10.1.0.0/20'))).toBe(false);
    expect(containsBlock(block('10.0.0.0/20'), block('10.0.0.0/16'))).toBe(false);
    fc.assert(
      fc.property(blocks, fc.ipV4(), (text, address) => {
        const [base = '', prefix] = text.split('/');
        const list = new BlockList();
        list.addSubnet(base, Number(prefix));
        expect(containsAddress(block(text), ip(address))).toBe(list.check(address));
      }),
    );
    fc.assert(
      fc.property(blocks, blocks, (a, b) => {
        const common = Math.max(block(a).base, block(b).base) <= Math.min(lastAddress(block(a)), lastAddress(block(b)));
        expect(overlaps(block(a), block(b))).toBe(common);
      }),
    );
  });

  it('leaves five addresses of a subnet to AWS', () => {
    const subnet = block('172.31.16.0/28');
    expect([addressCount(subnet), usableAddressCount(subnet)]).toEqual([16, 11]);
    const usable = [...usableAddresses(subnet)];
    expect([usable.length, formatIpv4(usable[0]!), formatIpv4(usable.at(-1)!)]).toEqual([
      11,
      '172.31.16.4',
      '172.31.16.14',
    ]);
    expect(usable.every((address) => isUsableAddress(subnet, address))).toBe(true);
    expect(
      ['172.31.16.0', '172.31.16.3', '172.31.16.15', '172.31.15.255'].filter((address) =>
        isUsableAddress(subnet, ip(address)),
      ),
    ).toEqual([]);
    expect(usableAddressCount(block('172.31.0.0/20'))).toBe(4091);
    expect([usableAddressCount(block('10.0.0.0/32')), [...usableAddresses(block('10.0.0.0/31'))]]).toEqual([0, []]);
    expect([...usableAddresses(block('255.255.255.240/28'))]).toHaveLength(11);
  });

  it('knows the router and the resolver', () => {
    expect(formatIpv4(routerAddress(block('172.31.16.0/20')))).toBe('172.31.16.1');
    expect(formatIpv4(resolverAddress(block('172.31.0.0/16')))).toBe('172.31.0.2');
  });

  it('splits a block', () => {
    expect(splitBlock(block('172.31.0.0/16'), 20, 3).map(formatIpv4Block)).toEqual([
      '172.31.0.0/20',
      '172.31.16.0/20',
      '172.31.32.0/20',
    ]);
    expect(splitBlock(block('10.0.0.0/24'), 25, 9)).toHaveLength(2);
    expect(splitBlock(block('10.0.0.0/24'), 23, 1)).toEqual([]);
  });
});

describe('IPv6', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%s is written %s', (text, canonical) => expect(formatIpv6(parseIpv6(text) ?? expect.fail(text))).toBe(canonical));

  it('reads what the system reads', () => {
    fc.assert(fc.property(fc.ipV6(), (text) => isIPv6(text) === (parseIpv6(text) !== undefined)));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0af:.1'), maxLength: 20 }),
        (text) => isIPv6(text) === (parseIpv6(text) !== undefined),
      ),
    );
  });

  it('is written so that it is read back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
        (address) => parseIpv6(formatIpv6(address)) === address,
      ),
    );
  });

  it('has blocks', () => {
    expect(canonicalCidr('2001:DB8:1234:1a00::5/56')).toBe('2001:db8:1234:1a00::/56');
    expect(canonicalCidr('::1/0')).toBe('::/0');
    expect(['2001:db8::/129', '2001:db8::', '2001:db8::/064', 'x::/64'].map(canonicalCidr)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const vpc = parseIpv6Block('2600:1f13::/56')!;
    expect(containsIpv6Address(vpc, parseIpv6('2600:1f13:0:ff::1')!)).toBe(true);
    expect(containsIpv6Address(vpc, parseIpv6('2600:1f13:0:100::')!)).toBe(false);
    expect(overlapsIpv6(vpc, parseIpv6Block('2600:1f13:0:1::/64')!)).toBe(true);
    expect(overlapsIpv6(vpc, parseIpv6Block('2600:1f14::/64')!)).toBe(false);
  });
});
