// Every kind of EC2 resource that has an id here, and the tags that operations put on what they make.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html has the codes.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { addTags, type TagInput } from '../../aws/tags.ts';
import { invalidParameterValue, malformedId } from './ec2.errors.ts';
import { getImage, type Image, listImages } from './images.ts';
import { instances } from './instances.table.ts';
import { keyPairs } from './key-pairs.table.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { type Identified, isIdOf, type ResourceKind, tableKind } from './resource-kind.ts';
import { securityGroupRules, securityGroups } from './security-groups.table.ts';
import { resourceTags } from './tags.table.ts';
import { volumes } from './volumes.table.ts';
import { dhcpOptions, internetGateways, networkAcls, routeTables, subnets, vpcs } from './vpcs.table.ts';

const image: ResourceKind<Image & Identified> = {
  resourceType: 'image',
  idPrefix: 'ami',
  rows: ({ region }) => ({
    get(id) {
      const found = getImage(region, id);
      return found && { ...found, id };
    },
    list: (afterId = '') =>
      listImages(region)
        .map((found) => ({ ...found, id: found.imageId }))
        .filter(({ id }) => id > afterId)
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
  }),
  notFound: (ids) =>
    awsError('InvalidAMIID.NotFound', `The image ${nounOf('id', ids)} '[${ids.join(', ')}]' ${doNot(ids)} exist`),
  malformed: (id) => malformedId('InvalidAMIID.Malformed', id, 'ami'),
};

/** By resource type. */
export const resourceKinds = {
  instance: tableKind({
    resourceType: 'instance',
    idPrefix: 'i',
    table: instances,
    notFoundCode: 'InvalidInstanceID.NotFound',
    malformedCode: 'InvalidInstanceID.Malformed',
    noun: 'instance',
  }),
  volume: tableKind({
    resourceType: 'volume',
    idPrefix: 'vol',
    table: volumes,
    notFoundCode: 'InvalidVolume.NotFound',
    malformedCode: 'InvalidVolumeID.Malformed',
    noun: 'volume',
    notFound: (ids) => named('InvalidVolume.NotFound', 'volume', ids, '.'),
  }),
  image,
  'key-pair': tableKind({
    resourceType: 'key-pair',
    idPrefix: 'key',
    table: keyPairs,
    notFoundCode: 'InvalidKeyPair.NotFound',
    malformedCode: 'InvalidKeyPair.Malformed',
    noun: 'key pair',
  }),
  'network-interface': tableKind({
    resourceType: 'network-interface',
    idPrefix: 'eni',
    table: networkInterfaces,
    notFoundCode: 'InvalidNetworkInterfaceID.NotFound',
    malformedCode: 'InvalidNetworkInterfaceId.Malformed',
    noun: 'networkInterface',
  }),
  'security-group': tableKind({
    resourceType: 'security-group',
    idPrefix: 'sg',
    table: securityGroups,
    notFoundCode: 'InvalidGroup.NotFound',
    malformedCode: 'InvalidGroupId.Malformed',
    noun: 'security group',
    notFound: (ids) => named('InvalidGroup.NotFound', 'security group', ids, ''),
  }),
  'security-group-rule': tableKind({
    resourceType: 'security-group-rule',
    idPrefix: 'sgr',
    table: securityGroupRules,
    notFoundCode: 'InvalidSecurityGroupRuleId.NotFound',
    malformedCode: 'InvalidSecurityGroupRuleId.Malformed',
    noun: 'security group rule',
  }),
  vpc: tableKind({
    resourceType: 'vpc',
    idPrefix: 'vpc',
    table: vpcs,
    notFoundCode: 'InvalidVpcID.NotFound',
    malformedCode: 'InvalidVpcID.Malformed',
    noun: 'vpc',
  }),
  subnet: tableKind({
    resourceType: 'subnet',
    idPrefix: 'subnet',
    table: subnets,
    notFoundCode: 'InvalidSubnetID.NotFound',
    malformedCode: 'InvalidSubnetID.Malformed',
    noun: 'subnet',
  }),
  'internet-gateway': tableKind({
    resourceType: 'internet-gateway',
    idPrefix: 'igw',
    table: internetGateways,
    notFoundCode: 'InvalidInternetGatewayID.NotFound',
    malformedCode: 'InvalidInternetGatewayId.Malformed',
    noun: 'internetGateway',
  }),
  'route-table': tableKind({
    resourceType: 'route-table',
    idPrefix: 'rtb',
    table: routeTables,
    notFoundCode: 'InvalidRouteTableID.NotFound',
    malformedCode: 'InvalidRouteTableId.Malformed',
    noun: 'routeTable',
  }),
  'network-acl': tableKind({
    resourceType: 'network-acl',
    idPrefix: 'acl',
    table: networkAcls,
    notFoundCode: 'InvalidNetworkAclID.NotFound',
    malformedCode: 'InvalidNetworkAclId.Malformed',
    noun: 'networkAcl',
  }),
  'dhcp-options': tableKind({
    resourceType: 'dhcp-options',
    idPrefix: 'dopt',
    table: dhcpOptions,
    notFoundCode: 'InvalidDhcpOptionID.NotFound',
    malformedCode: 'InvalidDhcpOptionsId.Malformed',
    noun: 'dhcpOption',
  }),
} as const;

export type ResourceType = keyof typeof resourceKinds;

const kindsByPrefix: ReadonlyMap<string, ResourceKind<Identified>> = new Map(
  Object.values<ResourceKind<Identified>>(resourceKinds).map((kind) => [kind.idPrefix, kind]),
);

/** What kind of resource has such an id, whether or not this one exists; undefined when none has. */
export function kindOfId(id: string): ResourceKind<Identified> | undefined {
  const kind = kindsByPrefix.get(id.slice(0, id.lastIndexOf('-')));
  return kind && isIdOf(kind, id) ? kind : undefined;
}

export interface TagSpecification {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly TagInput[] | undefined;
}

/** Refuses specifications for what the operation does not make. */
export function checkTagSpecifications(
  resourceTypes: readonly string[],
  specifications: readonly TagSpecification[] | undefined,
): void {
  for (const { ResourceType, Tags } of specifications ?? []) {
    if (!ResourceType) throw invalidParameterValue('Tag specification resource type must have a value');
    if (!resourceTypes.includes(ResourceType)) {
      throw invalidParameterValue(`'${ResourceType}' is not a valid taggable resource type for this operation.`);
    }
    if (!Tags || Tags.length === 0) throw invalidParameterValue('Tag specification must have at least one tag');
  }
}

/** Tags what an operation has just made. All specifications must be for that type of resource. */
export function applyTagSpecifications(
  ctx: OperationContext,
  resourceType: string,
  id: string,
  specifications: readonly TagSpecification[] | undefined,
): void {
  checkTagSpecifications([resourceType], specifications);
  const tags = specifications?.flatMap(({ Tags = [] }) => Tags) ?? [];
  if (tags.length > 0) putTags(ctx, resourceType, id, addTags({}, tags));
}

/** Replaces all tags of a resource; none of them leaves no row. */
export function putTags(
  ctx: OperationContext,
  resourceType: string,
  id: string,
  tags: Readonly<Record<string, string>>,
): void {
  const rows = ctx.table(resourceTags);
  if (Object.keys(tags).length === 0) rows.remove(id);
  else if (rows.has(id)) rows.update(id, (spec) => ({ ...spec, tags }));
  else rows.insert(id, { resourceType, tags });
}

/** To be called with the removal of any resource. */
export function forgetTags(ctx: OperationContext, id: string): void {
  ctx.table(resourceTags).remove(id);
}

/** "The volume 'vol-…' does not exist", for the kinds that are not "the … ID". */
function named(code: string, noun: string, ids: readonly string[], end: string): AwsError {
  return awsError(code, `The ${nounOf(noun, ids)} '${ids.join(', ')}' ${doNot(ids)} exist${end}`);
}

const nounOf = (noun: string, ids: readonly string[]): string => (ids.length === 1 ? noun : `${noun}s`);

const doNot = (ids: readonly string[]): string => (ids.length === 1 ? 'does not' : 'do not');
