// What instances can be found by. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html

import type { FilterField, FilterFields } from '../../aws/filters.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { formatIso } from '../../kernel/clock.ts';
import { nameInArn } from '../iam/index.ts';
import { privateDnsName } from './dns-names.ts';
import { groupIdentifiers, interfacesOf, publicNameOf, stateReasonOf, zoneIdOf } from './instances.describe.ts';
import { type InstanceRow, instanceStateCodes, stateOf } from './instances.table.ts';
import { createNetworkInterfaceView } from './network-interfaces.describe.ts';
import type { NetworkInterfaceRow } from './network-interfaces.ts';
import { tagsOf } from './tags.table.ts';
import { volumes } from './volumes.table.ts';

type Field = FilterField<InstanceRow>;

const never = () => undefined;

/** A terminated instance is in no network any more. */
const unlessTerminated =
  (read: (row: InstanceRow) => string): Field =>
  (row) =>
    stateOf(row) === 'terminated' ? undefined : read(row);

export function instanceFilters(ctx: OperationContext): FilterFields<InstanceRow> {
  return {
    ...ownFilters,
    ...networkFilters(ctx),
    ...interfaceFilters(ctx),
    ...blockDeviceFilters(ctx),
  };
}

const ownFilters: FilterFields<InstanceRow> = {
  affinity: never,
  architecture: (row) => row.spec.architecture,
  'availability-zone': (row) => row.spec.availabilityZone,
  'availability-zone-id': zoneIdOf,
  'boot-mode': never,
  'capacity-reservation-id': never,
  'capacity-reservation-specification.capacity-reservation-preference': () => 'open',
  'capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id': never,
  'capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn': never,
  'client-token': (row) => row.spec.clientToken || undefined,
  'current-instance-boot-mode': () => 'legacy-bios',
  'ebs-optimized': (row) => String(row.spec.ebsOptimized),
  'ena-support': () => 'true',
  'enclave-options.enabled': () => 'false',
  'hibernation-options.configured': () => 'false',
  'host-id': never,
  hypervisor: () => 'xen',
  'iam-instance-profile.arn': (row) => row.spec.instanceProfile?.arn,
  'iam-instance-profile.id': (row) => row.spec.instanceProfile?.profileId,
  'iam-instance-profile.name': ({ spec }) => spec.instanceProfile && nameInArn(spec.instanceProfile.arn),
  'image-id': (row) => row.spec.imageId,
  'instance-id': (row) => row.id,
  'instance-lifecycle': never,
  'instance-state-code': (row) => String(instanceStateCodes[stateOf(row)]),
  'instance-state-name': stateOf,
  'instance-type': (row) => row.spec.instanceType,
  'kernel-id': never,
  'key-name': (row) => row.spec.keyName,
  'launch-index': (row) => String(row.spec.launchIndex),
  'launch-time': (row) => formatIso(row.spec.launchTimeMs),
  'maintenance-options.auto-recovery': (row) => row.spec.autoRecovery ?? 'default',
  'metadata-options.http-endpoint': (row) => row.spec.metadataOptions.httpEndpoint,
  'metadata-options.http-protocol-ipv4': () => 'enabled',
  'metadata-options.http-protocol-ipv6': () => 'disabled',
  'metadata-options.http-put-response-hop-limit': (row) => String(row.spec.metadataOptions.httpPutResponseHopLimit),
  'metadata-options.http-tokens': (row) => row.spec.metadataOptions.httpTokens,
  'metadata-options.instance-metadata-tags': (row) => row.spec.metadataOptions.instanceMetadataTags,
  'metadata-options.state': () => 'applied',
  'monitoring-state': (row) => (row.spec.monitoring ? 'enabled' : 'disabled'),
  'network-performance-options.bandwidth-weighting': never,
  'operator.managed': () => 'false',
  'operator.principal': never,
  'outpost-arn': never,
  'owner-id': (row) => row.account,
  'placement-group-name': never,
  'placement-partition-number': never,
  platform: never,
  'platform-details': () => 'Linux/UNIX',
  'private-dns-name-options.enable-resource-name-dns-a-record': () => 'false',
  'private-dns-name-options.enable-resource-name-dns-aaaa-record': () => 'false',
  'private-dns-name-options.hostname-type': () => 'ip-name',
  'product-code': never,
  'product-code.type': never,
  'ramdisk-id': never,
  reason: (row) => row.spec.transition?.reason || undefined,
  'requester-id': never,
  'reservation-id': (row) => row.spec.reservationId,
  'root-device-name': (row) => row.spec.rootDeviceName,
  'root-device-type': () => 'ebs',
  'spot-instance-request-id': never,
  'state-reason-code': (row) => stateReasonOf(row)?.Code,
  'state-reason-message': (row) => stateReasonOf(row)?.Message,
  'subnet-id': unlessTerminated((row) => row.spec.subnetId),
  tenancy: () => 'default',
  'tpm-support': never,
  'usage-operation': () => 'RunInstances',
  'usage-operation-update-time': (row) => formatIso(row.spec.launchTimeMs),
  'virtualization-type': () => 'hvm',
  'vpc-id': unlessTerminated((row) => row.spec.vpcId),
};

/** What an instance says of its primary interface as its own. */
function networkFilters(ctx: OperationContext): FilterFields<InstanceRow> {
  const primary = (row: InstanceRow) => interfacesOf(ctx, row)[0]?.spec;
  const groupIds: Field = (row) => primary(row)?.securityGroupIds;
  const groupNames: Field = (row) =>
    groupIdentifiers(ctx, primary(row)?.securityGroupIds ?? []).flatMap(({ GroupName }) => GroupName ?? []);
  return {
    'dns-name': (row) => publicNameOf(ctx, primary(row), row) || undefined,
    'group-id': groupIds,
    'group-name': groupNames,
    'instance.group-id': groupIds,
    'instance.group-name': groupNames,
    'ip-address': (row) => primary(row)?.publicAddress,
    'ipv6-address': never,
    'private-dns-name': (row) => {
      const address = primary(row)?.privateAddress;
      return address && privateDnsName(address, row.region);
    },
    'private-ip-address': (row) => primary(row)?.privateAddress,
    'source-dest-check': (row) => String(primary(row)?.sourceDestCheck ?? true),
  };
}

/** Whatever an interface can be found by finds the instances that have it. */
function interfaceFilters(ctx: OperationContext): FilterFields<InstanceRow> {
  const ofInterfaces =
    (field: FilterField<NetworkInterfaceRow>): Field =>
    (row) =>
      interfacesOf(ctx, row).flatMap((networkInterface) => field(networkInterface) ?? []);
  const own = Object.entries(createNetworkInterfaceView(ctx).fields);
  const fields: Record<string, FilterField<NetworkInterfaceRow>> = {
    ...Object.fromEntries(own),
    'addresses.association.allocation-id': never,
    'addresses.association.association-id': never,
    'addresses.association.carrier-ip': never,
    'addresses.association.customer-owned-ip': never,
    'association.carrier-ip': never,
    'association.customer-owned-ip': never,
    'attachment.network-card-index': ({ spec }) => spec.attachment && '0',
    'deny-all-igw-traffic': () => 'false',
    'ipv4-prefixes.ipv4-prefix': never,
    'ipv6-address': never,
    'ipv6-addresses.is-primary-ipv6': never,
    'ipv6-native': () => 'false',
    'ipv6-prefixes.ipv6-prefix': never,
    'outpost-arn': never,
    'tag-key': ({ id }) => Object.keys(tagsOf(ctx, id)),
    'tag-value': ({ id }) => Object.values(tagsOf(ctx, id)),
  };
  // Two of them have other names here.
  const renamed = {
    'addresses.association.ip-owner-id': fields['addresses.association.owner-id'],
    'addresses.association.public-dns-name': fields['association.public-dns-name'],
    'addresses.private-dns-name': fields['private-dns-name'],
    'public-dns-name': fields['association.public-dns-name'],
  };
  const all = Object.entries({ ...fields, ...renamed }).flatMap(([name, field]) =>
    field ? [[`network-interface.${name}`, ofInterfaces(field)] as const] : [],
  );
  return Object.fromEntries(all);
}

function blockDeviceFilters(ctx: OperationContext): FilterFields<InstanceRow> {
  const attached = (row: InstanceRow) =>
    stateOf(row) === 'terminated'
      ? []
      : [...ctx.table(volumes).by('byInstance', row.id)].flatMap(({ id, spec: { attachment } }) =>
          attachment ? { id, ...attachment } : [],
        );
  return {
    'block-device-mapping.attach-time': (row) => attached(row).map(({ attachTimeMs }) => formatIso(attachTimeMs)),
    'block-device-mapping.delete-on-termination': (row) =>
      attached(row).map(({ deleteOnTermination }) => String(deleteOnTermination)),
    'block-device-mapping.device-name': (row) => attached(row).map(({ device }) => device),
    'block-device-mapping.status': (row) =>
      attached(row).map(() => (row.status.observed === 'none' ? 'attaching' : 'attached')),
    'block-device-mapping.volume-id': (row) => attached(row).map(({ id }) => id),
  };
}
