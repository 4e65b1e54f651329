// Network interfaces as operations show and change them. They come and go with instances; one that was told to outlive
// its instance can be deleted.

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api, ModifyNetworkInterfaceAttributeRequest } from '../../generated/ec2.types.ts';
import { describeRows } from './describe.ts';
import { vpcPaging } from './describe-paging.ts';
import { invalidParameterCombination, invalidParameterValue } from './ec2.errors.ts';
import { groupIdentifiers } from './instances.describe.ts';
import { instances } from './instances.table.ts';
import { chooseSecurityGroups } from './launch-network.ts';
import { attachedInstance, createNetworkInterfaceView } from './network-interfaces.describe.ts';
import { interfaceInUse } from './network-interfaces.errors.ts';
import { type NetworkInterfaceSpec, networkInterfaces } from './network-interfaces.table.ts';
import {
  assignPublicAddress,
  deleteNetworkInterface,
  type NetworkInterfaceRow,
  releasePublicAddress,
} from './network-interfaces.ts';
import { requireRow } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';
import { refuseMembers } from './vpcs.errors.ts';

export const networkInterfaceOperations = {
  DescribeNetworkInterfaces(ctx, input) {
    const { describe, fields } = createNetworkInterfaceView(ctx);
    const { described: NetworkInterfaces, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeNetworkInterfaces',
      kind: resourceKinds['network-interface'],
      input,
      ids: input.NetworkInterfaceIds,
      fields,
      paging: vpcPaging('NetworkInterfaceIds'),
      describe,
    });
    return { NetworkInterfaces, NextToken };
  },

  DescribeNetworkInterfaceAttribute(ctx, { NetworkInterfaceId, Attribute }) {
    const row = requireRow(ctx, resourceKinds['network-interface'], NetworkInterfaceId);
    switch (Attribute) {
      case 'description':
        return { NetworkInterfaceId, Description: { Value: row.spec.description } };
      case 'groupSet':
        return { NetworkInterfaceId, Groups: groupIdentifiers(ctx, row.spec.securityGroupIds) };
      case 'sourceDestCheck':
        return { NetworkInterfaceId, SourceDestCheck: { Value: row.spec.sourceDestCheck } };
      case 'attachment':
        return { NetworkInterfaceId, Attachment: createNetworkInterfaceView(ctx).describeAttachment(row) };
      case 'associatePublicIpAddress':
        return { NetworkInterfaceId, AssociatePublicIpAddress: row.spec.publicAddress !== undefined };
      case undefined:
        throw invalidParameterCombination('No attributes specified.');
    }
  },

  ModifyNetworkInterfaceAttribute(ctx, input) {
    refuseMembers('ModifyNetworkInterfaceAttribute', input, unbuiltAttributes);
    const row = requireRow(ctx, resourceKinds['network-interface'], input.NetworkInterfaceId);
    const asked = changeable.filter((name) => input[name] !== undefined);
    if (asked.length === 0) throw invalidParameterCombination('No attributes specified.');
    if (asked.length > 1) throw invalidParameterCombination('Fields for multiple attribute types specified');
    if (input.AssociatePublicIpAddress !== undefined) changePublicAddress(ctx, row, input.AssociatePublicIpAddress);
    else ctx.table(networkInterfaces).update(row.id, (spec) => ({ ...spec, ...changes(ctx, row, input) }));
    return {};
  },

  DeleteNetworkInterface(ctx, { NetworkInterfaceId }) {
    const row = requireRow(ctx, resourceKinds['network-interface'], NetworkInterfaceId);
    if (attachedInstance(ctx, row)) throw interfaceInUse(row.id);
    deleteNetworkInterface(ctx, row.id);
    return {};
  },
} satisfies Operations<Ec2Api>;

const unbuiltAttributes = [
  'AssociatedSubnetIds',
  'ConnectionTrackingSpecification',
  'EnablePrimaryIpv6',
  'EnaSrdSpecification',
] as const satisfies readonly (keyof ModifyNetworkInterfaceAttributeRequest)[];

const changeable = [
  'AssociatePublicIpAddress',
  'Attachment',
  'Description',
  'Groups',
  'SourceDestCheck',
] as const satisfies readonly (keyof ModifyNetworkInterfaceAttributeRequest)[];

function changes(
  ctx: OperationContext,
  row: NetworkInterfaceRow,
  { Attachment, Description, Groups, SourceDestCheck }: ModifyNetworkInterfaceAttributeRequest,
): Partial<NetworkInterfaceSpec> {
  if (Description) return { description: Description.Value ?? '' };
  if (SourceDestCheck) return { sourceDestCheck: SourceDestCheck.Value ?? true };
  if (Groups) return { securityGroupIds: chooseSecurityGroups(ctx, Groups, row.spec.vpcId, `interface ${row.id}`) };
  const { attachment } = row.spec;
  if (!attachment || attachment.attachmentId !== Attachment?.AttachmentId) {
    throw awsError('InvalidAttachmentID.NotFound', `The attachment '${Attachment?.AttachmentId}' does not exist`);
  }
  refuseMembers('ModifyNetworkInterfaceAttribute', Attachment, ['DefaultEnaQueueCount', 'EnaQueueCount']);
  const { DeleteOnTermination: deleteOnTermination = attachment.deleteOnTermination } = Attachment;
  return { attachment: { ...attachment, deleteOnTermination } };
}

/** For now, and for every later start of the instance. */
function changePublicAddress(ctx: OperationContext, row: NetworkInterfaceRow, isWanted: boolean): void {
  const instance = attachedInstance(ctx, row);
  if (!instance || row.spec.attachment?.deviceIndex !== 0) {
    throw invalidParameterValue('AssociatePublicIpAddress can only be changed on the primary network interface.');
  }
  ctx.table(instances).update(instance.id, (spec) => ({ ...spec, associatePublicAddress: isWanted }));
  if (!isWanted) releasePublicAddress(ctx, row.id);
  else if (instance.spec.desired === 'running') assignPublicAddress(ctx, row.id);
}
