// Decides what the root volume of an instance that is launched will be: the image's, as far as the request does not say
// otherwise. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html

import { awsError } from '../../aws/errors.ts';
import type { BlockDeviceMapping, EbsBlockDevice, VolumeType } from '../../generated/ec2.types.ts';
import {
  invalidParameterCombination,
  invalidParameterValue,
  missingParameter,
  unsupportedOperation,
} from './ec2.errors.ts';
import { rootVolumeType } from './images.facts.ts';
import type { Image } from './images.ts';
import { getInstanceType } from './instance-types.ts';
import type { VolumeSpec } from './volumes.table.ts';
import { refuseMembers } from './vpcs.errors.ts';

export type RootVolumePlan = Omit<VolumeSpec, 'availabilityZone' | 'attachment' | 'isDeleted' | 'baseImage'> & {
  readonly deleteOnTermination: boolean;
};

export function planRootVolume(
  mappings: readonly BlockDeviceMapping[],
  image: Image,
  instanceType: string,
): RootVolumePlan {
  for (const mapping of mappings) if (mapping.DeviceName !== image.rootDeviceName) refuseDevice(mapping, instanceType);
  const [root, another] = mappings.filter(({ DeviceName }) => DeviceName === image.rootDeviceName);
  if (another) {
    throw awsError(
      'InvalidBlockDeviceMapping',
      `Duplicate device name '${image.rootDeviceName}' in block device mapping.`,
    );
  }
  if (root?.NoDevice !== undefined || root?.VirtualName !== undefined) {
    throw awsError('InvalidBlockDeviceMapping', `The root device ${image.rootDeviceName} must be an EBS volume.`);
  }
  const ebs = root?.Ebs ?? {};
  refuseMembers('RunInstances', ebs, ['EbsCardIndex', 'KmsKeyId', 'OutpostArn', 'VolumeInitializationRate']);
  if (ebs.SnapshotId !== undefined && ebs.SnapshotId !== image.snapshotId) {
    throw awsError('InvalidSnapshot.NotFound', `The snapshot '${ebs.SnapshotId}' does not exist.`);
  }
  const volumeType = ebs.VolumeType ?? rootVolumeType;
  const sizeGiB = checkedSize(ebs.VolumeSize ?? image.sizeGiB, volumeType, image);
  return {
    sizeGiB,
    volumeType,
    ...performance(ebs, volumeType, sizeGiB),
    snapshotId: image.snapshotId,
    encrypted: ebs.Encrypted ?? false,
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
  };
}

/** A device that is not to be there is not; one of a kind that the type has not is left out, as on AWS. */
function refuseDevice({ DeviceName, NoDevice, VirtualName, Ebs }: BlockDeviceMapping, instanceType: string): void {
  if (DeviceName === undefined) throw missingParameter('deviceName');
  if (NoDevice !== undefined) return;
  const isInstanceStore = VirtualName !== undefined && /^ephemeral\d+$/.test(VirtualName) && !Ebs;
  if (isInstanceStore && !getInstanceType(instanceType)?.InstanceStorageSupported) return;
  throw unsupportedOperation(
    `cloudlet does not support block devices other than the root device in RunInstances yet, and the request maps ${DeviceName}.`,
  );
}

const largestGiB = 16_384;

function checkedSize(sizeGiB: number, volumeType: string, image: Image): number {
  if (sizeGiB < image.sizeGiB) {
    throw awsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${image.snapshotId}', expect size >= ${image.sizeGiB}GB`,
    );
  }
  if (sizeGiB <= largestGiB) return sizeGiB;
  throw invalidParameterValue(
    `Volume of ${sizeGiB}GiB is too large for volume type ${volumeType}; maximum is ${largestGiB}GiB`,
  );
}

function performance(
  { Iops, Throughput }: EbsBlockDevice,
  volumeType: VolumeType,
  sizeGiB: number,
): Pick<RootVolumePlan, 'iops' | 'throughput'> {
  if (Throughput !== undefined && volumeType !== 'gp3') throw notOfType('throughput', volumeType);
  switch (volumeType) {
    case 'gp3':
      return { iops: Iops ?? 3000, throughput: Throughput ?? 125 };
    case 'io1':
    case 'io2':
      if (Iops === undefined) throw missingParameter('iops');
      return { iops: Iops };
    default:
      if (Iops !== undefined) throw notOfType('iops', volumeType);
      return volumeType === 'gp2' ? { iops: Math.min(16_000, Math.max(100, sizeGiB * 3)) } : {};
  }
}

function notOfType(parameter: string, volumeType: string) {
  return invalidParameterCombination(`The parameter ${parameter} is not supported for ${volumeType} volumes.`);
}
