// Collects what metadata is made from: the rows of an instance and of everything that it is attached to.

import type { Store } from '../../kernel/store.ts';
import { getInstanceType } from './instance-types.ts';
import type { InstanceRow } from './instances.table.ts';
import type { MetadataFacts, MetadataInterface, RoleDocuments } from './metadata.ts';
import { type NetworkInterfaceSpec, networkInterfaces } from './network-interfaces.table.ts';
import { securityGroups } from './security-groups.table.ts';
import { resourceTags } from './tags.table.ts';
import { volumes } from './volumes.table.ts';
import { subnets, vpcs } from './vpcs.table.ts';

export function readMetadataFacts(store: Store, instance: InstanceRow, role?: RoleDocuments): MetadataFacts {
  const { spec } = instance;
  const attached = [...store.read(networkInterfaces, instance).by('byInstance', instance.id)];
  const inOrder = attached.sort((a, b) => deviceIndex(a.spec) - deviceIndex(b.spec));
  return {
    instance,
    interfaces: inOrder.map((row) => metadataInterface(store, instance, row.id, row.spec)),
    availabilityZoneId: store.read(subnets, instance).get(spec.subnetId)?.spec.availabilityZoneId,
    tags: store.read(resourceTags, instance).get(instance.id)?.spec.tags ?? {},
    otherDevices: otherDevices(store, instance),
    enableDnsHostnames: store.read(vpcs, instance).get(spec.vpcId)?.spec.enableDnsHostnames ?? false,
    system: getInstanceType(spec.instanceType)?.Hypervisor ?? 'xen',
    role,
  };
}

const deviceIndex = ({ attachment }: NetworkInterfaceSpec): number => attachment?.deviceIndex ?? 0;

function metadataInterface(
  store: Store,
  instance: InstanceRow,
  id: string,
  spec: NetworkInterfaceSpec,
): MetadataInterface {
  const groups = store.read(securityGroups, instance);
  const vpc = store.read(vpcs, instance).get(spec.vpcId);
  return {
    ...spec,
    id,
    ownerId: instance.account,
    subnetCidrBlock: store.read(subnets, instance).get(spec.subnetId)?.spec.cidrBlock ?? '',
    vpcCidrBlocks: (vpc?.spec.cidrBlocks ?? []).map(({ cidrBlock }) => cidrBlock),
    securityGroups: spec.securityGroupIds.map((groupId) => ({
      id: groupId,
      name: groups.get(groupId)?.spec.name ?? '',
    })),
  };
}

function otherDevices(store: Store, instance: InstanceRow): readonly string[] {
  return [...store.read(volumes, instance).by('byInstance', instance.id)]
    .filter(({ id }) => id !== instance.spec.rootVolumeId)
    .map(({ spec }) => spec.attachment?.device ?? '')
    .sort();
}
