import { describe, expect, it } from 'vitest';
import type { IpPermission, SecurityGroupRuleUpdate } from '../../generated/ec2.types.ts';
import { openEc2Scope } from './default-vpc.ts';
import { createTestRegion, errorOf } from './region.testing.ts';
import { securityGroupRuleOperations as rules } from './security-group-rules.operations.ts';
import { securityGroupOperations } from './security-groups.operations.ts';
import { resourceTags } from './tags.table.ts';
import { vpcOperations } from './vpcs.operations.ts';

type Ingress = Omit<Parameters<typeof rules.AuthorizeSecurityGroupIngress>[1], 'GroupId'>;
type Revoke = Omit<Parameters<typeof rules.RevokeSecurityGroupIngress>[1], 'GroupId'>;

function setUp(inDefaultVpc = true) {
  const region = createTestRegion({ openScope: openEc2Scope });
  const VpcId = inDefaultVpc
    ? undefined
    : region.call((ctx) => vpcOperations.CreateVpc(ctx, { CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId;
  const create = (GroupName: string) =>
    region.call((ctx) => securityGroupOperations.CreateSecurityGroup(ctx, { GroupName, Description: 'a group', VpcId }))
      .GroupId as string;
  const GroupId = create('web');
  const allow = (input: Ingress) =>
    region.call((ctx) => rules.AuthorizeSecurityGroupIngress(ctx, { GroupId, ...input }));
  const permit = (...IpPermissions: readonly IpPermission[]) => allow({ IpPermissions });
  const revoke = (input: Revoke) => region.call((ctx) => rules.RevokeSecurityGroupIngress(ctx, { GroupId, ...input }));
  const modify = (...SecurityGroupRules: readonly SecurityGroupRuleUpdate[]) =>
    region.call((ctx) => rules.ModifySecurityGroupRules(ctx, { GroupId, SecurityGroupRules }));
  const group = () =>
    region.call((ctx) => securityGroupOperations.DescribeSecurityGroups(ctx, { GroupIds: [GroupId] }))
      .SecurityGroups?.[0];
  const listed = (input: Parameters<typeof rules.DescribeSecurityGroupRules>[1] = {}) =>
    region.call((ctx) => rules.DescribeSecurityGroupRules(ctx, input));
  return { region, GroupId, create, allow, permit, revoke, modify, group, listed };
}

const ssh = (CidrIp = '0.0.0.0/0', Description?: string): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: 22,
  ToPort: 22,
  IpRanges: [{ CidrIp, ...(Description !== undefined && { Description }) }],
});

describe('AuthorizeSecurityGroupIngress', () => {
  it('adds rules, and answers with them', () => {
    const { GroupId, allow, group } = setUp();
    const answer = allow({
      IpPermissions: [ssh('203.0.113.7/24', 'office'), { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'Name', Value: 'x' }] }],
    });
    const shared = { GroupId, GroupOwnerId: '000000000000', IsEgress: false, Tags: [{ Key: 'Name', Value: 'x' }] };
    expect(answer.Return).toBe(true);
    expect(answer.SecurityGroupRules).toMatchObject([
      {
        ...shared,
        SecurityGroupRuleId: expect.stringMatching(/^sgr-0[0-9a-f]{16}$/),
        SecurityGroupRuleArn: expect.stringContaining(':security-group-rule/sgr-'),
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
        CidrIpv4: '203.0.113.0/24',
        Description: 'office',
      },
      {
        ...shared,
        IpProtocol: '-1',
        FromPort: -1,
        ToPort: -1,
        ReferencedGroupInfo: { GroupId, UserId: '000000000000' },
      },
    ]);
    expect(group()?.IpPermissions).toEqual(
      expect.arrayContaining([
        {
          IpProtocol: 'tcp',
          FromPort: 22,
          ToPort: 22,
          IpRanges: [{ CidrIp: '203.0.113.0/24', Description: 'office' }],
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: [],
        },
        {
          IpProtocol: '-1',
          IpRanges: [],
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: [{ GroupId, UserId: '000000000000', Description: undefined }],
        },
      ]),
    );
  });

  it('refuses a rule that is there, in whatever spelling', () => {
    const { permit } = setUp();
    permit(ssh());
    expect(errorOf(() => permit(ssh('10.0.0.0/8'), ssh('1.2.3.4/0', 'again')))).toBe(
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists',
    );
    expect(permit(ssh('10.0.0.0/8')).SecurityGroupRules).toHaveLength(1);
  });

  it('takes the older parameters', () => {
    const { region, create, allow, group } = setUp();
    allow({ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' });
    create('friends');
    allow({ SourceSecurityGroupName: 'friends' });
    expect(group()?.IpPermissions?.map(({ IpProtocol, FromPort, ToPort }) => [IpProtocol, FromPort, ToPort])).toEqual(
      expect.arrayContaining([
        ['tcp', 80, 80],
        ['tcp', 0, 65535],
        ['udp', 0, 65535],
        ['icmp', -1, -1],
      ]),
    );
    region.call((ctx) => rules.AuthorizeSecurityGroupIngress(ctx, { GroupName: 'friends', IpPermissions: [ssh()] }));
    const named = { GroupName: 'friends' };
    const byName = { IpProtocol: 'tcp', FromPort: 81, ToPort: 81, UserIdGroupPairs: [named] };
    expect(allow({ IpPermissions: [byName] }).SecurityGroupRules?.[0]?.ReferencedGroupInfo?.GroupId).toMatch(/^sg-/);
    expect(errorOf(() => allow({ CidrIp: '0.0.0.0/0', SourceSecurityGroupName: 'friends' }))).toContain(
      'InvalidParameterCombination',
    );
    expect(errorOf(() => allow({ CidrIp: '0.0.0.0/0', IpPermissions: [ssh()] }))).toContain(
      "The parameter 'ipPermissions' may not be used in combination with 'cidrIp'.",
    );
    expect(errorOf(() => allow({}))).toBe('MissingParameter: The request must contain the parameter ipPermissions');
    expect(errorOf(() => allow({ IpProtocol: 'tcp', FromPort: 80, ToPort: 80 }))).toContain('Malformed');
  });

  it('lets a group be named by its own VPC and account only', () => {
    const { region, permit, create } = setUp(false);
    const from = (pair: NonNullable<IpPermission['UserIdGroupPairs']>[number]) =>
      errorOf(() => permit({ IpProtocol: '-1', UserIdGroupPairs: [pair] }));
    const away = region.call((ctx) =>
      securityGroupOperations.CreateSecurityGroup(ctx, { GroupName: 'away', Description: 'elsewhere' }),
    ).GroupId;
    const networks = 'InvalidGroup.NotFound: You have specified two resources that belong to different networks.';
    expect(from({ GroupId: away })).toBe(networks);
    expect(from({ GroupId: create('near'), UserId: '111111111111' })).toBe(networks);
    expect(from({ GroupId: 'sg-00000000' })).toBe(
      "InvalidGroup.NotFound: The security group 'sg-00000000' does not exist",
    );
    expect(from({})).toBe('MissingParameter: Source group ID missing.');
    expect(from({ GroupName: 'near' })).toBe('MissingParameter: Source group ID missing.');
  });

  it('has room for sixty rules of a kind', () => {
    const { permit } = setUp();
    const ipv4 = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ssh(`10.0.${from + i}.0/24`));
    const ipv6 = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    permit(...ipv4(59));
    expect(errorOf(() => permit(...ipv4(2, 100)))).toBe(
      'RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.',
    );
    permit(...ipv4(1, 100));
    permit(ipv6);
    expect(errorOf(() => permit(...ipv4(1, 200)))).toContain('RulesPerSecurityGroupLimitExceeded');
  });

  it('adds nothing when one rule is refused', () => {
    const { permit, group, region } = setUp();
    const tags = { ResourceType: 'instance', Tags: [{ Key: 'a' }] };
    expect(errorOf(() => permit(ssh(), ssh('nowhere')))).toBe('InvalidParameterValue: CIDR block nowhere is malformed');
    const wrong = { GroupId: group()?.GroupId, IpPermissions: [ssh()], TagSpecifications: [tags] };
    expect(errorOf(() => region.call((ctx) => rules.AuthorizeSecurityGroupIngress(ctx, wrong)))).toBe(
      "InvalidParameterValue: 'instance' is not a valid taggable resource type for this operation.",
    );
    expect(group()?.IpPermissions).toEqual([]);
  });
});

describe('egress rules', () => {
  it('come and go beside those of ingress', () => {
    const { region, GroupId, permit, group } = setUp();
    permit(ssh());
    const all: IpPermission = { IpProtocol: '-1', FromPort: 0, ToPort: 0, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    const authorize = (...IpPermissions: readonly IpPermission[]) =>
      region.call((ctx) => rules.AuthorizeSecurityGroupEgress(ctx, { GroupId, IpPermissions }));
    expect(errorOf(() => authorize(all))).toBe(
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists',
    );
    authorize(ssh());
    const { RevokedSecurityGroupRules } = region.call((ctx) =>
      rules.RevokeSecurityGroupEgress(ctx, { GroupId, IpPermissions: [all] }),
    );
    expect(RevokedSecurityGroupRules).toMatchObject([{ IsEgress: true, IpProtocol: '-1', CidrIpv4: '0.0.0.0/0' }]);
    expect(group()?.IpPermissionsEgress).toMatchObject([{ IpProtocol: 'tcp', FromPort: 22 }]);
    expect(group()?.IpPermissions).toMatchObject([{ IpProtocol: 'tcp', FromPort: 22 }]);
  });
});

describe('RevokeSecurityGroupIngress', () => {
  it('removes what it names, whatever the description says', () => {
    const { region, allow, revoke, group } = setUp();
    allow({
      IpPermissions: [ssh('10.0.0.0/8', 'office'), ssh()],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'a' }] }],
    });
    const answer = revoke({ IpPermissions: [ssh('10.9.9.9/8')] });
    expect(answer).toMatchObject({
      Return: true,
      UnknownIpPermissions: [],
      RevokedSecurityGroupRules: [{ CidrIpv4: '10.0.0.0/8', Description: 'office', FromPort: 22 }],
    });
    revoke({ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' });
    expect(group()?.IpPermissions).toEqual([]);
    expect([...region.store.listAll(resourceTags)]).toEqual([]);
  });

  it('tells of unknown rules in a default VPC', () => {
    const { permit, revoke, group } = setUp();
    permit(ssh());
    const answer = revoke({ IpPermissions: [ssh(), ssh('10.0.0.0/8')] });
    expect(answer.RevokedSecurityGroupRules).toHaveLength(1);
    expect(answer.UnknownIpPermissions).toMatchObject([{ FromPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }]);
    expect(group()?.IpPermissions).toEqual([]);
  });

  it('refuses unknown rules in any other VPC, and then revokes none', () => {
    const { permit, revoke, group } = setUp(false);
    permit(ssh());
    expect(errorOf(() => revoke({ IpPermissions: [ssh(), ssh('10.0.0.0/8')] }))).toBe(
      'InvalidPermission.NotFound: The specified rule does not exist in this security group.',
    );
    expect(group()?.IpPermissions).toHaveLength(1);
  });

  it('removes rules by their ids, of its group and direction only', () => {
    const { permit, revoke, create, listed, group } = setUp();
    const id = permit(ssh()).SecurityGroupRules?.[0]?.SecurityGroupRuleId as string;
    const other = create('other');
    const foreign = listed({ Filters: [{ Name: 'group-id', Values: [other] }] }).SecurityGroupRules?.[0]
      ?.SecurityGroupRuleId as string;
    expect(errorOf(() => revoke({ SecurityGroupRuleIds: [id, foreign] }))).toBe(
      `InvalidSecurityGroupRuleId.NotFound: The security group rule ID '${foreign}' does not exist`,
    );
    expect(errorOf(() => revoke({ SecurityGroupRuleIds: ['10.0.0.0/8'] }))).toContain(
      'InvalidSecurityGroupRuleId.Malformed',
    );
    expect(errorOf(() => revoke({ SecurityGroupRuleIds: [id], IpPermissions: [ssh()] }))).toContain(
      'InvalidParameterCombination',
    );
    expect(revoke({ SecurityGroupRuleIds: [id] }).RevokedSecurityGroupRules).toMatchObject([
      { SecurityGroupRuleId: id },
    ]);
    expect(group()?.IpPermissions).toEqual([]);
    expect(errorOf(() => revoke({}))).toContain('MissingParameter');
  });
});

describe('ModifySecurityGroupRules', () => {
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIpv4: '0.0.0.0/0' };

  it('changes what a rule says, and keeps its id', () => {
    const { permit, modify, listed } = setUp();
    const id = permit(ssh()).SecurityGroupRules?.[0]?.SecurityGroupRuleId as string;
    modify({ SecurityGroupRuleId: id, SecurityGroupRule: { ...http, Description: 'web' } });
    expect(listed({ SecurityGroupRuleIds: [id] }).SecurityGroupRules).toMatchObject([
      { SecurityGroupRuleId: id, FromPort: 80, CidrIpv4: '0.0.0.0/0', Description: 'web', IsEgress: false },
    ]);
    modify({ SecurityGroupRuleId: id, SecurityGroupRule: { IpProtocol: '-1', CidrIpv4: '10.0.0.0/8' } });
    expect(listed({ SecurityGroupRuleIds: [id] }).SecurityGroupRules?.[0]?.Description).toBeUndefined();
  });

  it('lets two rules swap, but not become one', () => {
    const { permit, modify, group } = setUp();
    const [first = '', second = ''] =
      permit(ssh('10.0.0.0/8'), ssh()).SecurityGroupRules?.map(({ SecurityGroupRuleId = '' }) => SecurityGroupRuleId) ??
      [];
    const to = (SecurityGroupRuleId: string, CidrIpv4: string) => ({
      SecurityGroupRuleId,
      SecurityGroupRule: { ...http, FromPort: 22, ToPort: 22, CidrIpv4 },
    });
    modify(to(first, '0.0.0.0/0'), to(second, '10.0.0.0/8'));
    expect(errorOf(() => modify(to(first, '10.0.0.0/8')))).toContain('InvalidPermission.Duplicate');
    expect(errorOf(() => modify(to(first, '1.0.0.0/8'), to(second, '1.0.0.0/8')))).toContain('multiple times');
    expect(errorOf(() => modify(to(first, '1.0.0.0/8'), to(first, '2.0.0.0/8')))).toContain(
      `Duplicated security group rule ID '${first}'`,
    );
    expect(group()?.IpPermissions?.[0]?.IpRanges).toHaveLength(2);
  });

  it('keeps the kind of peer, and refuses what is no rule', () => {
    const { GroupId, permit, modify, create, listed } = setUp();
    const SecurityGroupRuleId = permit(ssh()).SecurityGroupRules?.[0]?.SecurityGroupRuleId as string;
    const ask = (SecurityGroupRule: SecurityGroupRuleUpdate['SecurityGroupRule'], id = SecurityGroupRuleId) =>
      errorOf(() => modify({ SecurityGroupRuleId: id, SecurityGroupRule }));
    expect(ask({ IpProtocol: '-1', CidrIpv6: '::/0' })).toBe(
      `InvalidParameterValue: Invalid rule type for security group rule '${SecurityGroupRuleId}'. You may not specify CidrIpv6 for an existing CidrIpv4 rule.`,
    );
    expect(ask({ IpProtocol: '-1', ReferencedGroupId: GroupId })).toContain('ReferencedGroupId');
    expect(ask({ IpProtocol: '-1', CidrIpv4: '0.0.0.0/0', CidrIpv6: '::/0' })).toContain('InvalidParameterCombination');
    expect(ask({ IpProtocol: '-1' })).toBe(
      'MissingParameter: The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId',
    );
    expect(ask({ CidrIpv4: '0.0.0.0/0' })).toContain('must specify protocols explicitly');
    expect(ask(undefined)).toContain('MissingParameter');
    const foreign = listed({ Filters: [{ Name: 'group-id', Values: [create('other')] }] }).SecurityGroupRules?.[0];
    expect(ask(http, foreign?.SecurityGroupRuleId as string)).toContain('InvalidSecurityGroupRuleId.NotFound');
  });
});

describe('UpdateSecurityGroupRuleDescriptions', () => {
  it('describes rules by what they say or by their ids', () => {
    const { region, GroupId, permit, group } = setUp();
    const id = permit(ssh('0.0.0.0/0', 'old')).SecurityGroupRules?.[0]?.SecurityGroupRuleId;
    type Input = Omit<Parameters<typeof rules.UpdateSecurityGroupRuleDescriptionsIngress>[1], 'GroupId'>;
    const update = (input: Input) =>
      region.call((ctx) => rules.UpdateSecurityGroupRuleDescriptionsIngress(ctx, { GroupId, ...input }));
    const description = () => group()?.IpPermissions?.[0]?.IpRanges?.[0]?.Description;
    update({ IpPermissions: [ssh('0.0.0.0/0', 'new')] });
    expect(description()).toBe('new');
    update({ SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description: 'newest' }] });
    expect(description()).toBe('newest');
    update({ IpPermissions: [ssh()] });
    expect(description()).toBeUndefined();
    expect(errorOf(() => update({ IpPermissions: [ssh('10.0.0.0/8')] }))).toContain('InvalidPermission.NotFound');
    expect(errorOf(() => update({}))).toContain('MissingParameter');
    const bad = { SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description: 'é' }] };
    expect(errorOf(() => update(bad))).toContain('Invalid rule description');
    const egress = () =>
      region.call((ctx) => rules.UpdateSecurityGroupRuleDescriptionsEgress(ctx, { GroupId, ...bad }));
    expect(errorOf(egress)).toContain('InvalidSecurityGroupRuleId.NotFound');
    region.call((ctx) =>
      rules.UpdateSecurityGroupRuleDescriptionsEgress(ctx, {
        GroupId,
        IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'out' }] }],
      }),
    );
    expect(group()?.IpPermissionsEgress?.[0]?.IpRanges?.[0]?.Description).toBe('out');
  });
});

describe('DescribeSecurityGroupRules', () => {
  it('lists rules by group, id and tag, in pages', () => {
    const { GroupId, allow, permit, listed } = setUp();
    permit(...Array.from({ length: 10 }, (_, i) => ssh(`10.0.${i}.0/24`)));
    allow({
      IpPermissions: [ssh()],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'Name', Value: 'door' }] }],
    });
    const filter = (Name: string, value: string) => ({ Filters: [{ Name, Values: [value] }] });
    expect(listed(filter('group-id', GroupId)).SecurityGroupRules).toHaveLength(12);
    expect(listed(filter('tag:Name', 'door')).SecurityGroupRules).toMatchObject([{ CidrIpv4: '0.0.0.0/0' }]);
    expect(listed(filter('security-group-rule-id', 'sgr-*')).SecurityGroupRules).toHaveLength(14);
    expect(listed(filter('group-id', 'sg-00000000000000000')).SecurityGroupRules).toEqual([]);
    expect(errorOf(() => listed(filter('group-id', 'door')))).toBe(
      `InvalidGroupId.Malformed: The security group ID 'door' is malformed`,
    );
    const first = listed({ MaxResults: 10 });
    const second = listed({ MaxResults: 10, NextToken: first.NextToken });
    expect([first.SecurityGroupRules?.length, second.SecurityGroupRules?.length]).toEqual([10, 4]);
    expect(second.NextToken).toBeUndefined();
    expect(errorOf(() => listed({ NextToken: 'x' }))).toBe("InvalidPaginationToken: Next token 'x' is invalid");
    expect(errorOf(() => listed({ SecurityGroupRuleIds: ['sgr-00000000'] }))).toBe(
      "InvalidSecurityGroupRuleId.NotFound: The security group rule ID 'sgr-00000000' does not exist",
    );
  });
});
