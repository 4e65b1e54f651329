// Instances in rows alone, for tests of what surrounds them: launched without an image, stopped without a machine.

import type { OperationContext } from '../../aws/operation.ts';
import { newResourceId } from '../../kernel/ids.ts';
import type { Store } from '../../kernel/store.ts';
import { type InstanceRow, type InstanceSpec, type InstanceStatus, instances } from './instances.table.ts';
import { createNetworkInterface } from './network-interfaces.ts';
import { requireRow } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';

export interface TestInstance {
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  readonly associatePublicAddress?: boolean;
  readonly deleteOnTermination?: boolean;
}

/** What RunInstances makes of an image and a type alone; its place and its devices are still to be said. */
export const plainInstance = {
  desired: 'running',
  startCount: 1,
  rebootCount: 0,
  force: false,
  launchIndex: 0,
  clientToken: '',
  imageId: 'ami-00000000000000001',
  baseImage: 'debian-12',
  instanceType: 't3.micro',
  vcpus: 2,
  memoryMiB: 1024,
  architecture: 'x86_64',
  rootDeviceName: '/dev/xvda',
  disableApiTermination: false,
  disableApiStop: false,
  shutdownBehavior: 'stop',
  metadataOptions: {
    httpTokens: 'optional',
    httpEndpoint: 'enabled',
    httpPutResponseHopLimit: 1,
    instanceMetadataTags: 'disabled',
  },
  monitoring: false,
  ebsOptimized: false,
} as const satisfies Partial<InstanceSpec>;

/** Wanted running, and seen by no reconciler yet. */
export function insertInstance(ctx: OperationContext, options: TestInstance): InstanceRow {
  const { subnetId, associatePublicAddress = false, deleteOnTermination = true } = options;
  const subnet = requireRow(ctx, resourceKinds.subnet, subnetId);
  const id = newResourceId(ctx.random, 'i');
  const attachment = {
    attachmentId: newResourceId(ctx.random, 'eni-attach'),
    instanceId: id,
    deviceIndex: 0,
    deleteOnTermination,
    attachTimeMs: ctx.nowMs,
  };
  const networkInterface = createNetworkInterface(ctx, {
    ...options,
    associatePublicAddress,
    description: '',
    attachment,
  });
  return ctx.table(instances).insert(id, {
    ...plainInstance,
    reservationId: newResourceId(ctx.random, 'r'),
    launchTimeMs: ctx.nowMs,
    vpcId: subnet.spec.vpcId,
    subnetId,
    availabilityZone: subnet.spec.availabilityZone,
    networkInterfaceIds: [networkInterface.id],
    associatePublicAddress,
    rootVolumeId: newResourceId(ctx.random, 'vol'),
  });
}

export function wantInstance(ctx: OperationContext, id: string, desired: InstanceSpec['desired']): void {
  ctx.table(instances).update(id, (spec) => ({ ...spec, desired }));
}

/** What the instance's reconciler would write down. */
export function seeInstance(store: Store, row: InstanceRow, observed: InstanceStatus['observed']): void {
  store.changeStatuses((transaction) =>
    transaction.table(instances, row).update(row.id, (status) => ({ ...status, observed, startCount: 1 })),
  );
}
