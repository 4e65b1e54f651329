// How a network interface looks in an answer, and what it can be found by.

import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { NetworkInterface, NetworkInterfaceAttachment } from '../../generated/ec2.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import { privateDnsName, publicDnsName } from './dns-names.ts';
import { groupIdentifiers } from './instances.describe.ts';
import { type InstanceRow, instances, stateOf } from './instances.table.ts';
import type { NetworkInterfaceRow } from './network-interfaces.ts';
import { findZone } from './regions.facts.ts';
import { describeTags, tagsOf } from './tags.table.ts';
import { vpcs } from './vpcs.table.ts';

// An automatically assigned address is Amazon's, one from the account's pool of Elastic IPs would be the account's.
const addressOwner = 'amazon';

/** The instance that has the interface. A terminated one has let go of it, though the row still names it. */
export function attachedInstance(ctx: OperationContext, { spec }: NetworkInterfaceRow): InstanceRow | undefined {
  const instance = spec.attachment && ctx.table(instances).get(spec.attachment.instanceId);
  return instance && stateOf(instance) !== 'terminated' ? instance : undefined;
}

export function describeNetworkInterface(ctx: OperationContext, row: NetworkInterfaceRow): NetworkInterface {
  const { spec } = row;
  const PrivateDnsName = privateNameOf(ctx, row);
  const Association = spec.publicAddress && {
    IpOwnerId: addressOwner,
    PublicDnsName: publicNameOf(ctx, row) ?? '',
    PublicIp: spec.publicAddress,
  };
  return {
    NetworkInterfaceId: row.id,
    ...(Association && { Association }),
    Attachment: describeAttachment(ctx, row),
    AvailabilityZone: spec.availabilityZone,
    AvailabilityZoneId: zoneIdOf(row),
    Description: spec.description,
    Groups: groupIdentifiers(ctx, spec.securityGroupIds),
    InterfaceType: 'interface',
    Ipv6Addresses: [],
    MacAddress: spec.macAddress,
    OwnerId: row.account,
    PrivateDnsName,
    PrivateIpAddress: spec.privateAddress,
    PrivateIpAddresses: [
      { ...(Association && { Association }), Primary: true, PrivateDnsName, PrivateIpAddress: spec.privateAddress },
    ],
    RequesterManaged: false,
    SourceDestCheck: spec.sourceDestCheck,
    Status: statusOf(ctx, row),
    SubnetId: spec.subnetId,
    TagSet: describeTags(tagsOf(ctx, row.id)),
    VpcId: spec.vpcId,
    DenyAllIgwTraffic: false,
    Operator: { Managed: false },
  };
}

export function describeAttachment(
  ctx: OperationContext,
  row: NetworkInterfaceRow,
): NetworkInterfaceAttachment | undefined {
  const { attachment } = row.spec;
  const instance = attachedInstance(ctx, row);
  if (!attachment || !instance) return undefined;
  return {
    AttachmentId: attachment.attachmentId,
    AttachTime: attachment.attachTimeMs,
    DeleteOnTermination: attachment.deleteOnTermination,
    DeviceIndex: attachment.deviceIndex,
    NetworkCardIndex: 0,
    InstanceId: attachment.instanceId,
    InstanceOwnerId: row.account,
    Status: attachmentStatusOf(instance),
  };
}

const attachmentStatusOf = ({ status }: InstanceRow) =>
  status.observed === 'none' ? ('attaching' as const) : ('attached' as const);

const statusOf = (ctx: OperationContext, row: NetworkInterfaceRow) =>
  attachedInstance(ctx, row) ? ('in-use' as const) : ('available' as const);

const zoneIdOf = ({ region, spec }: NetworkInterfaceRow) => findZone(region, spec.availabilityZone)?.id;

const hasHostnames = (ctx: OperationContext, { spec }: NetworkInterfaceRow): boolean =>
  ctx.table(vpcs).get(spec.vpcId)?.spec.enableDnsHostnames ?? false;

/** Interfaces have names only in VPCs whose DNS host names are on. */
function privateNameOf(ctx: OperationContext, row: NetworkInterfaceRow): string | undefined {
  return hasHostnames(ctx, row) ? privateDnsName(row.spec.privateAddress, row.region) : undefined;
}

function publicNameOf(ctx: OperationContext, row: NetworkInterfaceRow): string | undefined {
  const { publicAddress } = row.spec;
  return publicAddress !== undefined && hasHostnames(ctx, row) ? publicDnsName(publicAddress, row.region) : undefined;
}

const never = () => undefined;

export function networkInterfaceFilters(ctx: OperationContext): FilterFields<NetworkInterfaceRow> {
  const attachment =
    (value: (attachment: NetworkInterfaceAttachment) => string | undefined) => (row: NetworkInterfaceRow) => {
      const described = describeAttachment(ctx, row);
      return described && value(described);
    };
  const owner = ({ spec }: NetworkInterfaceRow) => (spec.publicAddress ? addressOwner : undefined);
  const publicAddress = ({ spec }: NetworkInterfaceRow) => spec.publicAddress;
  const privateAddress = ({ spec }: NetworkInterfaceRow) => spec.privateAddress;
  return {
    'addresses.association.owner-id': owner,
    'addresses.association.public-ip': publicAddress,
    'addresses.primary': () => 'true',
    'addresses.private-ip-address': privateAddress,
    'association.allocation-id': never,
    'association.association-id': never,
    'association.ip-owner-id': owner,
    'association.public-dns-name': (row) => publicNameOf(ctx, row),
    'association.public-ip': publicAddress,
    'attachment.attach-time': attachment(({ AttachTime = 0 }) => formatIso(AttachTime)),
    'attachment.attachment-id': attachment(({ AttachmentId }) => AttachmentId),
    'attachment.delete-on-termination': attachment(({ DeleteOnTermination }) => String(DeleteOnTermination)),
    'attachment.device-index': attachment(({ DeviceIndex }) => String(DeviceIndex)),
    'attachment.instance-id': attachment(({ InstanceId }) => InstanceId),
    'attachment.instance-owner-id': attachment(({ InstanceOwnerId }) => InstanceOwnerId),
    'attachment.status': attachment(({ Status }) => Status),
    'availability-zone': ({ spec }) => spec.availabilityZone,
    'availability-zone-id': zoneIdOf,
    description: ({ spec }) => spec.description,
    'group-id': ({ spec }) => spec.securityGroupIds,
    'group-name': ({ spec }) =>
      groupIdentifiers(ctx, spec.securityGroupIds).flatMap(({ GroupName }) => GroupName ?? []),
    'interface-type': () => 'interface',
    'ipv6-addresses.ipv6-address': never,
    'mac-address': ({ spec }) => spec.macAddress,
    'network-interface-id': ({ id }) => id,
    'operator.managed': () => 'false',
    'operator.principal': never,
    'owner-id': ({ account }) => account,
    'private-dns-name': (row) => privateNameOf(ctx, row),
    'private-ip-address': privateAddress,
    'requester-id': never,
    'requester-managed': () => 'false',
    'source-dest-check': ({ spec }) => String(spec.sourceDestCheck),
    status: (row) => statusOf(ctx, row),
    'subnet-id': ({ spec }) => spec.subnetId,
    'vpc-id': ({ spec }) => spec.vpcId,
  };
}
