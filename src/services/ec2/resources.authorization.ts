// EC2's resources as policies see them: their ARNs, their tags, and the condition keys that AWS has for each kind.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html

import { formatArn } from '../../aws/arn.ts';
import {
  type KeysOf,
  nothingToAsk,
  type ResourceRef,
  type ResourceRule,
  type Rows,
  resource,
} from '../../aws/authorization.ts';
import type { Row, Scope, Table } from '../../kernel/table.ts';
import { getImage } from './images.ts';
import { instances } from './instances.table.ts';
import { keyPairs } from './key-pairs.table.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { securityGroupRules, securityGroups } from './security-groups.table.ts';
import { resourceTags } from './tags.table.ts';
import { volumes } from './volumes.table.ts';
import { internetGateways, routeTables, subnets, vpcs } from './vpcs.table.ts';

export function ec2Ref({ account, region }: Scope, type: string, id: string): ResourceRef {
  // Images and snapshots may be shared, so that their ARNs name no account.
  const owner = type === 'image' || type === 'snapshot' ? '' : account;
  return { arn: formatArn({ service: 'ec2', region, account: owner, resource: `${type}/${id}` }), account, region, id };
}

/** What is still to be made, and so has no id. */
export const newRef = (scope: Scope, type: string): ResourceRef => ec2Ref(scope, type, '*');

const tagsOf = (_found: unknown, { account, region, id }: ResourceRef, rows: Rows) =>
  rows.read(resourceTags, { account, region }).get(id)?.spec.tags ?? {};

/** How inputs name resources of a kind; undefined where it is known that none is needed. */
export type Naming<Input> = (input: Input, ctx: Scope, rows: Rows) => readonly string[] | undefined;

export interface Ec2Kind {
  readonly type: string;
  named<Input>(ids: Naming<Input>): ResourceRule<Input>;
}

function kind<Spec, Status>(type: string, table: Table<Spec, Status>, keys: KeysOf<Row<Spec, Status>> = {}): Ec2Kind {
  return {
    type,
    named: <Input>(ids: Naming<Input>) =>
      resource({
        type,
        of: (input: Input, ctx, rows) => ids(input, ctx, rows)?.map((id) => ec2Ref(ctx, type, id)) ?? nothingToAsk,
        find: ({ account, region, id }, rows) => rows.read(table, { account, region }).get(id),
        tags: tagsOf,
        keys,
      }),
  };
}

const vpcArn = ({ account, region }: Scope, vpcId: string): string => ec2Ref({ account, region }, 'vpc', vpcId).arn;

export const instance = kind('instance', instances, {
  'ec2:AvailabilityZone': ({ spec }) => spec.availabilityZone,
  'ec2:EbsOptimized': ({ spec }) => spec.ebsOptimized,
  'ec2:InstanceAutoRecovery': ({ spec }) => spec.autoRecovery ?? 'default',
  'ec2:InstanceID': ({ id }) => id,
  'ec2:InstanceMarketType': () => 'on-demand',
  'ec2:InstanceMetadataTags': ({ spec }) => spec.metadataOptions.instanceMetadataTags,
  'ec2:InstanceProfile': ({ spec }) => spec.instanceProfile?.arn,
  'ec2:InstanceType': ({ spec }) => spec.instanceType,
  'ec2:MetadataHttpEndpoint': ({ spec }) => spec.metadataOptions.httpEndpoint,
  'ec2:MetadataHttpPutResponseHopLimit': ({ spec }) => spec.metadataOptions.httpPutResponseHopLimit,
  'ec2:MetadataHttpTokens': ({ spec }) => spec.metadataOptions.httpTokens,
  'ec2:RootDeviceType': () => 'ebs',
  'ec2:Tenancy': () => 'default',
});

export const volume = kind('volume', volumes, {
  'ec2:AvailabilityZone': ({ spec }) => spec.availabilityZone,
  'ec2:Encrypted': ({ spec }) => spec.encrypted,
  'ec2:ParentSnapshot': (row) =>
    row.spec.snapshotId === undefined ? undefined : ec2Ref(row, 'snapshot', row.spec.snapshotId).arn,
  'ec2:VolumeID': ({ id }) => id,
  'ec2:VolumeIops': ({ spec }) => spec.iops,
  'ec2:VolumeSize': ({ spec }) => spec.sizeGiB,
  'ec2:VolumeThroughput': ({ spec }) => spec.throughput,
  'ec2:VolumeType': ({ spec }) => spec.volumeType,
});

export const networkInterface = kind('network-interface', networkInterfaces, {
  'ec2:AvailabilityZone': ({ spec }) => spec.availabilityZone,
  'ec2:NetworkInterfaceID': ({ id }) => id,
  'ec2:Subnet': (row) => ec2Ref(row, 'subnet', row.spec.subnetId).arn,
  'ec2:Vpc': (row) => vpcArn(row, row.spec.vpcId),
});

export const subnet = kind('subnet', subnets, {
  'ec2:AvailabilityZone': ({ spec }) => spec.availabilityZone,
  'ec2:AvailabilityZoneId': ({ spec }) => spec.availabilityZoneId,
  'ec2:SubnetID': ({ id }) => id,
  'ec2:Vpc': (row) => vpcArn(row, row.spec.vpcId),
});

export const securityGroup = kind('security-group', securityGroups, {
  'ec2:SecurityGroupID': ({ id }) => id,
  'ec2:Vpc': (row) => vpcArn(row, row.spec.vpcId),
});

export const vpc = kind('vpc', vpcs, {
  'ec2:Tenancy': ({ spec }) => spec.instanceTenancy,
  'ec2:VpcID': ({ id }) => id,
});

export const routeTable = kind('route-table', routeTables, {
  'ec2:RouteTableID': ({ id }) => id,
  'ec2:Vpc': (row) => vpcArn(row, row.spec.vpcId),
});

export const internetGateway = kind('internet-gateway', internetGateways, {
  'ec2:InternetGatewayID': ({ id }) => id,
});

export const securityGroupRule = kind('security-group-rule', securityGroupRules);

/** Its ARN ends in the pair's name, not in its id. */
export const keyPair = {
  type: 'key-pair',
  named: <Input>(names: Naming<Input>) =>
    resource({
      type: 'key-pair',
      of: (input: Input, ctx, rows) =>
        names(input, ctx, rows)?.map((name) => ec2Ref(ctx, 'key-pair', name)) ?? nothingToAsk,
      find: findKeyPair,
      tags: ({ id }, ref, rows) => tagsOf(undefined, { ...ref, id }, rows),
      keys: {
        'ec2:KeyPairName': ({ spec }) => spec.keyName,
        'ec2:KeyPairType': ({ spec }) => spec.keyType,
      },
    }),
};

function findKeyPair({ account, region, id: name }: ResourceRef, rows: Rows) {
  for (const row of rows.read(keyPairs, { account, region }).by('byName', name)) return row;
  return undefined;
}

export const image = {
  type: 'image',
  named: <Input>(ids: Naming<Input>) =>
    resource({
      type: 'image',
      of: (input: Input, ctx, rows) => ids(input, ctx, rows)?.map((id) => ec2Ref(ctx, 'image', id)) ?? nothingToAsk,
      find: ({ region, id }) => getImage(region, id),
      tags: tagsOf,
      keys: {
        'ec2:ImageID': ({ imageId }) => imageId,
        'ec2:ImageType': () => 'machine',
        'ec2:Owner': ({ ownerId, ownerAlias }) => (ownerAlias === '' ? ownerId : ownerAlias),
        'ec2:Public': () => true,
        'ec2:RootDeviceType': () => 'ebs',
      },
    }),
};

/** A resource of whatever kind, for an operation that makes one. */
export const toBeMade = (type: string): ResourceRule<unknown> =>
  resource({ type, of: (_input: unknown, ctx) => [newRef(ctx, type)] });

/** The id of a group that is named in the default VPC; the name itself stands for what is not there. */
export function groupIdOf(name: string, scope: Scope, rows: Rows): string {
  for (const { id, spec } of rows.read(vpcs, scope).list()) {
    if (!spec.isDefault) continue;
    for (const group of rows.read(securityGroups, scope).by('byVpcAndName', `${id}/${name}`)) return group.id;
  }
  return name;
}
