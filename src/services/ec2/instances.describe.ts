// How an instance looks in an answer. Reads rows, changes nothing.

import type { OperationContext } from '../../aws/operation.ts';
import type {
  GroupIdentifier,
  IamInstanceProfile,
  Instance,
  InstanceBlockDeviceMapping,
  InstanceMetadataOptionsResponse,
  InstanceNetworkInterface,
  Reservation,
  StateReason,
} from '../../generated/ec2.types.ts';
import type { Row } from '../../kernel/table.ts';
import { privateDnsName, publicDnsName } from './dns-names.ts';
import { describeState } from './instance-states.operations.ts';
import { getInstanceType } from './instance-types.ts';
import { type InstanceRow, instances, stateOf } from './instances.table.ts';
import { type NetworkInterfaceSpec, networkInterfaces } from './network-interfaces.table.ts';
import { findZone } from './regions.facts.ts';
import { securityGroups } from './security-groups.table.ts';
import { describeTagsIfAny, tagsOf } from './tags.table.ts';
import { volumes } from './volumes.table.ts';
import { vpcs } from './vpcs.table.ts';

export function describeReservation(ctx: OperationContext, reservationId: string): Reservation {
  return describeReservationOf(ctx, reservationId, [...ctx.table(instances).by('byReservation', reservationId)]);
}

export function describeReservationOf(
  ctx: OperationContext,
  reservationId: string,
  rows: readonly InstanceRow[],
): Reservation {
  return {
    ReservationId: reservationId,
    OwnerId: ctx.account,
    Groups: [],
    Instances: rows
      .toSorted((a, b) => a.spec.launchIndex - b.spec.launchIndex)
      .map((row) => describeInstance(ctx, row)),
  };
}

export function describeInstance(ctx: OperationContext, row: InstanceRow): Instance {
  const { spec } = row;
  const interfaces = interfacesOf(ctx, row);
  const primary = interfaces[0]?.spec;
  const isGone = stateOf(row) === 'terminated';
  const type = getInstanceType(spec.instanceType);
  return {
    InstanceId: row.id,
    ImageId: spec.imageId,
    State: describeState(row),
    PrivateDnsName: primary ? privateDnsName(primary.privateAddress, row.region) : '',
    PublicDnsName: publicNameOf(ctx, primary, row),
    StateTransitionReason: spec.transition?.reason ?? '',
    StateReason: stateReasonOf(row),
    KeyName: spec.keyName,
    AmiLaunchIndex: spec.launchIndex,
    ProductCodes: [],
    InstanceType: spec.instanceType,
    LaunchTime: spec.launchTimeMs,
    Placement: {
      AvailabilityZone: spec.availabilityZone,
      AvailabilityZoneId: zoneIdOf(row),
      GroupName: '',
      Tenancy: 'default',
    },
    Monitoring: { State: spec.monitoring ? 'enabled' : 'disabled' },
    SubnetId: isGone ? undefined : spec.subnetId,
    VpcId: isGone ? undefined : spec.vpcId,
    PrivateIpAddress: primary?.privateAddress,
    PublicIpAddress: primary?.publicAddress,
    Architecture: spec.architecture === 'arm64' ? 'arm64' : 'x86_64',
    BlockDeviceMappings: describeBlockDevices(ctx, row),
    ClientToken: spec.clientToken,
    EbsOptimized: spec.ebsOptimized,
    IamInstanceProfile: describeProfile(row),
    EnaSupport: true,
    Hypervisor: 'xen',
    NetworkInterfaces: interfaces.map((networkInterface) => describeInterface(ctx, networkInterface, row)),
    RootDeviceName: spec.rootDeviceName,
    RootDeviceType: 'ebs',
    SecurityGroups: primary ? groupIdentifiers(ctx, primary.securityGroupIds) : [],
    SourceDestCheck: primary?.sourceDestCheck,
    Tags: describeTagsIfAny(tagsOf(ctx, row.id)),
    VirtualizationType: 'hvm',
    CpuOptions: {
      CoreCount: type?.VCpuInfo?.DefaultCores ?? spec.vcpus,
      ThreadsPerCore: type?.VCpuInfo?.DefaultThreadsPerCore ?? 1,
    },
    CapacityReservationSpecification: openCapacity,
    HibernationOptions: noHibernation,
    MetadataOptions: describeMetadataOptions(row),
    EnclaveOptions: noEnclave,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    UsageOperationUpdateTime: spec.launchTimeMs,
    PrivateDnsNameOptions: namedByAddress,
    MaintenanceOptions: { AutoRecovery: spec.autoRecovery ?? 'default' },
    CurrentInstanceBootMode: 'legacy-bios',
    Operator: nobodyElse,
  };
}

export function describeProfile(row: InstanceRow): IamInstanceProfile | undefined {
  const { instanceProfile } = row.spec;
  if (!instanceProfile || stateOf(row) === 'terminated') return undefined;
  return { Arn: instanceProfile.arn, Id: instanceProfile.profileId };
}

// The same for every instance, so made once: a page of a thousand of them is in memory at the same time.
const openCapacity = { CapacityReservationPreference: 'open' } as const;
const noHibernation = { Configured: false };
const noEnclave = { Enabled: false };
const nobodyElse = { Managed: false };
const namedByAddress = {
  HostnameType: 'ip-name',
  EnableResourceNameDnsARecord: false,
  EnableResourceNameDnsAAAARecord: false,
} as const;

export function zoneIdOf({ region, spec }: InstanceRow): string | undefined {
  return findZone(region, spec.availabilityZone)?.id;
}

export function stateReasonOf(row: InstanceRow): StateReason | undefined {
  const { transition } = row.spec;
  if (transition) return { Code: transition.code, Message: transition.message };
  return stateOf(row) === 'pending' ? { Code: 'pending', Message: 'pending' } : undefined;
}

/** None of a terminated instance, even where they were told to outlive it. */
export function interfacesOf(ctx: OperationContext, row: InstanceRow): readonly Row<NetworkInterfaceSpec, null>[] {
  if (stateOf(row) === 'terminated') return [];
  const rows = ctx.table(networkInterfaces);
  return row.spec.networkInterfaceIds.flatMap((id) => rows.get(id) ?? []);
}

export function describeMetadataOptions({ spec }: InstanceRow): InstanceMetadataOptionsResponse {
  return {
    State: 'applied',
    HttpTokens: spec.metadataOptions.httpTokens,
    HttpPutResponseHopLimit: spec.metadataOptions.httpPutResponseHopLimit,
    HttpEndpoint: spec.metadataOptions.httpEndpoint,
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: spec.metadataOptions.instanceMetadataTags,
  };
}

export function groupIdentifiers(ctx: OperationContext, ids: readonly string[]): readonly GroupIdentifier[] {
  const groups = ctx.table(securityGroups);
  return ids.map((GroupId) => ({ GroupId, GroupName: groups.get(GroupId)?.spec.name }));
}

/** EC2 has a name for an address only in a VPC whose DNS host names are on. */
export function publicNameOf(
  ctx: OperationContext,
  primary: NetworkInterfaceSpec | undefined,
  row: InstanceRow,
): string {
  if (!primary?.publicAddress || !ctx.table(vpcs).get(row.spec.vpcId)?.spec.enableDnsHostnames) return '';
  return publicDnsName(primary.publicAddress, row.region);
}

export function describeBlockDevices(ctx: OperationContext, row: InstanceRow): readonly InstanceBlockDeviceMapping[] {
  if (stateOf(row) === 'terminated') return [];
  const described: InstanceBlockDeviceMapping[] = [];
  for (const { id, spec } of ctx.table(volumes).by('byInstance', row.id)) {
    if (!spec.attachment) continue;
    const { device, deleteOnTermination, attachTimeMs } = spec.attachment;
    const Status = attachmentStatusOf(row);
    described.push({
      DeviceName: device,
      Ebs: { VolumeId: id, DeleteOnTermination: deleteOnTermination, AttachTime: attachTimeMs, Status },
    });
  }
  return described;
}

const attachmentStatusOf = ({ status }: InstanceRow) =>
  status.observed === 'none' ? ('attaching' as const) : ('attached' as const);

function describeInterface(
  ctx: OperationContext,
  { id, spec }: Row<NetworkInterfaceSpec, null>,
  row: InstanceRow,
): InstanceNetworkInterface {
  const PrivateDnsName = privateDnsName(spec.privateAddress, row.region);
  const Association = spec.publicAddress
    ? { IpOwnerId: 'amazon', PublicDnsName: publicNameOf(ctx, spec, row), PublicIp: spec.publicAddress }
    : undefined;
  return {
    Association,
    Attachment: spec.attachment && {
      AttachmentId: spec.attachment.attachmentId,
      AttachTime: spec.attachment.attachTimeMs,
      DeleteOnTermination: spec.attachment.deleteOnTermination,
      DeviceIndex: spec.attachment.deviceIndex,
      NetworkCardIndex: 0,
      Status: attachmentStatusOf(row),
    },
    Description: spec.description,
    Groups: groupIdentifiers(ctx, spec.securityGroupIds),
    Ipv6Addresses: [],
    MacAddress: spec.macAddress,
    NetworkInterfaceId: id,
    OwnerId: ctx.account,
    PrivateDnsName,
    PrivateIpAddress: spec.privateAddress,
    PrivateIpAddresses: [{ Association, Primary: true, PrivateDnsName, PrivateIpAddress: spec.privateAddress }],
    SourceDestCheck: spec.sourceDestCheck,
    Status: 'in-use',
    SubnetId: spec.subnetId,
    VpcId: spec.vpcId,
    InterfaceType: 'interface',
  };
}
