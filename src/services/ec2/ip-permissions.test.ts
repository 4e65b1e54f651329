import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IpPermission } from '../../generated/ec2.types.ts';
import { describePermissions, formatRule, parsePermissions, parseTraffic, ruleKey } from './ip-permissions.ts';
import { errorOf } from './region.testing.ts';

const asPeer = ({ GroupId = '' }: { GroupId?: string | undefined }) => ({ securityGroupId: GroupId, userId: '1' });

const parse = (...permissions: readonly IpPermission[]) => parsePermissions(permissions, asPeer);

const tcp = (from: number | undefined, to: number | undefined, CidrIp = '10.0.0.0/8'): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: from,
  ToPort: to,
  IpRanges: [{ CidrIp }],
});

describe('parsePermissions', () => {
  it('makes a rule of every peer', () => {
    const rules = parse({
      IpProtocol: 'TCP',
      FromPort: 80,
      ToPort: 81,
      IpRanges: [{ CidrIp: '203.0.113.7/24', Description: 'office' }, { CidrIp: '0.0.0.0/0' }],
      Ipv6Ranges: [{ CidrIpv6: '2001:DB8::1/32' }],
      UserIdGroupPairs: [{ GroupId: 'sg-1', Description: '' }],
    });
    const traffic = { ipProtocol: 'tcp', fromPort: 80, toPort: 81 };
    expect(rules).toEqual([
      { ...traffic, peer: { cidrIpv4: '203.0.113.0/24' }, description: 'office' },
      { ...traffic, peer: { cidrIpv4: '0.0.0.0/0' } },
      { ...traffic, peer: { cidrIpv6: '2001:db8::/32' } },
      { ...traffic, peer: { securityGroupId: 'sg-1', userId: '1' } },
    ]);
  });

  it('knows protocols by name and number', () => {
    const traffic = (IpProtocol: string, FromPort?: number, ToPort?: number) =>
      parseTraffic({ IpProtocol, FromPort, ToPort });
    expect(traffic('6', 1, 2)).toEqual({ ipProtocol: 'tcp', fromPort: 1, toPort: 2 });
    expect(traffic('17', 1, 2)).toEqual({ ipProtocol: 'udp', fromPort: 1, toPort: 2 });
    expect(traffic('1', 8, -1)).toEqual({ ipProtocol: 'icmp', fromPort: 8, toPort: -1 });
    expect(traffic('58')).toEqual({ ipProtocol: 'icmpv6', fromPort: -1, toPort: -1 });
    expect(traffic('50', 1, 2)).toEqual({ ipProtocol: '50' });
    expect(traffic('-1', 0, 0)).toEqual({ ipProtocol: '-1' });
  });

  it.each<readonly [string, IpPermission]>([
    ["InvalidParameterValue: Invalid value 'all' for IP protocol. Unknown protocol.", { IpProtocol: 'all' }],
    ["InvalidParameterValue: Invalid value 'esp' for IP protocol. Unknown protocol.", { IpProtocol: 'esp' }],
    ["InvalidParameterValue: Invalid value '256' for IP protocol. Unknown protocol.", { IpProtocol: '256' }],
    ["InvalidParameterValue: Invalid value 'null' for protocol. VPC security group rules must", { FromPort: 1 }],
    ['InvalidParameterValue: Invalid value for portRange. Must specify both from and to ports', tcp(22, undefined)],
    ['InvalidParameterValue: TCP/UDP (from) port (-1) out of range', tcp(-1, -1)],
    ['InvalidParameterValue: TCP/UDP (to) port (65536) out of range', tcp(0, 65536)],
    ['InvalidParameterValue: Invalid TCP/UDP port range (80:79)', tcp(80, 79)],
    ['InvalidParameterValue: CIDR block 10.0.0.1 is malformed', tcp(22, 22, '10.0.0.1')],
    ['InvalidParameterValue: CIDR block ::/0 is malformed', tcp(22, 22, '::/0')],
    ['InvalidParameterValue: CIDR block 10.0.0.0/33 is malformed', tcp(22, 22, '10.0.0.0/33')],
    [
      'InvalidParameterValue: CIDR block 10.0.0.0/8 is malformed',
      { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '10.0.0.0/8' }] },
    ],
    ['InvalidParameterValue: ICMP type (256) out of range', { IpProtocol: 'icmp', FromPort: 256, ToPort: 0 }],
    ['InvalidParameterValue: ICMP code (0) out of range', { IpProtocol: 'icmp', FromPort: -1, ToPort: 0 }],
    ['InvalidParameterValue: Invalid value for portRange.', { IpProtocol: 'icmp' }],
    ['InvalidPermission.Malformed: ', { IpProtocol: '-1' }],
    ['InvalidPrefixListID.NotFound: ', { IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] }],
    [
      'InvalidParameterValue: Invalid rule description. Valid descriptions are strings less than 256 characters',
      { IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8', Description: "Bob's" }] },
    ],
  ])('refuses: %s', (error, permission) => {
    expect(errorOf(() => parse(permission))).toContain(error);
  });

  it('refuses the same rule twice, however it is spelled', () => {
    const twice = 'InvalidParameterValue: The same permission must not appear multiple times';
    expect(errorOf(() => parse(tcp(22, 22), tcp(22, 22, '10.1.2.3/8')))).toBe(twice);
    expect(errorOf(() => parse(tcp(22, 22), { ...tcp(22, 22), IpProtocol: '6' }))).toBe(twice);
    expect(parse(tcp(22, 22), tcp(22, 23))).toHaveLength(2);
  });
});

describe('formatRule', () => {
  it('says what AWS says', () => {
    const format = (permission: IpPermission) => parse(permission).map(formatRule)[0];
    expect(format(tcp(22, 22, '0.0.0.0/0'))).toBe('peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW');
    expect(format({ ...tcp(53, 53), IpProtocol: 'udp' })).toBe(
      'peer: 10.0.0.0/8, UDP, from port: 53, to port: 53, ALLOW',
    );
    expect(format({ ...tcp(-1, -1, '0.0.0.0/0'), IpProtocol: 'icmp' })).toBe(
      'peer: 0.0.0.0/0, ICMP, type: ALL, code: ALL, ALLOW',
    );
    expect(format({ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-1' }] })).toBe('peer: sg-1, ALL, ALLOW');
  });
});

describe('describePermissions', () => {
  const port = fc.integer({ min: 0, max: 3 });
  const permission: fc.Arbitrary<IpPermission> = fc.record({
    IpProtocol: fc.constantFrom('tcp', 'udp'),
    FromPort: port,
    ToPort: port.map((n) => n + 3),
    IpRanges: fc.array(
      fc.record({ CidrIp: fc.constantFrom('10.0.0.0/8', '0.0.0.0/0'), Description: fc.constant('x') }),
    ),
    Ipv6Ranges: fc.array(fc.record({ CidrIpv6: fc.constantFrom('::/0', 'fd00::/8') })),
    UserIdGroupPairs: fc.array(fc.record({ GroupId: fc.constantFrom('sg-1', 'sg-2') })),
  });

  it('says every rule once, so that parsing gives the same rules again', () => {
    const property = fc.property(fc.array(permission, { minLength: 1, maxLength: 4 }), (permissions) => {
      const rules = permissions.flatMap((each) => {
        try {
          return parse(each);
        } catch {
          return [];
        }
      });
      const distinct = [...new Map(rules.map((rule) => [ruleKey(rule), rule])).values()];
      fc.pre(distinct.length > 0);
      const again = parse(...describePermissions(distinct));
      expect(again.map(ruleKey).sort()).toEqual(distinct.map(ruleKey).sort());
      const groups = describePermissions(distinct).map(({ IpProtocol, FromPort, ToPort }) =>
        [IpProtocol, FromPort, ToPort].join(),
      );
      expect(new Set(groups).size).toBe(groups.length);
    });
    fc.assert(property, { numRuns: 200 });
  });
});
