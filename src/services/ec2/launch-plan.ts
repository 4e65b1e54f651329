// Decides what a RunInstances request means: fills in what was left out, and refuses what is wrong, or is not built,
// before anything is written. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { InstanceMetadataOptionsRequest, RunInstancesRequest } from '../../generated/ec2.types.ts';
import { invalidParameterCombination, invalidParameterValue, unsupportedOperation } from './ec2.errors.ts';
import { type Image, requireImage, resolveImageId } from './images.ts';
import { requestedCredits } from './instance-credits.operations.ts';
import { type NamedProfile, requireProfile } from './instance-profiles.ts';
import { getInstanceType } from './instance-types.ts';
import type { InstanceSpec, MetadataOptions } from './instances.table.ts';
import { requireKeyPair } from './key-pairs.ts';
import { type NetworkPlan, planNetworkInterface } from './launch-network.ts';
import { planRootVolume, type RootVolumePlan } from './launch-volumes.ts';

export interface LaunchPlan {
  readonly count: number;
  readonly networkInterface: NetworkPlan;
  readonly rootVolume: RootVolumePlan;
  readonly profile: NamedProfile | undefined;
  readonly instance: Omit<
    InstanceSpec,
    | 'desired'
    | 'startCount'
    | 'rebootCount'
    | 'force'
    | 'reservationId'
    | 'launchIndex'
    | 'instanceProfile'
    | 'clientToken'
    | 'launchTimeMs'
    | 'networkInterfaceIds'
    | 'rootVolumeId'
  >;
}

/** EC2's own default, from 2006. */
const defaultInstanceType = 'm1.small';

const largestUserDataBytes = 16_384;

export function planLaunch(ctx: OperationContext, input: RunInstancesRequest): LaunchPlan {
  refuseUnbuilt(input);
  const count = launchCount(ctx, input);
  const image = imageOf(ctx, input);
  const instanceType = requireInstanceType(input.InstanceType ?? defaultInstanceType, image);
  const keyPair = input.KeyName === undefined ? undefined : requireKeyPair(ctx, input.KeyName);
  const networkInterface = planNetworkInterface(ctx, input, instanceType.instanceType);
  if (networkInterface.privateAddress !== undefined && count > 1) {
    throw invalidParameterCombination(
      'The parameter PrivateIpAddress cannot be used when launching more than one instance',
    );
  }
  return {
    count,
    networkInterface,
    profile: input.IamInstanceProfile && requireProfile(ctx, input.IamInstanceProfile),
    rootVolume: planRootVolume(input.BlockDeviceMappings ?? [], image, instanceType.instanceType),
    instance: {
      imageId: image.imageId,
      baseImage: image.baseImage,
      ...instanceType,
      ...(keyPair && { keyName: keyPair.keyName, publicKey: keyPair.publicKey }),
      ...(input.UserData ? { userData: checkedUserData(input.UserData) } : {}),
      vpcId: networkInterface.vpcId,
      subnetId: networkInterface.subnetId,
      availabilityZone: networkInterface.availabilityZone,
      associatePublicAddress: networkInterface.associatePublicAddress,
      rootDeviceName: image.rootDeviceName,
      disableApiTermination: input.DisableApiTermination ?? false,
      disableApiStop: input.DisableApiStop ?? false,
      shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
      metadataOptions: metadataOptions(input.MetadataOptions),
      monitoring: input.Monitoring?.Enabled ?? false,
      ebsOptimized: input.EbsOptimized ?? false,
      ...requestedCredits(input.CreditSpecification, instanceType.instanceType),
      ...(input.MaintenanceOptions?.AutoRecovery && { autoRecovery: input.MaintenanceOptions.AutoRecovery }),
    },
  };
}

/** What would have to be pretended is refused instead, by name. */
function refuseUnbuilt(input: RunInstancesRequest): void {
  if (input.LaunchTemplate) {
    const { LaunchTemplateId: id, LaunchTemplateName: name } = input.LaunchTemplate;
    if (id)
      throw awsError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      );
    throw awsError(
      'InvalidLaunchTemplateName.NotFoundException',
      `The specified launch template, with template name ${name}, does not exist.`,
    );
  }
  const { Tenancy = 'default', GroupName, GroupId, HostId, ...placement } = input.Placement ?? {};
  const names = input.PrivateDnsNameOptions ?? {};
  const unbuilt: Record<string, boolean> = {
    'Spot Instances (InstanceMarketOptions)': input.InstanceMarketOptions !== undefined,
    'hibernation (HibernationOptions)': input.HibernationOptions?.Configured === true,
    'enclaves (EnclaveOptions)': input.EnclaveOptions?.Enabled === true,
    'IPv6 addresses': Boolean(input.Ipv6AddressCount || input.Ipv6Addresses?.length || input.EnablePrimaryIpv6),
    'placement groups (Placement.GroupName)': Boolean(GroupName || GroupId),
    'dedicated hosts and tenancy (Placement)':
      Tenancy !== 'default' || Boolean(HostId || placement.Affinity || placement.HostResourceGroupArn),
    'partitions (Placement.PartitionNumber)': placement.PartitionNumber !== undefined,
    'elastic GPUs': Boolean(input.ElasticGpuSpecification?.length || input.ElasticInferenceAccelerators?.length),
    'kernels and RAM disks of your own (KernelId, RamdiskId)': Boolean(input.KernelId || input.RamdiskId),
    'CPU options': input.CpuOptions !== undefined,
    'capacity reservations': Boolean(
      input.CapacityReservationSpecification?.CapacityReservationTarget ||
        (input.CapacityReservationSpecification?.CapacityReservationPreference ?? 'open') !== 'open',
    ),
    'license configurations': Boolean(input.LicenseSpecifications?.length),
    'resource-based host names (PrivateDnsNameOptions)':
      (names.HostnameType ?? 'ip-name') !== 'ip-name' ||
      Boolean(names.EnableResourceNameDnsARecord || names.EnableResourceNameDnsAAAARecord),
    'bandwidth weightings (NetworkPerformanceOptions)':
      (input.NetworkPerformanceOptions?.BandwidthWeighting ?? 'default') !== 'default',
    'service providers that manage instances (Operator)': Boolean(input.Operator?.Principal),
    'secondary interfaces': Boolean(input.SecondaryInterfaces?.length),
  };
  const named = Object.keys(unbuilt).find((name) => unbuilt[name]);
  if (named) throw unsupportedOperation(`cloudlet does not support ${named} in RunInstances yet.`);
}

function launchCount(ctx: OperationContext, { MinCount, MaxCount }: RunInstancesRequest): number {
  for (const [name, value] of [
    ['minCount', MinCount],
    ['maxCount', MaxCount],
  ] as const) {
    if (value < 1) throw invalidParameterValue(`Value (${value}) for parameter ${name} is invalid. Minimum value 1.`);
  }
  if (MinCount > MaxCount) {
    throw invalidParameterValue(
      `Value (${MinCount}) for parameter minCount is invalid. Must be less than or equal to maxCount.`,
    );
  }
  if (MinCount > largestLaunch) {
    throw awsError(
      'InstanceLimitExceeded',
      `You have requested more instances (${MinCount}) than your current instance limit of ${largestLaunch} allows in ${ctx.region} for one request.`,
    );
  }
  return Math.min(MaxCount, largestLaunch);
}

const largestLaunch = 200;

function imageOf(ctx: OperationContext, { ImageId }: RunInstancesRequest): Image {
  if (!ImageId) throw awsError('MissingParameter', 'The request must contain the parameter ImageId');
  return requireImage(ctx, resolveImageId(ctx, ImageId));
}

export function requireInstanceType(
  name: string,
  image: Pick<Image, 'architecture'>,
): Pick<InstanceSpec, 'instanceType' | 'vcpus' | 'memoryMiB' | 'architecture'> {
  const info = getInstanceType(name);
  if (!info) throw invalidParameterValue(`Invalid value '${name}' for InstanceType.`);
  const supported = info.ProcessorInfo?.SupportedArchitectures ?? [];
  if (!supported.some((architecture) => architecture === image.architecture)) {
    throw invalidParameterValue(
      `The architecture '${supported.join(',')}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  }
  return {
    instanceType: name,
    vcpus: info.VCpuInfo?.DefaultVCpus ?? 1,
    memoryMiB: info.MemoryInfo?.SizeInMiB ?? 1024,
    architecture: image.architecture,
  };
}

export function checkedUserData(userData: string): string {
  const bytes = Buffer.from(userData, 'base64');
  // Buffer skips what is not base64; only a text that comes out the same again was base64 to begin with.
  const normalized = userData.replace(/\s/g, '').replace(/=+$/, '');
  if (bytes.toString('base64').replace(/=+$/, '') !== normalized) {
    throw awsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  if (bytes.byteLength > largestUserDataBytes)
    throw invalidParameterValue(`User data is limited to ${largestUserDataBytes} bytes`);
  return bytes.toString('base64');
}

export const defaultMetadataOptions: MetadataOptions = {
  httpTokens: 'optional',
  httpEndpoint: 'enabled',
  httpPutResponseHopLimit: 1,
  instanceMetadataTags: 'disabled',
};

export function metadataOptions(
  request: InstanceMetadataOptionsRequest = {},
  current: MetadataOptions = defaultMetadataOptions,
): MetadataOptions {
  const hopLimit = request.HttpPutResponseHopLimit ?? current.httpPutResponseHopLimit;
  if (hopLimit < 1 || hopLimit > 64) {
    throw invalidParameterValue(
      `Value (${hopLimit}) for parameter HttpPutResponseHopLimit is invalid. Hop limit must be between 1 and 64`,
    );
  }
  if (request.HttpProtocolIpv6 === 'enabled')
    throw unsupportedOperation('cloudlet does not support the metadata service over IPv6 yet.');
  return {
    httpTokens: request.HttpTokens ?? current.httpTokens,
    httpEndpoint: request.HttpEndpoint ?? current.httpEndpoint,
    httpPutResponseHopLimit: hopLimit,
    instanceMetadataTags: request.InstanceMetadataTags ?? current.instanceMetadataTags,
  };
}
