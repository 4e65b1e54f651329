// DescribeInstances and DescribeInstanceStatus.

import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api, InstanceStatus, Reservation } from '../../generated/ec2.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import { describeRows } from './describe.ts';
import { classicPaging } from './describe-paging.ts';
import { privateDnsName } from './dns-names.ts';
import { describeState } from './instance-states.operations.ts';
import { describeReservationOf, groupIdentifiers, interfacesOf, publicNameOf } from './instances.describe.ts';
import { type InstanceRow, instanceStateCodes, isReachable, stateOf } from './instances.table.ts';
import { findZone } from './regions.facts.ts';
import { resourceKinds } from './resources.ts';
import { volumes } from './volumes.table.ts';

export const instanceOperations = {
  DescribeInstances(ctx, input) {
    const { described, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeInstances',
      kind: resourceKinds.instance,
      input,
      ids: input.InstanceIds,
      fields: instanceFilters(ctx),
      paging: classicPaging('instancesSet'),
      describe: (row) => row,
    });
    return { Reservations: groupByReservation(ctx, described), NextToken };
  },

  DescribeInstanceStatus(ctx, input) {
    const { described: InstanceStatuses, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeInstanceStatus',
      kind: resourceKinds.instance,
      input,
      ids: input.InstanceIds,
      fields: statusFilters,
      paging: classicPaging('instancesSet'),
      where: (row) => input.IncludeAllInstances === true || stateOf(row) === 'running',
      describe: describeStatus,
    });
    return { InstanceStatuses, NextToken };
  },
} satisfies Operations<Ec2Api>;

function groupByReservation(ctx: OperationContext, rows: readonly InstanceRow[]): readonly Reservation[] {
  const groups = new Map<string, InstanceRow[]>();
  for (const row of rows) {
    const group = groups.get(row.spec.reservationId);
    if (group) group.push(row);
    else groups.set(row.spec.reservationId, [row]);
  }
  return [...groups].map(([reservationId, group]) => describeReservationOf(ctx, reservationId, group));
}

function describeStatus(row: InstanceRow): InstanceStatus {
  const summary = (isPassed: boolean) => {
    const isRunning = stateOf(row) === 'running';
    const Status = !isRunning ? ('not-applicable' as const) : isPassed ? ('ok' as const) : ('initializing' as const);
    if (!isRunning) return { Status };
    return {
      Status,
      Details: [{ Name: 'reachability' as const, Status: isPassed ? ('passed' as const) : ('initializing' as const) }],
    };
  };
  return {
    AvailabilityZone: row.spec.availabilityZone,
    AvailabilityZoneId: zoneIdOf(row),
    InstanceId: row.id,
    InstanceState: describeState(row),
    InstanceStatus: summary(isReachable(row)),
    SystemStatus: summary(true),
    AttachedEbsStatus: summary(true),
  };
}

const statusFilters: FilterFields<InstanceRow> = {
  'availability-zone': (row) => row.spec.availabilityZone,
  'availability-zone-id': (row) => zoneIdOf(row),
  'instance-state-code': (row) => String(instanceStateCodes[stateOf(row)]),
  'instance-state-name': stateOf,
  'instance-status.reachability': (row) => describeStatus(row).InstanceStatus?.Details?.[0]?.Status,
  'instance-status.status': (row) => describeStatus(row).InstanceStatus?.Status,
  'system-status.reachability': (row) => describeStatus(row).SystemStatus?.Details?.[0]?.Status,
  'system-status.status': (row) => describeStatus(row).SystemStatus?.Status,
  'attached-ebs-status.status': (row) => describeStatus(row).AttachedEbsStatus?.Status,
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
function instanceFilters(ctx: OperationContext): FilterFields<InstanceRow> {
  const primary = (row: InstanceRow) => interfacesOf(ctx, row)[0]?.spec;
  const attachments = (row: InstanceRow) => [...ctx.table(volumes).by('byInstance', row.id)];
  const groups = (row: InstanceRow) => groupIdentifiers(ctx, primary(row)?.securityGroupIds ?? []);
  const groupNames = (row: InstanceRow) => groups(row).flatMap(({ GroupName }) => GroupName ?? []);
  const groupIds = (row: InstanceRow) => primary(row)?.securityGroupIds;
  const unlessTerminated = (read: (row: InstanceRow) => string) => (row: InstanceRow) =>
    stateOf(row) === 'terminated' ? undefined : read(row);
  return {
    affinity: () => undefined,
    architecture: (row) => row.spec.architecture,
    'availability-zone': (row) => row.spec.availabilityZone,
    'availability-zone-id': (row) => zoneIdOf(row),
    'block-device-mapping.attach-time': (row) =>
      attachments(row).flatMap(({ spec }) => (spec.attachment ? formatIso(spec.attachment.attachTimeMs) : [])),
    'block-device-mapping.delete-on-termination': (row) =>
      attachments(row).map(({ spec }) => String(spec.attachment?.deleteOnTermination ?? false)),
    'block-device-mapping.device-name': (row) => attachments(row).flatMap(({ spec }) => spec.attachment?.device ?? []),
    'block-device-mapping.status': (row) =>
      attachments(row).map(() => (row.status.observed === 'none' ? 'attaching' : 'attached')),
    'block-device-mapping.volume-id': (row) => attachments(row).map(({ id }) => id),
    'client-token': (row) => row.spec.clientToken || undefined,
    'dns-name': (row) => publicNameOf(ctx, primary(row), row) || undefined,
    'ebs-optimized': (row) => String(row.spec.ebsOptimized),
    'group-id': groupIds,
    'group-name': groupNames,
    'hibernation-options.configured': () => 'false',
    hypervisor: () => 'xen',
    'iam-instance-profile.arn': (row) => row.spec.iamInstanceProfileArn,
    'image-id': (row) => row.spec.imageId,
    'instance-id': (row) => row.id,
    'instance-lifecycle': () => undefined,
    'instance-state-code': (row) => String(instanceStateCodes[stateOf(row)]),
    'instance-state-name': stateOf,
    'instance-type': (row) => row.spec.instanceType,
    'instance.group-id': groupIds,
    'instance.group-name': groupNames,
    'ip-address': (row) => primary(row)?.publicAddress,
    'kernel-id': () => undefined,
    'key-name': (row) => row.spec.keyName,
    'launch-index': (row) => String(row.spec.launchIndex),
    'launch-time': (row) => formatIso(row.spec.launchTimeMs),
    'metadata-options.http-tokens': (row) => row.spec.metadataOptions.httpTokens,
    'metadata-options.http-endpoint': (row) => row.spec.metadataOptions.httpEndpoint,
    'metadata-options.http-put-response-hop-limit': (row) => String(row.spec.metadataOptions.httpPutResponseHopLimit),
    'metadata-options.instance-metadata-tags': (row) => row.spec.metadataOptions.instanceMetadataTags,
    'monitoring-state': (row) => (row.spec.monitoring ? 'enabled' : 'disabled'),
    'network-interface.addresses.private-ip-address': (row) =>
      interfacesOf(ctx, row).map(({ spec }) => spec.privateAddress),
    'network-interface.addresses.association.public-ip': (row) =>
      interfacesOf(ctx, row).flatMap(({ spec }) => spec.publicAddress ?? []),
    'network-interface.association.public-ip': (row) =>
      interfacesOf(ctx, row).flatMap(({ spec }) => spec.publicAddress ?? []),
    'network-interface.attachment.attachment-id': (row) =>
      interfacesOf(ctx, row).flatMap(({ spec }) => spec.attachment?.attachmentId ?? []),
    'network-interface.group-id': groupIds,
    'network-interface.group-name': groupNames,
    'network-interface.mac-address': (row) => interfacesOf(ctx, row).map(({ spec }) => spec.macAddress),
    'network-interface.network-interface-id': (row) => row.spec.networkInterfaceIds,
    'network-interface.subnet-id': (row) => interfacesOf(ctx, row).map(({ spec }) => spec.subnetId),
    'network-interface.vpc-id': (row) => interfacesOf(ctx, row).map(({ spec }) => spec.vpcId),
    'owner-id': (row) => row.account,
    'placement-group-name': () => undefined,
    platform: () => undefined,
    'platform-details': () => 'Linux/UNIX',
    'private-dns-name': (row) =>
      primary(row) ? privateDnsName(primary(row)?.privateAddress ?? '', row.region) : undefined,
    'private-ip-address': (row) => primary(row)?.privateAddress,
    'product-code': () => undefined,
    'ramdisk-id': () => undefined,
    reason: (row) => row.spec.transition?.reason || undefined,
    'requester-id': () => undefined,
    'reservation-id': (row) => row.spec.reservationId,
    'root-device-name': (row) => row.spec.rootDeviceName,
    'root-device-type': () => 'ebs',
    'source-dest-check': (row) => String(primary(row)?.sourceDestCheck ?? true),
    'spot-instance-request-id': () => undefined,
    'state-reason-code': (row) => row.spec.transition?.code,
    'state-reason-message': (row) => row.spec.transition?.message,
    'subnet-id': unlessTerminated((row) => row.spec.subnetId),
    tenancy: () => 'default',
    'usage-operation': () => 'RunInstances',
    'virtualization-type': () => 'hvm',
    'vpc-id': unlessTerminated((row) => row.spec.vpcId),
  };
}

const zoneIdOf = (row: InstanceRow): string | undefined => findZone(row.region, row.spec.availabilityZone)?.id;
