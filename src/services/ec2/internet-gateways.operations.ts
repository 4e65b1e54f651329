// Internet gateways: a VPC's door to the outside, together with a route that leads to it.

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { AttachmentStatus, Ec2Api, InternetGateway } from '../../generated/ec2.types.ts';
import { newResourceId } from '../../kernel/ids.ts';
import type { Row } from '../../kernel/table.ts';
import { describeRows } from './describe.ts';
import { vpcPaging } from './describe-paging.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { requireRow } from './resource-kind.ts';
import { applyTagSpecifications, forgetTags, resourceKinds } from './resources.ts';
import { describeTags, tagsOf } from './tags.table.ts';
import { hasDependencies } from './vpcs.errors.ts';
import { type InternetGatewaySpec, internetGateways } from './vpcs.table.ts';
import { gatewayOf } from './vpcs.ts';

export const internetGatewayOperations = {
  DescribeInternetGateways(ctx, input) {
    const { described: InternetGateways, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeInternetGateways',
      kind: resourceKinds['internet-gateway'],
      input,
      ids: input.InternetGatewayIds,
      fields: {
        'attachment.state': ({ spec }) => spec.attachedVpcIds.map(() => attachedState),
        'attachment.vpc-id': ({ spec }) => spec.attachedVpcIds,
        'internet-gateway-id': ({ id }) => id,
        'owner-id': ({ account }) => account,
      },
      paging: vpcPaging('InternetGatewayIds'),
      describe: (row) => describeInternetGateway(ctx, row),
    });
    return { InternetGateways, NextToken };
  },

  CreateInternetGateway(ctx, { TagSpecifications }) {
    const row = ctx.table(internetGateways).insert(newResourceId(ctx.random, 'igw'), { attachedVpcIds: [] });
    applyTagSpecifications(ctx, 'internet-gateway', row.id, TagSpecifications);
    return { InternetGateway: describeInternetGateway(ctx, row) };
  },

  DeleteInternetGateway(ctx, { InternetGatewayId }) {
    const { id, spec } = requireRow(ctx, resourceKinds['internet-gateway'], InternetGatewayId);
    if (spec.attachedVpcIds.length > 0) throw hasDependencies('internetGateway', id);
    ctx.table(internetGateways).remove(id);
    forgetTags(ctx, id);
    return {};
  },

  AttachInternetGateway(ctx, { InternetGatewayId, VpcId }) {
    const gateway = requireRow(ctx, resourceKinds['internet-gateway'], InternetGatewayId);
    const vpc = requireRow(ctx, resourceKinds.vpc, VpcId);
    const [attachedTo] = gateway.spec.attachedVpcIds;
    if (attachedTo !== undefined) {
      throw awsError(
        'Resource.AlreadyAssociated',
        `resource ${gateway.id} is already attached to network ${attachedTo}`,
      );
    }
    if (gatewayOf(ctx, vpc.id) !== undefined) {
      throw awsError('InvalidParameterValue', `Network ${vpc.id} already has an internet gateway attached`);
    }
    ctx.table(internetGateways).update(gateway.id, () => ({ attachedVpcIds: [vpc.id] }));
    return {};
  },

  DetachInternetGateway(ctx, { InternetGatewayId, VpcId }) {
    const gateway = requireRow(ctx, resourceKinds['internet-gateway'], InternetGatewayId);
    const vpc = requireRow(ctx, resourceKinds.vpc, VpcId);
    if (!gateway.spec.attachedVpcIds.includes(vpc.id)) {
      throw awsError('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${vpc.id}`);
    }
    for (const { spec } of ctx.table(networkInterfaces).by('byVpc', vpc.id)) {
      if (spec.publicAddress === undefined) continue;
      throw awsError(
        'DependencyViolation',
        `Network ${vpc.id} has some mapped public address(es). Please unmap those before detaching the gateway.`,
      );
    }
    ctx.table(internetGateways).update(gateway.id, () => ({ attachedVpcIds: [] }));
    return {};
  },
} satisfies Operations<Ec2Api>;

// What AWS answers, though its model names only `attached` and the like.
const attachedState = 'available';

function describeInternetGateway(ctx: OperationContext, row: Row<InternetGatewaySpec, null>): InternetGateway {
  return {
    InternetGatewayId: row.id,
    OwnerId: row.account,
    Attachments: row.spec.attachedVpcIds.map((VpcId) => ({
      State: attachedState as string as AttachmentStatus,
      VpcId,
    })),
    Tags: describeTags(tagsOf(ctx, row.id)),
  };
}
