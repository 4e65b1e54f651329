// RunInstances: turns a request into rows. Nothing is started here; instances.reconciler.ts does that when they commit.

import { idempotent } from '../../aws/idempotency.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api, RunInstancesRequest } from '../../generated/ec2.types.ts';
import { newResourceId } from '../../kernel/ids.ts';
import { idempotentParameterMismatch } from './ec2.errors.ts';
import { newAssociation } from './instance-profiles.ts';
import { requireRunnable } from './instance-states.operations.ts';
import { describeReservation } from './instances.describe.ts';
import { type InstanceRow, type InstanceSpec, instances } from './instances.table.ts';
import { type LaunchPlan, planLaunch } from './launch-plan.ts';
import { checkMetadataTagKeys } from './metadata-tag-keys.ts';
import { createNetworkInterface } from './network-interfaces.ts';
import { applyTagSpecifications, checkTagSpecifications } from './resources.ts';
import { tagsOf } from './tags.table.ts';
import { volumes } from './volumes.table.ts';

export const runInstancesOperations = {
  RunInstances(ctx, input) {
    const { ClientToken: token, DryRun: _, ...parameters } = input;
    const [reservationId] = idempotent(
      ctx,
      { operation: 'ec2:RunInstances', token, parameters, mismatch: idempotentParameterMismatch },
      () => {
        checkTagSpecifications(taggable, input.TagSpecifications);
        requireRunnable(ctx);
        return [launch(ctx, input, planLaunch(ctx, input))];
      },
    );
    return describeReservation(ctx, reservationId as string);
  },
} satisfies Operations<Ec2Api>;

const taggable = ['instance', 'volume', 'network-interface'] as const;

function launch(ctx: OperationContext, input: RunInstancesRequest, plan: LaunchPlan): string {
  const reservationId = newResourceId(ctx.random, 'r');
  for (let launchIndex = 0; launchIndex < plan.count; launchIndex++) {
    launchOne(ctx, input, plan, reservationId, launchIndex);
  }
  return reservationId;
}

function launchOne(
  ctx: OperationContext,
  input: RunInstancesRequest,
  plan: LaunchPlan,
  reservationId: string,
  launchIndex: number,
): void {
  const instanceId = newResourceId(ctx.random, 'i');
  const networkInterfaceId = createNetworkInterface(ctx, {
    ...plan.networkInterface,
    attachment: {
      attachmentId: newResourceId(ctx.random, 'eni-attach'),
      instanceId,
      deviceIndex: 0,
      deleteOnTermination: plan.networkInterface.deleteOnTermination,
      attachTimeMs: ctx.nowMs,
    },
  }).id;
  const rootVolumeId = createRootVolume(ctx, plan, instanceId);
  const row = ctx.table(instances).insert(instanceId, {
    ...plan.instance,
    ...(plan.profile && { instanceProfile: newAssociation(ctx, plan.profile) }),
    desired: 'running',
    startCount: 1,
    rebootCount: 0,
    force: false,
    reservationId,
    launchIndex,
    clientToken: input.ClientToken ?? '',
    launchTimeMs: ctx.nowMs,
    networkInterfaceIds: [networkInterfaceId],
    rootVolumeId,
  } satisfies InstanceSpec);
  tagLaunched(ctx, input, row, networkInterfaceId);
}

function createRootVolume(ctx: OperationContext, { rootVolume, instance }: LaunchPlan, instanceId: string): string {
  const { deleteOnTermination, ...spec } = rootVolume;
  const id = newResourceId(ctx.random, 'vol');
  ctx.table(volumes).insert(id, {
    ...spec,
    availabilityZone: instance.availabilityZone,
    baseImage: instance.baseImage,
    isDeleted: false,
    attachment: { instanceId, device: instance.rootDeviceName, deleteOnTermination, attachTimeMs: ctx.nowMs },
  });
  return id;
}

function tagLaunched(
  ctx: OperationContext,
  input: RunInstancesRequest,
  row: InstanceRow,
  networkInterfaceId: string,
): void {
  const ids = { instance: row.id, volume: row.spec.rootVolumeId, 'network-interface': networkInterfaceId };
  for (const resourceType of taggable) {
    const own = input.TagSpecifications?.filter(({ ResourceType }) => ResourceType === resourceType);
    applyTagSpecifications(ctx, resourceType, ids[resourceType], own);
  }
  if (row.spec.metadataOptions.instanceMetadataTags === 'enabled') checkMetadataTagKeys(tagsOf(ctx, row.id));
}
