// Volumes: what a block device of an instance is made from and how large it is.

import type { VolumeType } from '../../generated/ec2.types.ts';
import { defineTable } from '../../kernel/table.ts';

export interface VolumeAttachment {
  readonly instanceId: string;
  /** `/dev/xvda` */
  readonly device: string;
  readonly deleteOnTermination: boolean;
  readonly attachTimeMs: number;
}

export interface VolumeSpec {
  readonly sizeGiB: number;
  readonly volumeType: VolumeType;
  readonly availabilityZone: string;
  readonly iops?: number;
  readonly throughput?: number;
  readonly encrypted: boolean;
  /** The base image whose bytes it starts with. */
  readonly baseImage?: string;
  readonly snapshotId?: string;
  readonly attachment?: VolumeAttachment;
  /** Asked to be gone; the row leaves when its bytes have. */
  readonly isDeleted: boolean;
}

export interface VolumeStatus {
  /** True once its bytes exist. */
  readonly isCreated: boolean;
}

export const volumes = defineTable<VolumeSpec, VolumeStatus>({
  name: 'ec2.volumes',
  initialStatus: { isCreated: false },
  indexes: { byInstance: (row) => (row.spec.attachment ? [row.spec.attachment.instanceId] : []) },
});
