// How a network interface looks in an answer, and what it can be found by.

import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { NetworkInterface, NetworkInterfaceAttachment } from '../../generated/ec2.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import { privateDnsName, publicDnsName } from './dns-names.ts';
import { type InstanceRow, instances, stateOf } from './instances.table.ts';
import type { NetworkInterfaceRow } from './network-interfaces.ts';
import { findZone } from './regions.facts.ts';
import { securityGroups } from './security-groups.table.ts';
import { describeTags, tagsOf } from './tags.table.ts';
import { vpcs } from './vpcs.table.ts';

// An automatically assigned address is Amazon's, one from the account's pool of Elastic IPs would be the account's.
const addressOwner = 'amazon';

/** The instance that has the interface. A terminated one has let go of it, though the row still names it. */
export function attachedInstance(ctx: OperationContext, row: NetworkInterfaceRow): InstanceRow | undefined {
  return attachedBy(row, (id) => ctx.table(instances).get(id));
}

function attachedBy(
  { spec }: NetworkInterfaceRow,
  getInstance: (id: string) => InstanceRow | undefined,
): InstanceRow | undefined {
  const instance = spec.attachment && getInstance(spec.attachment.instanceId);
  return instance && stateOf(instance) !== 'terminated' ? instance : undefined;
}

/** What describes and filters the interfaces of one request: what they share is read once, not for each. */
export interface NetworkInterfaceView {
  readonly describe: (row: NetworkInterfaceRow) => NetworkInterface;
  readonly describeAttachment: (row: NetworkInterfaceRow) => NetworkInterfaceAttachment | undefined;
  readonly fields: FilterFields<NetworkInterfaceRow>;
}

interface Surroundings {
  readonly ctx: OperationContext;
  readonly instanceOf: (row: NetworkInterfaceRow) => InstanceRow | undefined;
  readonly hasHostnames: (row: NetworkInterfaceRow) => boolean;
  readonly groupNameOf: (groupId: string) => string | undefined;
}

export function createNetworkInterfaceView(ctx: OperationContext): NetworkInterfaceView {
  const getInstance = readOnce((id) => ctx.table(instances).get(id));
  const getVpc = readOnce((id) => ctx.table(vpcs).get(id));
  const getGroup = readOnce((id) => ctx.table(securityGroups).get(id));
  const around: Surroundings = {
    ctx,
    instanceOf: (row) => attachedBy(row, getInstance),
    hasHostnames: ({ spec }) => getVpc(spec.vpcId)?.spec.enableDnsHostnames ?? false,
    groupNameOf: (groupId) => getGroup(groupId)?.spec.name,
  };
  return {
    describe: (row) => describe(around, row),
    describeAttachment: (row) => describeAttachment(around, row),
    fields: filterFields(around),
  };
}

function readOnce<Found>(read: (id: string) => Found): (id: string) => Found {
  const known = new Map<string, Found>();
  return (id) => {
    if (!known.has(id)) known.set(id, read(id));
    return known.get(id) as Found;
  };
}

function describe(around: Surroundings, row: NetworkInterfaceRow): NetworkInterface {
  const { spec } = row;
  const PrivateDnsName = privateNameOf(around, row);
  const Association = spec.publicAddress && {
    IpOwnerId: addressOwner,
    PublicDnsName: publicNameOf(around, row) ?? '',
    PublicIp: spec.publicAddress,
  };
  return {
    NetworkInterfaceId: row.id,
    ...(Association && { Association }),
    Attachment: describeAttachment(around, row),
    AvailabilityZone: spec.availabilityZone,
    AvailabilityZoneId: zoneIdOf(row),
    Description: spec.description,
    Groups: spec.securityGroupIds.map((GroupId) => ({ GroupId, GroupName: around.groupNameOf(GroupId) })),
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
    Status: statusOf(around, row),
    SubnetId: spec.subnetId,
    TagSet: describeTags(tagsOf(around.ctx, row.id)),
    VpcId: spec.vpcId,
    DenyAllIgwTraffic: false,
    Operator: { Managed: false },
  };
}

function describeAttachment(
  { instanceOf }: Surroundings,
  row: NetworkInterfaceRow,
): NetworkInterfaceAttachment | undefined {
  const { attachment } = row.spec;
  const instance = instanceOf(row);
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

const statusOf = ({ instanceOf }: Surroundings, row: NetworkInterfaceRow) =>
  instanceOf(row) ? ('in-use' as const) : ('available' as const);

const zoneIdOf = ({ region, spec }: NetworkInterfaceRow) => findZone(region, spec.availabilityZone)?.id;

/** Interfaces have names only in VPCs whose DNS host names are on. */
function privateNameOf({ hasHostnames }: Surroundings, row: NetworkInterfaceRow): string | undefined {
  return hasHostnames(row) ? privateDnsName(row.spec.privateAddress, row.region) : undefined;
}

function publicNameOf({ hasHostnames }: Surroundings, row: NetworkInterfaceRow): string | undefined {
  const { publicAddress } = row.spec;
  return publicAddress !== undefined && hasHostnames(row) ? publicDnsName(publicAddress, row.region) : undefined;
}

const never = () => undefined;

function filterFields(around: Surroundings): FilterFields<NetworkInterfaceRow> {
  const attachment =
    (value: (attachment: NetworkInterfaceAttachment) => string | undefined) => (row: NetworkInterfaceRow) => {
      const described = describeAttachment(around, row);
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
    'association.public-dns-name': (row) => publicNameOf(around, row),
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
    'group-name': ({ spec }) => spec.securityGroupIds.flatMap((id) => around.groupNameOf(id) ?? []),
    'interface-type': () => 'interface',
    'ipv6-addresses.ipv6-address': never,
    'mac-address': ({ spec }) => spec.macAddress,
    'network-interface-id': ({ id }) => id,
    'operator.managed': () => 'false',
    'operator.principal': never,
    'owner-id': ({ account }) => account,
    'private-dns-name': (row) => privateNameOf(around, row),
    'private-ip-address': privateAddress,
    'requester-id': never,
    'requester-managed': () => 'false',
    'source-dest-check': ({ spec }) => String(spec.sourceDestCheck),
    status: (row) => statusOf(around, row),
    'subnet-id': ({ spec }) => spec.subnetId,
    'vpc-id': ({ spec }) => spec.vpcId,
  };
}
