// What EC2's operations need to be allowed. Operations that describe know no resources; what is made is asked for without
// an id; what is tagged when it is made needs CreateTags as well.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html

import {
  type Access,
  type AnyAuthorizations,
  type Authorization,
  type Authorizations,
  on,
  onAll,
  type ResourceRef,
  resource,
} from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { Ec2Api, TagSpecification } from '../../generated/ec2.types.ts';
import { keyPairs } from './key-pairs.table.ts';
import { launchAccesses, tagsFor } from './launch.authorization.ts';
import { profileAuthorizations } from './profiles.authorization.ts';
import {
  ec2Ref,
  groupIdOf,
  image,
  instance,
  internetGateway,
  keyPair,
  networkInterface,
  routeTable,
  securityGroup,
  securityGroupRule,
  subnet,
  toBeMade,
  volume,
  vpc,
} from './resources.authorization.ts';
import { kindOfId } from './resources.ts';
import { resourceTags } from './tags.table.ts';
import { routeTables } from './vpcs.table.ts';

interface Taggable {
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
}

/** What an operation makes, and the tags that it puts on it at once. */
function makes(operation: string, ...types: readonly string[]): readonly Access<Taggable>[] {
  const made = types.map(
    (type): Access<Taggable> => ({
      resource: toBeMade(type),
      requestTags: ({ TagSpecifications }) => tagsFor(type, TagSpecifications),
    }),
  );
  return [...made, ...tagsOnMade(operation, types)];
}

function tagsOnMade(operation: string, types: readonly string[]): readonly Access<Taggable>[] {
  return types.map((type) => ({
    action: 'ec2:CreateTags',
    resource: toBeMade(type),
    requestTags: ({ TagSpecifications }) => tagsFor(type, TagSpecifications),
    keys: { 'ec2:CreateAction': () => operation },
    when: ({ TagSpecifications = [] }) => TagSpecifications.some(({ ResourceType }) => ResourceType === type),
  }));
}

const theInstance = instance.named<{ readonly InstanceId: string }>(({ InstanceId }) => [InstanceId]);
const theInstances = instance.named<{ readonly InstanceIds: readonly string[] }>(({ InstanceIds }) => InstanceIds);
const theVpc = vpc.named<{ readonly VpcId: string }>(({ VpcId }) => [VpcId]);
const theSubnet = subnet.named<{ readonly SubnetId: string }>(({ SubnetId }) => [SubnetId]);
const theVolume = volume.named<{ readonly VolumeId: string }>(({ VolumeId }) => [VolumeId]);
const theTable = routeTable.named<{ readonly RouteTableId: string }>(({ RouteTableId }) => [RouteTableId]);
const theGateway = internetGateway.named<{ readonly InternetGatewayId: string }>(({ InternetGatewayId }) => [
  InternetGatewayId,
]);
const theInterface = networkInterface.named<{ readonly NetworkInterfaceId: string }>(({ NetworkInterfaceId }) => [
  NetworkInterfaceId,
]);

interface NamesGroup {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

const theGroup = securityGroup.named<NamesGroup>(({ GroupId, GroupName }, ctx, rows) =>
  GroupId !== undefined ? [GroupId] : GroupName !== undefined ? [groupIdOf(GroupName, ctx, rows)] : [],
);

/** Groups that an instance or an interface is put into. */
const joinedGroups = securityGroup.named<{ readonly Groups?: readonly string[] | undefined }>(
  ({ Groups = [] }) => Groups,
);

const hasGroups = ({ Groups = [] }: { readonly Groups?: readonly string[] | undefined }): boolean => Groups.length > 0;

/** The table and the subnet that an association joins. */
const associated = {
  table: routeTable.named<{ readonly AssociationId: string }>(({ AssociationId }, scope, rows) =>
    tablesOf(AssociationId, rows.read(routeTables, scope).list()).map(({ id }) => id),
  ),
  /** None, where a table is its VPC's main one. */
  subnet: subnet.named<{ readonly AssociationId: string }>(({ AssociationId }, scope, rows) => {
    const [table] = tablesOf(AssociationId, rows.read(routeTables, scope).list());
    if (!table) return [];
    const { subnetId } = table.spec.associations.find(({ associationId }) => associationId === AssociationId) ?? {};
    return subnetId === undefined ? undefined : [subnetId];
  }),
};

type RouteTableRow = {
  readonly id: string;
  readonly spec: { readonly associations: readonly { readonly associationId: string; readonly subnetId?: string }[] };
};

const tablesOf = (associationId: string, tables: Iterable<RouteTableRow>): readonly RouteTableRow[] =>
  [...tables].filter(({ spec }) => spec.associations.some((each) => each.associationId === associationId));

const deletedPair = keyPair.named<{ readonly KeyName?: string | undefined; readonly KeyPairId?: string | undefined }>(
  ({ KeyName, KeyPairId }, scope, rows) => {
    const name =
      KeyName ?? (KeyPairId === undefined ? undefined : rows.read(keyPairs, scope).get(KeyPairId)?.spec.keyName);
    return [name ?? '*'];
  },
);

const newPair = keyPair.named<{ readonly KeyName: string }>(({ KeyName }) => [KeyName]);

/** Tags go on resources of every kind. */
const taggedTypes = [
  'instance',
  'image',
  'volume',
  'subnet',
  'vpc',
  'security-group',
  'security-group-rule',
  'key-pair',
  'network-interface',
  'internet-gateway',
  'route-table',
  'network-acl',
  'dhcp-options',
];

const tagged = resource({
  type: taggedTypes,
  of({ Resources }: { readonly Resources: readonly string[] }, ctx, rows): readonly ResourceRef[] {
    return Resources.map((id) => {
      const type = kindOfId(id)?.resourceType ?? '*';
      const name = type === 'key-pair' ? rows.read(keyPairs, ctx).get(id)?.spec.keyName : undefined;
      return { ...ec2Ref(ctx, type, name ?? id), id };
    });
  },
  find: ({ account, region, id }, rows) => rows.read(resourceTags, { account, region }).get(id),
  tags: ({ spec }) => spec.tags,
});

const changed = (name: string) => ({ keys: { 'ec2:Attribute': () => name } });

const firstAttribute =
  (names: readonly string[]) =>
  (input: object): string | undefined =>
    names.find((name) => (input as Readonly<Record<string, unknown>>)[name] !== undefined);

const instanceAttribute = firstAttribute([
  'Attribute',
  'BlockDeviceMappings',
  'DisableApiStop',
  'DisableApiTermination',
  'EbsOptimized',
  'EnaSupport',
  'Groups',
  'InstanceInitiatedShutdownBehavior',
  'InstanceType',
  'Kernel',
  'Ramdisk',
  'SourceDestCheck',
  'SriovNetSupport',
  'UserData',
]);

const table = {
  ...profileAuthorizations,
  AssociateRouteTable: [
    ...on(theTable),
    {
      resource: subnet.named<{ readonly SubnetId?: string | undefined }>(({ SubnetId }) =>
        SubnetId ? [SubnetId] : [],
      ),
      when: ({ SubnetId }: { readonly SubnetId?: string | undefined }) => SubnetId !== undefined,
    },
  ],
  AttachInternetGateway: [...on(theGateway), ...on(theVpc)],
  AuthorizeSecurityGroupEgress: [
    ...on(theGroup),
    ...tagsOnMade('AuthorizeSecurityGroupEgress', ['security-group-rule']),
  ],
  AuthorizeSecurityGroupIngress: [
    ...on(theGroup),
    ...tagsOnMade('AuthorizeSecurityGroupIngress', ['security-group-rule']),
  ],
  CreateDefaultSubnet: onAll,
  CreateDefaultVpc: onAll,
  CreateInternetGateway: makes('CreateInternetGateway', 'internet-gateway'),
  CreateKeyPair: [
    ...on(newPair, {
      requestTags: (input: Taggable & { readonly KeyName: string }) => tagsFor('key-pair', input.TagSpecifications),
    }),
    ...tagsOnMade('CreateKeyPair', ['key-pair']),
  ],
  CreateRoute: on(theTable),
  CreateRouteTable: [...makes('CreateRouteTable', 'route-table'), ...on(theVpc)],
  CreateSecurityGroup: [
    ...makes('CreateSecurityGroup', 'security-group'),
    {
      resource: vpc.named<{ readonly VpcId?: string | undefined }>(({ VpcId }) => (VpcId ? [VpcId] : [])),
      when: ({ VpcId }: { readonly VpcId?: string | undefined }) => VpcId !== undefined,
    },
  ],
  CreateSubnet: [...makes('CreateSubnet', 'subnet'), ...on(theVpc)],
  CreateTags: on(tagged, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  CreateVpc: makes('CreateVpc', 'vpc'),
  DeleteInternetGateway: on(theGateway),
  DeleteKeyPair: on(deletedPair),
  DeleteNetworkInterface: on(theInterface),
  DeleteRoute: on(theTable),
  DeleteRouteTable: on(theTable),
  DeleteSecurityGroup: on(theGroup),
  DeleteSubnet: on(theSubnet),
  DeleteTags: on(tagged, { tagKeys: ({ Tags = [] }) => Tags.map(({ Key = '' }) => Key) }),
  DeleteVolume: on(theVolume),
  DeleteVpc: on(theVpc),
  DescribeAccountAttributes: onAll,
  DescribeAvailabilityZones: onAll,
  DescribeDhcpOptions: onAll,
  DescribeImageAttribute: on(image.named<{ readonly ImageId: string }>(({ ImageId }) => [ImageId])),
  DescribeImages: onAll,
  DescribeInstanceAttribute: on(theInstance),
  DescribeInstanceCreditSpecifications: onAll,
  DescribeInstanceStatus: onAll,
  DescribeInstanceTypeOfferings: onAll,
  DescribeInstanceTypes: onAll,
  DescribeInstances: onAll,
  DescribeInternetGateways: onAll,
  DescribeKeyPairs: onAll,
  DescribeNetworkAcls: onAll,
  DescribeNetworkInterfaceAttribute: onAll,
  DescribeNetworkInterfaces: onAll,
  DescribeRegions: onAll,
  DescribeRouteTables: onAll,
  DescribeSecurityGroupRules: onAll,
  DescribeSecurityGroups: onAll,
  DescribeSubnets: onAll,
  DescribeTags: onAll,
  DescribeVolumeAttribute: on(theVolume),
  DescribeVolumes: onAll,
  DescribeVpcAttribute: on(theVpc),
  DescribeVpcs: onAll,
  DetachInternetGateway: [...on(theGateway), ...on(theVpc)],
  DisassociateRouteTable: [...on(associated.table), ...on(associated.subnet)],
  GetConsoleOutput: on(theInstance),
  GetSecurityGroupsForVpc: on(theVpc),
  ImportKeyPair: [
    ...on(newPair, {
      requestTags: (input: Taggable & { readonly KeyName: string }) => tagsFor('key-pair', input.TagSpecifications),
    }),
    ...tagsOnMade('ImportKeyPair', ['key-pair']),
  ],
  ModifyInstanceAttribute: [
    ...on(theInstance, { keys: { 'ec2:Attribute': instanceAttribute } }),
    { resource: joinedGroups, when: hasGroups },
  ],
  ModifyInstanceCreditSpecification: on(
    instance.named<{ readonly InstanceCreditSpecifications: readonly { readonly InstanceId: string }[] }>(
      ({ InstanceCreditSpecifications }) => InstanceCreditSpecifications.map(({ InstanceId }) => InstanceId),
    ),
    changed('InstanceCreditSpecifications'),
  ),
  ModifyInstanceMetadataOptions: on(theInstance, {
    keys: {
      'ec2:Attribute': firstAttribute([
        'HttpTokens',
        'HttpEndpoint',
        'HttpPutResponseHopLimit',
        'HttpProtocolIpv6',
        'InstanceMetadataTags',
      ]),
    },
  }),
  ModifyNetworkInterfaceAttribute: [...on(theInterface), { resource: joinedGroups, when: hasGroups }],
  ModifySecurityGroupRules: [
    ...on(theGroup),
    ...on(
      securityGroupRule.named<{ readonly SecurityGroupRules: readonly { readonly SecurityGroupRuleId: string }[] }>(
        ({ SecurityGroupRules }) => SecurityGroupRules.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId),
      ),
    ),
  ],
  ModifySubnetAttribute: on(theSubnet),
  ModifyVpcAttribute: on(theVpc),
  MonitorInstances: on(theInstances),
  RebootInstances: on(theInstances),
  ReplaceRoute: on(theTable),
  ReplaceRouteTableAssociation: [...on(theTable), ...on(associated.subnet)],
  RevokeSecurityGroupEgress: on(theGroup),
  RevokeSecurityGroupIngress: on(theGroup),
  RunInstances: [...launchAccesses, ...tagsOnMade('RunInstances', ['instance', 'volume', 'network-interface'])],
  StartInstances: on(theInstances),
  StopInstances: on(theInstances),
  TerminateInstances: on(theInstances),
  UnmonitorInstances: on(theInstances),
  UpdateSecurityGroupRuleDescriptionsEgress: on(theGroup),
  UpdateSecurityGroupRuleDescriptionsIngress: on(theGroup),
} satisfies Authorizations<Ec2Api>;

/** Every action of EC2 knows the region that it is asked in. */
function withRegion(authorization: Authorization<never>): Authorization<never> {
  if ('always' in authorization || 'within' in authorization) return authorization;
  return authorization.map((access): Access<never> => {
    const isOurs = access.action === undefined || access.action.startsWith('ec2:');
    return isOurs ? { ...access, keys: { ...access.keys, 'ec2:Region': (_input, { region }) => region } } : access;
  });
}

export const ec2Authorization: AnyAuthorizations = Object.fromEntries(
  Object.entries<Authorization<never>>(table).map(([name, authorization]) => [name, withRegion(authorization)]),
);
