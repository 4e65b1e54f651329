// What may be changed of an instance after its launch, and reading it back one attribute at a time.

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  DescribeInstanceAttributeRequest,
  Ec2Api,
  InstanceAttribute,
  ModifyInstanceAttributeRequest,
} from '../../generated/ec2.types.ts';
import { invalidParameterCombination, invalidParameterValue, unsupportedOperation } from './ec2.errors.ts';
import { describeBlockDevices, describeMetadataOptions, groupIdentifiers, interfacesOf } from './instances.describe.ts';
import { type InstanceRow, type InstanceSpec, instances, stateOf } from './instances.table.ts';
import { requireInstance } from './instances.ts';
import { chooseSecurityGroups } from './launch-network.ts';
import { checkedUserData, metadataOptions, requireInstanceType } from './launch-plan.ts';
import { checkMetadataTagKeys } from './metadata-tag-keys.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { tagsOf } from './tags.table.ts';
import { volumes } from './volumes.table.ts';

export const instanceAttributeOperations = {
  ModifyInstanceAttribute(ctx, input) {
    const row = requireInstance(ctx, input.InstanceId);
    const asked = withLegacyValue(input);
    const names = changeable.filter((name) => asked[name] !== undefined);
    if (names.length === 0) throw invalidParameterCombination('No attributes specified.');
    if (names.length > 1) throw invalidParameterCombination('Fields for multiple attribute types specified');
    change(ctx, row, asked);
    return {};
  },

  DescribeInstanceAttribute(ctx, { InstanceId, Attribute }) {
    const row = requireInstance(ctx, InstanceId);
    return { InstanceId, ...describeAttribute(ctx, row, Attribute) };
  },

  ModifyInstanceMetadataOptions(ctx, { InstanceId, ...request }) {
    const row = requireInstance(ctx, InstanceId);
    const options = metadataOptions(request, row.spec.metadataOptions);
    if (options.instanceMetadataTags === 'enabled') checkMetadataTagKeys(tagsOf(ctx, row.id));
    const after = ctx.table(instances).update(row.id, (spec) => ({ ...spec, metadataOptions: options }));
    return { InstanceId, InstanceMetadataOptions: describeMetadataOptions(after) };
  },

  MonitorInstances: (ctx, { InstanceIds }) => ({ InstanceMonitorings: monitor(ctx, InstanceIds, true) }),

  UnmonitorInstances: (ctx, { InstanceIds }) => ({ InstanceMonitorings: monitor(ctx, InstanceIds, false) }),
} satisfies Operations<Ec2Api>;

const changeable = [
  'SourceDestCheck',
  'DisableApiStop',
  'DisableApiTermination',
  'InstanceType',
  'UserData',
  'InstanceInitiatedShutdownBehavior',
  'Groups',
  'EbsOptimized',
  'BlockDeviceMappings',
  'Kernel',
  'Ramdisk',
  'SriovNetSupport',
  'EnaSupport',
  'EnclaveOptions',
] as const satisfies readonly (keyof ModifyInstanceAttributeRequest)[];

/** The older form `Attribute=instanceType&Value=t3.small` says the same as `InstanceType.Value=t3.small`. */
function withLegacyValue(input: ModifyInstanceAttributeRequest): ModifyInstanceAttributeRequest {
  const { Attribute, Value } = input;
  if (Attribute === undefined || Value === undefined) return input;
  const isTrue = { Value: Value === 'true' };
  switch (Attribute) {
    case 'instanceType':
      return { ...input, InstanceType: { Value } };
    case 'instanceInitiatedShutdownBehavior':
      return { ...input, InstanceInitiatedShutdownBehavior: { Value } };
    case 'userData':
      return { ...input, UserData: { Value: Buffer.from(Value, 'base64') } };
    case 'disableApiTermination':
      return { ...input, DisableApiTermination: isTrue };
    case 'disableApiStop':
      return { ...input, DisableApiStop: isTrue };
    case 'sourceDestCheck':
      return { ...input, SourceDestCheck: isTrue };
    case 'ebsOptimized':
      return { ...input, EbsOptimized: isTrue };
    default:
      throw unsupportedOperation(`cloudlet does not support changing ${Attribute} yet.`);
  }
}

function change(ctx: OperationContext, row: InstanceRow, asked: ModifyInstanceAttributeRequest): void {
  if (asked.SourceDestCheck) {
    changePrimaryInterface(ctx, row, { sourceDestCheck: asked.SourceDestCheck.Value ?? true });
  } else if (asked.Groups) {
    const other = `interface ${row.spec.networkInterfaceIds[0]}`;
    const securityGroupIds = chooseSecurityGroups(ctx, asked.Groups, row.spec.vpcId, other);
    changePrimaryInterface(ctx, row, { securityGroupIds });
  } else if (asked.BlockDeviceMappings) {
    changeDeleteOnTermination(ctx, row, asked.BlockDeviceMappings);
  } else {
    const changes = specChanges(row, asked);
    ctx.table(instances).update(row.id, (spec) => ({ ...spec, ...changes }));
  }
}

function specChanges(row: InstanceRow, asked: ModifyInstanceAttributeRequest): Partial<InstanceSpec> {
  if (asked.DisableApiTermination) return { disableApiTermination: asked.DisableApiTermination.Value ?? false };
  if (asked.DisableApiStop) return { disableApiStop: asked.DisableApiStop.Value ?? false };
  if (asked.InstanceInitiatedShutdownBehavior) {
    return { shutdownBehavior: shutdownBehavior(asked.InstanceInitiatedShutdownBehavior.Value) };
  }
  if (asked.EbsOptimized) {
    requireStopped(row);
    return { ebsOptimized: asked.EbsOptimized.Value ?? false };
  }
  if (asked.InstanceType) {
    requireStopped(row);
    return requireInstanceType(asked.InstanceType.Value ?? '', row.spec);
  }
  if (asked.UserData) {
    requireStopped(row);
    return {
      userData: checkedUserData(Buffer.from(asked.UserData.Value ?? new Uint8Array(0)).toString('base64')),
    };
  }
  const named = changeable.find((name) => asked[name] !== undefined);
  throw unsupportedOperation(`cloudlet does not support changing ${named} yet.`);
}

function requireStopped(row: InstanceRow): void {
  if (stateOf(row) !== 'stopped') {
    throw awsError('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
  }
}

function shutdownBehavior(value: string | undefined): InstanceSpec['shutdownBehavior'] {
  if (value === 'stop' || value === 'terminate') return value;
  throw invalidParameterValue(`Value (${value}) for parameter value is invalid. Invalid shutdown behavior.`);
}

function changePrimaryInterface(
  ctx: OperationContext,
  row: InstanceRow,
  changes: { sourceDestCheck?: boolean; securityGroupIds?: readonly string[] },
): void {
  const [primary] = interfacesOf(ctx, row);
  if (!primary) throw awsError('IncorrectInstanceState', `The instance '${row.id}' has no network interface.`);
  ctx.table(networkInterfaces).update(primary.id, (spec) => ({ ...spec, ...changes }));
}

function changeDeleteOnTermination(
  ctx: OperationContext,
  row: InstanceRow,
  mappings: NonNullable<ModifyInstanceAttributeRequest['BlockDeviceMappings']>,
): void {
  for (const { DeviceName, Ebs } of mappings) {
    const volume = [...ctx.table(volumes).by('byInstance', row.id)].find(
      ({ spec }) => spec.attachment?.device === DeviceName,
    );
    if (!volume?.spec.attachment)
      throw awsError('InvalidInstanceAttributeValue', `No device is currently mapped at ${DeviceName}`);
    const attachment = {
      ...volume.spec.attachment,
      deleteOnTermination: Ebs?.DeleteOnTermination ?? volume.spec.attachment.deleteOnTermination,
    };
    ctx.table(volumes).update(volume.id, (spec) => ({ ...spec, attachment }));
  }
}

function describeAttribute(
  ctx: OperationContext,
  row: InstanceRow,
  attribute: DescribeInstanceAttributeRequest['Attribute'],
): InstanceAttribute {
  const { spec } = row;
  const primary = interfacesOf(ctx, row)[0]?.spec;
  switch (attribute) {
    case 'instanceType':
      return { InstanceType: { Value: spec.instanceType } };
    case 'userData':
      return { UserData: spec.userData === undefined ? {} : { Value: spec.userData } };
    case 'disableApiTermination':
      return { DisableApiTermination: { Value: spec.disableApiTermination } };
    case 'disableApiStop':
      return { DisableApiStop: { Value: spec.disableApiStop } };
    case 'instanceInitiatedShutdownBehavior':
      return { InstanceInitiatedShutdownBehavior: { Value: spec.shutdownBehavior } };
    case 'rootDeviceName':
      return { RootDeviceName: { Value: spec.rootDeviceName } };
    case 'blockDeviceMapping':
      return { BlockDeviceMappings: describeBlockDevices(ctx, row) };
    case 'sourceDestCheck':
      return { SourceDestCheck: { Value: primary?.sourceDestCheck ?? true } };
    case 'groupSet':
      return { Groups: groupIdentifiers(ctx, primary?.securityGroupIds ?? []) };
    case 'ebsOptimized':
      return { EbsOptimized: { Value: spec.ebsOptimized } };
    case 'enaSupport':
      return { EnaSupport: { Value: true } };
    case 'enclaveOptions':
      return { EnclaveOptions: { Enabled: false } };
    case 'productCodes':
      return { ProductCodes: [] };
    case 'kernel':
    case 'ramdisk':
    case 'sriovNetSupport':
      return {};
    default:
      throw invalidParameterValue(
        `Value (${String(attribute)}) for parameter attribute is invalid. Unknown attribute.`,
      );
  }
}

function monitor(ctx: OperationContext, ids: readonly string[], enabled: boolean) {
  return ids
    .map((id) => requireInstance(ctx, id))
    .map((row) => {
      ctx.table(instances).update(row.id, (spec) => ({ ...spec, monitoring: enabled }));
      return { InstanceId: row.id, Monitoring: { State: enabled ? ('enabled' as const) : ('disabled' as const) } };
    });
}
