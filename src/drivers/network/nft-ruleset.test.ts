import { describe, expect, it } from 'vitest';
import type { RulePicture, VpcPicture } from './network.ts';
import { objectsOf, parseObjects, renderRuleset, renderSwap } from './nft-ruleset.ts';

const picture = (ingress: readonly RulePicture[], more: Partial<VpcPicture> = {}): VpcPicture => ({
  id: 'vpc-0123456789abcdef0',
  cidrBlocks: ['10.0.0.0/16'],
  interfaces: [
    {
      id: 'eni-0123456789abcdef0',
      macAddress: '02:00:00:00:00:01',
      privateAddress: '10.0.0.10',
      publicAddress: '198.18.4.10',
      securityGroupIds: ['sg-1'],
      sourceDestinationCheck: true,
    },
  ],
  securityGroups: [{ id: 'sg-1', ingress, egress: [] }],
  ...more,
});

const anywhere = { cidr: '0.0.0.0/0' } as const;
const rulesOf = (...ingress: RulePicture[]) => renderRuleset(picture(ingress), 1500).chains.get('sg-1_in');

describe('a rule', () => {
  it.each<[string, RulePicture, readonly string[]]>([
    ['a port', { protocol: 'tcp', fromPort: 22, toPort: 22, peer: anywhere }, ['tcp dport 22 accept']],
    ['a range', { protocol: 'udp', fromPort: 1, toPort: 9, peer: anywhere }, ['udp dport 1-9 accept']],
    ['all ports', { protocol: 'tcp', fromPort: -1, toPort: -1, peer: anywhere }, ['meta l4proto tcp accept']],
    [
      'a number of a named protocol',
      { protocol: '6', fromPort: 80, toPort: 80, peer: anywhere },
      ['tcp dport 80 accept'],
    ],
    ['everything, whatever its ports', { protocol: '-1', fromPort: 5, toPort: 5, peer: anywhere }, ['accept']],
    [
      'any other protocol, whatever its ports',
      { protocol: '50', fromPort: 5, peer: anywhere },
      ['meta l4proto 50 accept'],
    ],
    ['all ICMP', { protocol: 'icmp', fromPort: -1, toPort: -1, peer: anywhere }, ['meta l4proto icmp accept']],
    ['an ICMP type', { protocol: 'icmp', fromPort: 8, toPort: -1, peer: anywhere }, ['icmp type 8 accept']],
    ['an ICMP code', { protocol: 'icmp', fromPort: 3, toPort: 4, peer: anywhere }, ['icmp type 3 icmp code 4 accept']],
    ['a block', { protocol: '-1', peer: { cidr: '10.1.2.3/8' } }, ['ip saddr 10.0.0.0/8 accept']],
    ['a group', { protocol: '-1', peer: { securityGroupId: 'sg-1' } }, ['ip saddr @members_sg-1 accept']],
    ['a group that is not there', { protocol: '-1', peer: { securityGroupId: 'sg-2' } }, []],
    ['IPv6', { protocol: '-1', peer: { cidr: '::/0' } }, []],
    ['ICMPv6', { protocol: 'icmpv6', peer: anywhere }, []],
  ])('for %s', (_what, rule, lines) => {
    expect(rulesOf(rule)).toEqual(lines);
  });

  it.each<RulePicture>([
    { protocol: 'tcp } reboot', peer: anywhere },
    { protocol: '256', peer: anywhere },
    { protocol: 'tcp', fromPort: 70_000, peer: anywhere },
    { protocol: 'tcp', fromPort: 1.5, peer: anywhere },
    { protocol: 'tcp', peer: { cidr: '10.0.0.0' } },
    { protocol: 'tcp', peer: { cidr: '10.0.0.0/33' } },
    { protocol: 'tcp', peer: { cidr: '10.0.0.0/8 accept' } },
  ])('that is no rule is refused: %o', (rule) => {
    expect(() => rulesOf(rule)).toThrow(RangeError);
  });
});

describe('a swap', () => {
  it('deletes what is no longer wanted, chains before the sets they read, and keeps the rest', () => {
    const before = renderRuleset(picture([]), 1500);
    const after = renderRuleset(picture([], { interfaces: [], securityGroups: [] }), 1500);
    const script = renderSwap(after, objectsOf(before));
    expect(script.match(/^delete .*$/gm)).toEqual([
      'delete chain inet vpc sg-1_out',
      'delete chain inet vpc sg-1_in',
      'delete chain inet vpc eni56789abcdef0_out',
      'delete chain inet vpc eni56789abcdef0_in',
      'delete set inet vpc members_sg-1',
    ]);
    expect(renderSwap(before, objectsOf(before))).not.toContain('delete');
  });

  it('never deletes or recreates the table, its base chains or its maps: packets would fall through', () => {
    const script = renderSwap(renderRuleset(picture([]), 1500), []);
    expect(script).not.toMatch(/delete table/);
    expect(script).toMatch(/^flush map inet vpc egress$/m);
    expect(script).toMatch(/policy drop/);
  });

  it('reads back what it made', () => {
    const json = JSON.stringify({
      nftables: [
        { metainfo: { version: '1.0.6' } },
        { table: { family: 'inet', name: 'vpc' } },
        { set: { name: 'owned' } },
        { map: { name: 'egress' } },
        { chain: { name: 'forward' } },
        { rule: { chain: 'forward' } },
      ],
    });
    expect(parseObjects(json)).toEqual([
      { kind: 'set', name: 'owned' },
      { kind: 'map', name: 'egress' },
      { kind: 'chain', name: 'forward' },
    ]);
  });
});
