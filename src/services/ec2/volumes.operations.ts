// Volumes as operations show and delete them. They come with instances; one that was told to outlive its instance is
// free once that is terminated, and stays until it is deleted.

import { awsError } from '../../aws/errors.ts';
import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api, Volume, VolumeAttachment, VolumeState } from '../../generated/ec2.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import type { Row } from '../../kernel/table.ts';
import { describeRows } from './describe.ts';
import { classicPaging } from './describe-paging.ts';
import { instances, stateOf } from './instances.table.ts';
import { findZone } from './regions.facts.ts';
import { requireRow } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';
import { describeTagsIfAny, tagsOf } from './tags.table.ts';
import { type VolumeSpec, type VolumeStatus, volumes } from './volumes.table.ts';

type VolumeRow = Row<VolumeSpec, VolumeStatus>;

export const volumeOperations = {
  DescribeVolumes(ctx, input) {
    const { described: Volumes, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeVolumes',
      kind: resourceKinds.volume,
      input,
      ids: input.VolumeIds,
      fields: volumeFilters(ctx),
      paging: classicPaging('volumeSet', { min: 5, max: 500 }),
      describe: (row) => describeVolume(ctx, row),
    });
    return { Volumes, NextToken };
  },

  DescribeVolumeAttribute(ctx, { VolumeId, Attribute }) {
    requireRow(ctx, resourceKinds.volume, VolumeId);
    return { VolumeId, ...(Attribute === 'autoEnableIO' ? { AutoEnableIO: { Value: false } } : { ProductCodes: [] }) };
  },

  /** The row leaves when its bytes have: see volumes.reconciler.ts. */
  DeleteVolume(ctx, { VolumeId }) {
    const row = requireRow(ctx, resourceKinds.volume, VolumeId);
    const attachment = attachmentOf(ctx, row);
    if (attachment) {
      throw awsError('VolumeInUse', `Volume ${row.id} is currently attached to ${attachment.InstanceId}`);
    }
    ctx.table(volumes).update(row.id, ({ attachment: _, ...spec }) => ({ ...spec, isDeleted: true }));
    return {};
  },
} satisfies Operations<Ec2Api>;

/** A terminated instance has let go of its volumes, though the rows still name it. */
function attachmentOf(ctx: OperationContext, { id, spec }: VolumeRow): VolumeAttachment | undefined {
  const instance = spec.attachment && ctx.table(instances).get(spec.attachment.instanceId);
  if (!spec.attachment || !instance || stateOf(instance) === 'terminated') return undefined;
  return {
    VolumeId: id,
    InstanceId: instance.id,
    Device: spec.attachment.device,
    State: instance.status.observed === 'none' ? 'attaching' : 'attached',
    AttachTime: spec.attachment.attachTimeMs,
    DeleteOnTermination: spec.attachment.deleteOnTermination,
  };
}

function volumeStateOf(ctx: OperationContext, row: VolumeRow): VolumeState {
  if (row.spec.isDeleted) return 'deleting';
  if (!row.status.isCreated) return 'creating';
  return attachmentOf(ctx, row) ? 'in-use' : 'available';
}

function describeVolume(ctx: OperationContext, row: VolumeRow): Volume {
  const { id, spec } = row;
  return {
    VolumeId: id,
    State: volumeStateOf(ctx, row),
    Size: spec.sizeGiB,
    VolumeType: spec.volumeType,
    Iops: spec.iops,
    Throughput: spec.throughput,
    Encrypted: spec.encrypted,
    SnapshotId: spec.snapshotId ?? '',
    AvailabilityZone: spec.availabilityZone,
    AvailabilityZoneId: zoneIdOf(row),
    CreateTime: row.createdAtMs,
    MultiAttachEnabled: false,
    Attachments: [attachmentOf(ctx, row)].flatMap((attachment) => attachment ?? []),
    Operator: { Managed: false },
    Tags: describeTagsIfAny(tagsOf(ctx, id)),
  };
}

const zoneIdOf = ({ region, spec }: VolumeRow) => findZone(region, spec.availabilityZone)?.id;

function volumeFilters(ctx: OperationContext): FilterFields<VolumeRow> {
  const attachment = (value: (attachment: VolumeAttachment) => string | undefined) => (row: VolumeRow) => {
    const found = attachmentOf(ctx, row);
    return found && value(found);
  };
  return {
    'attachment.attach-time': attachment(({ AttachTime = 0 }) => formatIso(AttachTime)),
    'attachment.delete-on-termination': attachment(({ DeleteOnTermination }) => String(DeleteOnTermination)),
    'attachment.device': attachment(({ Device }) => Device),
    'attachment.instance-id': attachment(({ InstanceId }) => InstanceId),
    'attachment.status': attachment(({ State }) => State),
    'availability-zone': ({ spec }) => spec.availabilityZone,
    'availability-zone-id': zoneIdOf,
    'create-time': ({ createdAtMs }) => formatIso(createdAtMs),
    encrypted: ({ spec }) => String(spec.encrypted),
    'fast-restored': () => 'false',
    'multi-attach-enabled': () => 'false',
    'operator.managed': () => 'false',
    'operator.principal': () => undefined,
    size: ({ spec }) => String(spec.sizeGiB),
    'snapshot-id': ({ spec }) => spec.snapshotId,
    'source-volume-id': () => undefined,
    status: (row) => volumeStateOf(ctx, row),
    'volume-id': ({ id }) => id,
    'volume-type': ({ spec }) => spec.volumeType,
  };
}
