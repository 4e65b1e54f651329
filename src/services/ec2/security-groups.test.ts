import { describe, expect, it } from 'vitest';
import type { Filter, IpPermission } from '../../generated/ec2.types.ts';
import { openEc2Scope } from './default-vpc.ts';
import { insertInstance } from './instances.testing.ts';
import { createTestRegion, errorOf } from './region.testing.ts';
import { securityGroupRuleOperations } from './security-group-rules.operations.ts';
import { securityGroupOperations } from './security-groups.operations.ts';
import { securityGroupRules } from './security-groups.table.ts';
import { subnetOperations } from './subnets.operations.ts';
import { resourceTags } from './tags.table.ts';
import { vpcOperations } from './vpcs.operations.ts';

type CreateInput = Parameters<typeof securityGroupOperations.CreateSecurityGroup>[1];
type DescribeInput = Parameters<typeof securityGroupOperations.DescribeSecurityGroups>[1];

function setUp() {
  const region = createTestRegion({ openScope: openEc2Scope });
  const create = (GroupName: string, more: Partial<CreateInput> = {}) =>
    region.call((ctx) =>
      securityGroupOperations.CreateSecurityGroup(ctx, { GroupName, Description: 'a group', ...more }),
    ).GroupId as string;
  const show = (input: DescribeInput = {}) =>
    region.call((ctx) => securityGroupOperations.DescribeSecurityGroups(ctx, input)).SecurityGroups ?? [];
  const remove = (input: Parameters<typeof securityGroupOperations.DeleteSecurityGroup>[1]) =>
    region.call((ctx) => securityGroupOperations.DeleteSecurityGroup(ctx, input));
  const allow = (GroupId: string, ...IpPermissions: readonly IpPermission[]) =>
    region.call((ctx) => securityGroupRuleOperations.AuthorizeSecurityGroupIngress(ctx, { GroupId, IpPermissions }));
  const otherVpc = () =>
    region.call((ctx) => vpcOperations.CreateVpc(ctx, { CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId as string;
  const defaultVpcId = show({ GroupNames: ['default'] })[0]?.VpcId as string;
  return { region, create, show, remove, allow, otherVpc, defaultVpcId };
}

describe('CreateSecurityGroup', () => {
  it('makes a group in the default VPC that lets everything out', () => {
    const { region, show, defaultVpcId } = setUp();
    const made = region.call((ctx) =>
      securityGroupOperations.CreateSecurityGroup(ctx, {
        GroupName: 'web ',
        Description: 'a group',
        TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'Name', Value: 'web' }] }],
      }),
    );
    const GroupId = made.GroupId as string;
    expect(made).toEqual({
      GroupId: expect.stringMatching(/^sg-0[0-9a-f]{16}$/),
      SecurityGroupArn: `arn:aws:ec2:us-east-1:000000000000:security-group/${GroupId}`,
      Tags: [{ Key: 'Name', Value: 'web' }],
    });
    expect(show({ GroupIds: [GroupId] })).toMatchObject([
      {
        GroupName: 'web',
        Description: 'a group',
        VpcId: defaultVpcId,
        OwnerId: '000000000000',
        IpPermissions: [],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], UserIdGroupPairs: [] }],
        Tags: [{ Key: 'Name', Value: 'web' }],
      },
    ]);
  });

  it('refuses a name that the VPC has', () => {
    const { create, otherVpc, defaultVpcId } = setUp();
    create('web');
    expect(errorOf(() => create('WEB'))).toBe(
      `InvalidGroup.Duplicate: The security group 'WEB' already exists for VPC '${defaultVpcId}'`,
    );
    expect(create('web', { VpcId: otherVpc() })).toMatch(/^sg-/);
  });

  it('refuses names and descriptions that AWS refuses', () => {
    const { create } = setUp();
    const ask = (name: string, description = 'a group') => errorOf(() => create(name, { Description: description }));
    expect(ask('sg-web')).toBe(
      'InvalidParameterValue: Value (sg-web) for parameter GroupName is invalid. Group names may not be in the format sg-*.',
    );
    expect(ask('default')).toBe('InvalidParameterValue: Cannot use reserved security group name: default');
    expect(ask('wéb')).toBe(
      'InvalidParameterValue: Value (wéb) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.',
    );
    expect(ask('web', 'für alle')).toContain('for parameter GroupDescription is invalid');
    expect(ask('web', "Bob's")).toBe(
      'InvalidParameterValue: Invalid security group description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    );
    expect(ask('web?')).toContain('Invalid security group name.');
    expect(ask('w'.repeat(256))).toContain('Invalid security group name.');
    expect(ask('  ')).toBe('MissingParameter: The request must contain the parameter GroupName');
    expect(ask('web', '')).toBe('MissingParameter: The request must contain the parameter GroupDescription');
  });

  it('needs a VPC', () => {
    const { create } = setUp();
    expect(errorOf(() => create('web', { VpcId: 'vpc-00000000' }))).toContain('InvalidVpcID.NotFound');
    const bare = createTestRegion();
    const orphan = () =>
      bare.call((ctx) => securityGroupOperations.CreateSecurityGroup(ctx, { GroupName: 'a', Description: 'b' }));
    expect(errorOf(orphan)).toBe('VPCIdNotSpecified: No default VPC for this user');
  });
});

describe('DeleteSecurityGroup', () => {
  it('removes a group by its id or name, with its rules and tags', () => {
    const { region, create, show, remove, allow } = setUp();
    const before = [...region.store.listAll(securityGroupRules)].length;
    const [first] = [create('first'), create('second')];
    allow(first, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: first }] });
    expect(remove({ GroupId: first })).toEqual({ Return: true, GroupId: first });
    remove({ GroupName: 'second' });
    expect(show()).toHaveLength(1);
    expect([...region.store.listAll(securityGroupRules)]).toHaveLength(before);
    expect([...region.store.listAll(resourceTags)]).toEqual([]);
    expect(errorOf(() => remove({ GroupId: first }))).toBe(
      `InvalidGroup.NotFound: The security group '${first}' does not exist`,
    );
    expect(errorOf(() => remove({ GroupName: 'second' }))).toContain(
      "InvalidGroup.NotFound: The security group 'second' does not exist in default VPC 'vpc-",
    );
    expect(errorOf(() => remove({}))).toBe(
      'MissingParameter: The request must contain the parameter groupName or groupId',
    );
    expect(errorOf(() => remove({ GroupId: 'sg-x' }))).toBe(
      'InvalidGroupId.Malformed: Invalid id: "sg-x" (expecting "sg-...")',
    );
  });

  it('keeps the default group, and groups that are used', () => {
    const { region, create, show, remove, allow } = setUp();
    const defaultId = show({ GroupNames: ['default'] })[0]?.GroupId as string;
    expect(errorOf(() => remove({ GroupId: defaultId }))).toBe(
      `CannotDelete: the specified group: "${defaultId}" name: "default" cannot be deleted by a user`,
    );
    const [named, user, worn] = [create('named'), create('user'), create('worn')];
    allow(user, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: named }] });
    expect(errorOf(() => remove({ GroupId: named }))).toBe(
      `DependencyViolation: resource ${named} has a dependent object`,
    );
    const subnetId = region.call((ctx) => subnetOperations.DescribeSubnets(ctx, {})).Subnets?.[0]?.SubnetId as string;
    region.call((ctx) => insertInstance(ctx, { subnetId, securityGroupIds: [worn] }));
    expect(errorOf(() => remove({ GroupId: worn }))).toContain('DependencyViolation');
    remove({ GroupId: user });
    remove({ GroupId: named });
  });
});

describe('GetSecurityGroupsForVpc', () => {
  it('tells those of one VPC, and takes their tags for filters', () => {
    const { region, create, otherVpc } = setUp();
    const VpcId = otherVpc();
    create('elsewhere');
    const GroupId = create('web', {
      VpcId,
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    const get = (Filters?: Filter[]) =>
      region.call((ctx) => securityGroupOperations.GetSecurityGroupsForVpc(ctx, { VpcId, Filters }))
        .SecurityGroupForVpcs ?? [];
    expect(get().map(({ GroupName }) => GroupName)).toHaveLength(2);
    expect(get([{ Name: 'tag:a', Values: ['b'] }])).toEqual([
      {
        GroupId,
        GroupName: 'web',
        Description: 'a group',
        OwnerId: '000000000000',
        PrimaryVpcId: VpcId,
        Tags: [{ Key: 'a', Value: 'b' }],
      },
    ]);
    expect(get([{ Name: 'group-name', Values: ['default'] }])).toMatchObject([{ Tags: [] }]);
    expect(
      errorOf(() => region.call((ctx) => securityGroupOperations.GetSecurityGroupsForVpc(ctx, { VpcId: 'vpc-1' }))),
    ).toMatch(/InvalidVpcI[dD]/);
  });
});

describe('DescribeSecurityGroups', () => {
  it('finds groups by id and by name in the default VPC', () => {
    const { create, show, otherVpc, defaultVpcId } = setUp();
    const web = create('web');
    const elsewhere = create('elsewhere', { VpcId: otherVpc() });
    expect(show().length).toBe(4);
    expect(show({ GroupNames: ['web'] }).map(({ GroupId }) => GroupId)).toEqual([web]);
    expect(show({ GroupIds: [elsewhere], GroupNames: ['web'] })).toHaveLength(2);
    expect(errorOf(() => show({ GroupNames: ['elsewhere'] }))).toBe(
      `InvalidGroup.NotFound: The security group 'elsewhere' does not exist in default VPC '${defaultVpcId}'`,
    );
    expect(errorOf(() => show({ GroupIds: ['sg-00000000', 'sg-00000001'] }))).toBe(
      "InvalidGroup.NotFound: The security groups 'sg-00000000, sg-00000001' do not exist",
    );
  });

  it('finds groups by every documented filter', () => {
    const { region, create, show, allow, otherVpc } = setUp();
    const VpcId = otherVpc();
    const [web, db] = [create('web'), create('db', { Description: 'data' })];
    create('far', { VpcId });
    allow(web, { IpProtocol: 'tcp', FromPort: 80, ToPort: 90, IpRanges: [{ CidrIp: '203.0.113.0/24' }] });
    allow(web, { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Ipv6Ranges: [{ CidrIpv6: '::/0' }] });
    allow(db, { IpProtocol: 'udp', FromPort: 53, ToPort: 53, UserIdGroupPairs: [{ GroupId: web }] });
    region.call((ctx) =>
      securityGroupRuleOperations.AuthorizeSecurityGroupEgress(ctx, {
        GroupId: db,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 25, ToPort: 26, UserIdGroupPairs: [{ GroupId: web }] }],
      }),
    );
    const find = (...filters: readonly (readonly [string, ...string[]])[]) =>
      show({ Filters: filters.map(([Name, ...Values]): Filter => ({ Name, Values })) }).map(
        ({ GroupName }) => GroupName,
      );
    const found: Readonly<Record<string, readonly [value: string, ...names: string[]]>> = {
      description: ['data', 'db'],
      'group-id': [web, 'web'],
      'group-name': ['w*', 'web'],
      'vpc-id': [VpcId, 'default', 'far'],
      'ip-permission.cidr': ['203.0.113.0/24', 'web'],
      'ip-permission.from-port': ['80', 'web'],
      'ip-permission.to-port': ['90', 'web'],
      'ip-permission.group-id': [web, 'db'],
      'ip-permission.group-name': ['web', 'db'],
      'ip-permission.ipv6-cidr': ['::/0', 'web'],
      'ip-permission.prefix-list-id': ['*'],
      'ip-permission.protocol': ['udp', 'db'],
      'egress.ip-permission.from-port': ['25', 'db'],
      'egress.ip-permission.to-port': ['26', 'db'],
      'egress.ip-permission.group-id': [web, 'db'],
      'egress.ip-permission.group-name': ['web', 'db'],
      'egress.ip-permission.user-id': ['000000000000', 'db'],
      'egress.ip-permission.protocol': ['tcp', 'db'],
    };
    for (const [name, [value, ...names]] of Object.entries(found)) {
      expect([name, ...find([name, value]).toSorted()]).toEqual([name, ...names]);
    }
    expect(find(['egress.ip-permission.cidr', '0.0.0.0/0'])).toHaveLength(5);
    expect(find(['owner-id', '000000000000'])).toHaveLength(5);
    // One rule has the port, another the range: that is enough.
    expect(find(['ip-permission.from-port', '80'], ['ip-permission.ipv6-cidr', '::/0'])).toEqual(['web']);
  });

  it('pages', () => {
    const { region, create } = setUp();
    for (let i = 0; i < 11; i++) create(`group ${i}`);
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = region.call((ctx) =>
        securityGroupOperations.DescribeSecurityGroups(ctx, { MaxResults: 5, NextToken }),
      );
      seen.push(...(page.SecurityGroups ?? []).map(({ GroupName }) => GroupName as string));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    const ask = (input: DescribeInput) =>
      errorOf(() => region.call((ctx) => securityGroupOperations.DescribeSecurityGroups(ctx, input)));
    expect(ask({ MaxResults: 5, GroupNames: ['default'] })).toBe(
      'InvalidParameterCombination: The parameter securityGroupIdSet cannot be used with the parameter maxResults',
    );
    expect(ask({ MaxResults: 1001 })).toContain('Expecting a value smaller than 1000.');
  });

  it('shows nothing of other accounts and regions', () => {
    const { region, create } = setUp();
    const GroupId = create('web');
    for (const other of [region.elsewhere({ account: '111111111111' }), region.elsewhere({ region: 'eu-west-1' })]) {
      const ask = () =>
        other.call((ctx) => securityGroupOperations.DescribeSecurityGroups(ctx, { GroupIds: [GroupId] }));
      expect(errorOf(ask)).toBe(`InvalidGroup.NotFound: The security group '${GroupId}' does not exist`);
    }
  });
});
