// DescribeImages and DescribeImageAttribute.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html

import { awsError } from '../../aws/errors.ts';
import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  BlockDeviceMapping,
  Image as DescribedImage,
  DescribeImagesRequest,
  Ec2Api,
  ImageAttribute,
  ImageAttributeName,
} from '../../generated/ec2.types.ts';
import { describeRows } from './describe.ts';
import { classicPaging } from './describe-paging.ts';
import { rootVolumeType } from './images.facts.ts';
import { type Image, requireImage } from './images.ts';
import { resourceKinds } from './resources.ts';
import { describeTagsIfAny, tagsOf } from './tags.table.ts';

export const imageOperations = {
  DescribeImages(ctx, input) {
    const { described: Images, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeImages',
      kind: resourceKinds.image,
      input,
      ids: input.ImageIds,
      fields: imageFilters,
      paging: classicPaging('imageIdsSet'),
      where: (image) => isOwnedBy(ctx, input.Owners, image) && isExecutableBy(input),
      describe: (image) => describeImage(ctx, image),
    });
    return { Images, NextToken };
  },

  /** Only an image's owner may ask, even for what DescribeImages shows to all. */
  DescribeImageAttribute(ctx, { ImageId, Attribute }) {
    const image = requireImage(ctx, ImageId);
    if (image.ownerId !== ctx.account) throw awsError('AuthFailure', `Not authorized for image:${image.imageId}`);
    return { ImageId, ...attributes[Attribute](image) };
  },
} satisfies Operations<Ec2Api>;

/** Owners are account numbers, aliases of AWS's own, or `self`. */
function isOwnedBy(ctx: OperationContext, owners: readonly string[] | undefined, image: Image): boolean {
  if (!owners || owners.length === 0) return true;
  return owners.some((owner) =>
    owner === 'self' ? image.ownerId === ctx.account : owner === image.ownerId || owner === image.ownerAlias,
  );
}

/** `all` are the images that everybody may launch, as all here are; to nobody was any given by name. */
function isExecutableBy({ ExecutableUsers: users }: DescribeImagesRequest): boolean {
  return !users || users.length === 0 || users.includes('all');
}

const platformDetails = 'Linux/UNIX';
const usageOperation = 'RunInstances';

const imageFilters: FilterFields<Image> = {
  architecture: (image) => image.architecture,
  'block-device-mapping.delete-on-termination': () => 'true',
  'block-device-mapping.device-name': (image) => image.rootDeviceName,
  'block-device-mapping.encrypted': () => 'false',
  'block-device-mapping.snapshot-id': (image) => image.snapshotId,
  'block-device-mapping.volume-size': (image) => String(image.sizeGiB),
  'block-device-mapping.volume-type': () => rootVolumeType,
  'creation-date': (image) => image.creationDate,
  description: (image) => image.description,
  'ena-support': () => 'true',
  'free-tier-eligible': () => 'true',
  hypervisor: () => 'xen',
  'image-allowed': () => 'true',
  'image-id': (image) => image.imageId,
  'image-type': () => 'machine',
  'is-public': () => 'true',
  'kernel-id': () => undefined,
  'manifest-location': locationOf,
  name: (image) => image.name,
  'owner-alias': (image) => image.ownerAlias,
  'owner-id': (image) => image.ownerId,
  platform: () => undefined, // Windows has one
  'product-code': () => undefined,
  'product-code.type': () => undefined,
  'ramdisk-id': () => undefined,
  'root-device-name': (image) => image.rootDeviceName,
  'root-device-type': () => 'ebs',
  'source-image-id': () => undefined,
  'source-image-region': () => undefined,
  'source-instance-id': () => undefined,
  state: () => 'available',
  'state-reason-code': () => undefined,
  'state-reason-message': () => undefined,
  'sriov-net-support': () => 'simple',
  'virtualization-type': () => 'hvm',
};

function describeImage(ctx: OperationContext, image: Image): DescribedImage {
  return {
    ImageId: image.imageId,
    Name: image.name,
    Description: image.description,
    ImageLocation: locationOf(image),
    ImageOwnerAlias: image.ownerAlias,
    OwnerId: image.ownerId,
    CreationDate: image.creationDate,
    Architecture: image.architecture,
    State: 'available',
    Public: true,
    ImageType: 'machine',
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    SriovNetSupport: 'simple',
    FreeTierEligible: true,
    ImageAllowed: true,
    PlatformDetails: platformDetails,
    UsageOperation: usageOperation,
    RootDeviceName: image.rootDeviceName,
    RootDeviceType: 'ebs',
    BlockDeviceMappings: [rootMapping(image)],
    PublicSsmParameterName: image.parameterNames[0],
    Tags: describeTagsIfAny(tagsOf(ctx, image.imageId)),
  };
}

const attributes: Readonly<Record<ImageAttributeName, (image: Image) => ImageAttribute>> = {
  description: ({ description }) => ({ Description: { Value: description } }),
  kernel: () => ({ KernelId: {} }),
  ramdisk: () => ({ RamdiskId: {} }),
  launchPermission: () => ({ LaunchPermissions: [{ Group: 'all' }] }),
  productCodes: () => ({ ProductCodes: [] }),
  blockDeviceMapping: (image) => ({ BlockDeviceMappings: [rootMapping(image)] }),
  sriovNetSupport: () => ({ SriovNetSupport: { Value: 'simple' } }),
  bootMode: () => ({ BootMode: {} }),
  tpmSupport: () => ({ TpmSupport: {} }),
  uefiData: () => ({ UefiData: {} }),
  lastLaunchedTime: () => ({ LastLaunchedTime: {} }),
  imdsSupport: () => ({ ImdsSupport: {} }),
  deregistrationProtection: () => ({ DeregistrationProtection: { Value: 'disabled' } }),
};

function locationOf(image: Image): string {
  return `${image.ownerAlias}/${image.name}`;
}

function rootMapping(image: Image): BlockDeviceMapping {
  return {
    DeviceName: image.rootDeviceName,
    Ebs: {
      DeleteOnTermination: true,
      SnapshotId: image.snapshotId,
      VolumeSize: image.sizeGiB,
      VolumeType: rootVolumeType,
      Encrypted: false,
    },
  };
}
