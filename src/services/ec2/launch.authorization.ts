// What RunInstances needs to be allowed: on everything that it uses, and on everything that it makes.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances

import { type Access, type ResourceRef, type Rows, resource } from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { RunInstancesRequest, TagSpecification } from '../../generated/ec2.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { rootVolumeSizeGiB, rootVolumeType } from './images.facts.ts';
import { namedProfileArn, passesRole } from './profiles.authorization.ts';
import { ec2Ref, groupIdOf, image, keyPair, newRef, securityGroup, subnet } from './resources.authorization.ts';
import { subnets } from './vpcs.table.ts';

type Launch = RunInstancesRequest;

export function tagsFor(type: string, specifications: readonly TagSpecification[] | undefined) {
  const tags = (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap(({ Tags }) => Tags ?? []);
  return tagsByKey(tags);
}

const primaryOf = ({ NetworkInterfaces = [] }: Launch) => NetworkInterfaces[0];

const subnetIdOf = (input: Launch): string | undefined => primaryOf(input)?.SubnetId ?? input.SubnetId;

function subnetOf(input: Launch, scope: Scope, rows: Rows) {
  const id = subnetIdOf(input);
  return id === undefined ? undefined : rows.read(subnets, scope).get(id);
}

const launchSubnet = subnet.named<Launch>((input) => [subnetIdOf(input) ?? '*']);

const launchGroups = securityGroup.named<Launch>((input, ctx, rows) => {
  const named = (input.SecurityGroups ?? []).map((name) => groupIdOf(name, ctx, rows));
  const ids = [...(primaryOf(input)?.Groups ?? []), ...(input.SecurityGroupIds ?? []), ...named];
  return ids.length > 0 ? ids : ['*'];
});

/** What is made has no row yet: conditions are asked of the request. */
const made = (type: string) =>
  resource({ type, of: (_input: Launch, ctx): readonly ResourceRef[] => [newRef(ctx, type)] });

function zoneOf(input: Launch, scope: Scope, rows: Rows): string | undefined {
  return input.Placement?.AvailabilityZone ?? subnetOf(input, scope, rows)?.spec.availabilityZone;
}

const rootDisk = ({ BlockDeviceMappings = [] }: Launch) => BlockDeviceMappings.find(({ Ebs }) => Ebs)?.Ebs;

const launchedInstance: Access<Launch> = {
  resource: made('instance'),
  requestTags: ({ TagSpecifications }) => tagsFor('instance', TagSpecifications),
  keys: {
    'ec2:AvailabilityZone': (input, ctx, _ref, rows) => zoneOf(input, ctx, rows),
    'ec2:EbsOptimized': ({ EbsOptimized }) => EbsOptimized ?? false,
    'ec2:InstanceMarketType': ({ InstanceMarketOptions }) => (InstanceMarketOptions ? 'spot' : 'on-demand'),
    'ec2:InstanceMetadataTags': ({ MetadataOptions }) => MetadataOptions?.InstanceMetadataTags,
    'ec2:InstanceProfile': ({ IamInstanceProfile }, ctx, _ref, rows) => namedProfileArn(IamInstanceProfile, ctx, rows),
    'ec2:InstanceType': ({ InstanceType }) => InstanceType ?? 'm1.small',
    'ec2:MetadataHttpEndpoint': ({ MetadataOptions }) => MetadataOptions?.HttpEndpoint,
    'ec2:MetadataHttpPutResponseHopLimit': ({ MetadataOptions }) => MetadataOptions?.HttpPutResponseHopLimit,
    'ec2:MetadataHttpTokens': ({ MetadataOptions }) => MetadataOptions?.HttpTokens,
    'ec2:RootDeviceType': () => 'ebs',
    'ec2:Tenancy': ({ Placement }) => Placement?.Tenancy ?? 'default',
  },
};

const launchedVolume: Access<Launch> = {
  resource: made('volume'),
  requestTags: ({ TagSpecifications }) => tagsFor('volume', TagSpecifications),
  keys: {
    'ec2:AvailabilityZone': (input, ctx, _ref, rows) => zoneOf(input, ctx, rows),
    'ec2:Encrypted': (input) => rootDisk(input)?.Encrypted ?? false,
    'ec2:ParentSnapshot': (input, ctx) => {
      const id = rootDisk(input)?.SnapshotId;
      return id === undefined ? undefined : ec2Ref(ctx, 'snapshot', id).arn;
    },
    'ec2:VolumeIops': (input) => rootDisk(input)?.Iops,
    'ec2:VolumeSize': (input) => rootDisk(input)?.VolumeSize ?? rootVolumeSizeGiB,
    'ec2:VolumeThroughput': (input) => rootDisk(input)?.Throughput,
    'ec2:VolumeType': (input) => rootDisk(input)?.VolumeType ?? rootVolumeType,
  },
};

const launchedInterface: Access<Launch> = {
  resource: made('network-interface'),
  requestTags: ({ TagSpecifications }) => tagsFor('network-interface', TagSpecifications),
  keys: {
    'ec2:AssociatePublicIpAddress': (input) => primaryOf(input)?.AssociatePublicIpAddress,
    'ec2:AvailabilityZone': (input, ctx, _ref, rows) => zoneOf(input, ctx, rows),
    'ec2:Subnet': (input, ctx) => {
      const id = subnetIdOf(input);
      return id === undefined ? undefined : ec2Ref(ctx, 'subnet', id).arn;
    },
    'ec2:Vpc': (input, ctx, _ref, rows) => {
      const row = subnetOf(input, ctx, rows);
      return row && ec2Ref(ctx, 'vpc', row.spec.vpcId).arn;
    },
  },
};

export const launchAccesses: readonly Access<Launch>[] = [
  { resource: image.named<Launch>(({ ImageId }) => [ImageId ?? '*']) },
  launchedInstance,
  launchedInterface,
  { resource: launchGroups },
  { resource: launchSubnet },
  launchedVolume,
  {
    resource: keyPair.named<Launch>(({ KeyName }) => (KeyName === undefined ? [] : [KeyName])),
    when: ({ KeyName }) => KeyName !== undefined,
  },
  {
    ...passesRole(),
    when: ({ IamInstanceProfile }) => IamInstanceProfile !== undefined,
  },
];
