// Route tables: which of them a subnet follows, decides whether its instances have a way out of the VPC. What leads
// elsewhere than to the VPC itself or to everywhere by an internet gateway is refused: no packet would follow it.

import { awsError } from '../../aws/errors.ts';
import { idempotent } from '../../aws/idempotency.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { CreateRouteRequest, Ec2Api, ReplaceRouteRequest } from '../../generated/ec2.types.ts';
import { newResourceId } from '../../kernel/ids.ts';
import { formatIpv4Block, parseIpv4Block } from './cidr.ts';
import { describeRows } from './describe.ts';
import { vpcPaging } from './describe-paging.ts';
import { idempotentParameterMismatch, unsupportedOperation } from './ec2.errors.ts';
import { isIdOf, requireRow } from './resource-kind.ts';
import { applyTagSpecifications, forgetTags, resourceKinds } from './resources.ts';
import { describeRouteTable, routeTableFilters } from './route-tables.describe.ts';
import { hasDependencies, refuseMembers } from './vpcs.errors.ts';
import { internetGateways, type RouteSpec, type RouteTableAssociation, routeTables } from './vpcs.table.ts';
import { anywhere, createRouteTable, type RouteTableRow } from './vpcs.ts';

export const routeTableOperations = {
  DescribeRouteTables(ctx, input) {
    const { described: RouteTables, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeRouteTables',
      kind: resourceKinds['route-table'],
      input,
      ids: input.RouteTableIds,
      fields: routeTableFilters(ctx),
      paging: vpcPaging('RouteTableIds', { min: 5, max: 100 }),
      describe: (row) => describeRouteTable(ctx, row),
    });
    return { RouteTables, NextToken };
  },

  CreateRouteTable(ctx, { VpcId, TagSpecifications, ClientToken }) {
    const vpc = requireRow(ctx, resourceKinds.vpc, VpcId);
    const request = {
      operation: 'ec2:CreateRouteTable',
      token: ClientToken,
      parameters: { VpcId, TagSpecifications },
      mismatch: idempotentParameterMismatch,
    };
    const [id] = idempotent(ctx, request, () => {
      const table = createRouteTable(ctx, vpc, false);
      applyTagSpecifications(ctx, 'route-table', table.id, TagSpecifications);
      return [table.id];
    });
    const RouteTable = describeRouteTable(ctx, requireRow(ctx, resourceKinds['route-table'], id as string));
    return { RouteTable, ClientToken };
  },

  DeleteRouteTable(ctx, { RouteTableId }) {
    const { id, spec } = requireRow(ctx, resourceKinds['route-table'], RouteTableId);
    if (spec.associations.length > 0) throw hasDependencies('routeTable', id);
    ctx.table(routeTables).remove(id);
    forgetTags(ctx, id);
    return {};
  },

  CreateRoute(ctx, input) {
    const table = requireRow(ctx, resourceKinds['route-table'], input.RouteTableId);
    const route = planRoute(ctx, table, 'CreateRoute', input);
    const present = table.spec.routes.find(isTo(route.destinationCidrBlock));
    if (present && present.target !== route.target) {
      throw awsError('RouteAlreadyExists', `The route identified by ${route.destinationCidrBlock} already exists.`);
    }
    // The same route once more is no error on AWS.
    if (!present) changeRoutes(ctx, table, [...table.spec.routes, route]);
    return { Return: true };
  },

  ReplaceRoute(ctx, input) {
    refuseMembers('ReplaceRoute', input, ['LocalTarget']);
    const table = requireRow(ctx, resourceKinds['route-table'], input.RouteTableId);
    const route = planRoute(ctx, table, 'ReplaceRoute', input);
    if (!table.spec.routes.some(isTo(route.destinationCidrBlock))) {
      throw awsError(
        'InvalidParameterValue',
        `There is no route defined for '${route.destinationCidrBlock}' in the route table. Use CreateRoute instead.`,
      );
    }
    changeRoutes(ctx, table, [...table.spec.routes.filter(isNotTo(route.destinationCidrBlock)), route]);
    return {};
  },

  DeleteRoute(ctx, input) {
    refuseMembers('DeleteRoute', input, ['DestinationIpv6CidrBlock', 'DestinationPrefixListId']);
    const table = requireRow(ctx, resourceKinds['route-table'], input.RouteTableId);
    const destination = destinationOf(input);
    const route = table.spec.routes.find(isTo(destination));
    if (!route) {
      throw awsError(
        'InvalidRoute.NotFound',
        `no route with destination-cidr-block ${destination} in route table ${table.id}`,
      );
    }
    if (route.target === 'local') {
      throw awsError('InvalidParameterValue', `cannot remove local route ${destination} in route table ${table.id}`);
    }
    changeRoutes(ctx, table, table.spec.routes.filter(isNotTo(destination)));
    return {};
  },

  AssociateRouteTable(ctx, input) {
    refuseMembers('AssociateRouteTable', input, ['GatewayId', 'PublicIpv4Pool']);
    if (input.SubnetId === undefined) {
      throw awsError('MissingParameter', 'The request must contain exactly one of gatewayId or subnetId');
    }
    const table = requireRow(ctx, resourceKinds['route-table'], input.RouteTableId);
    const subnet = requireRow(ctx, resourceKinds.subnet, input.SubnetId);
    if (subnet.spec.vpcId !== table.spec.vpcId) {
      throw differentNetworks(table.id, 'subnet', subnet.id);
    }
    for (const other of ctx.table(routeTables).by('byVpc', table.spec.vpcId)) {
      const association = other.spec.associations.find(({ subnetId }) => subnetId === subnet.id);
      if (!association) continue;
      if (other.id === table.id) return associated(association);
      throw awsError(
        'Resource.AlreadyAssociated',
        `the specified association for route table ${table.id} conflicts with an existing association`,
      );
    }
    const association = {
      associationId: newResourceId(ctx.random, 'rtbassoc'),
      subnetId: subnet.id,
      isMain: false,
    };
    changeAssociations(ctx, table.id, (present) => [...present, association]);
    return associated(association);
  },

  DisassociateRouteTable(ctx, { AssociationId }) {
    const { table, association } = requireAssociation(ctx, AssociationId);
    if (association.isMain) {
      throw awsError('InvalidParameterValue', `cannot disassociate the main route table association ${AssociationId}`);
    }
    changeAssociations(ctx, table.id, (present) =>
      present.filter(({ associationId }) => associationId !== AssociationId),
    );
    return {};
  },

  /** Also how a VPC gets another main route table: the association that says so is replaced like any other. */
  ReplaceRouteTableAssociation(ctx, { AssociationId, RouteTableId }) {
    const { table, association } = requireAssociation(ctx, AssociationId);
    const next = requireRow(ctx, resourceKinds['route-table'], RouteTableId);
    if (next.spec.vpcId !== table.spec.vpcId) {
      throw differentNetworks(next.id, 'association', AssociationId);
    }
    const replaced = { ...association, associationId: newResourceId(ctx.random, 'rtbassoc') };
    changeAssociations(ctx, table.id, (present) =>
      present.filter(({ associationId }) => associationId !== AssociationId),
    );
    changeAssociations(ctx, next.id, (present) => [...present, replaced]);
    return { NewAssociationId: replaced.associationId, AssociationState: { State: 'associated' } };
  },
} satisfies Operations<Ec2Api>;

const targets = [
  'GatewayId',
  'LocalGatewayId',
  'CarrierGatewayId',
  'NatGatewayId',
  'NetworkInterfaceId',
  'VpcPeeringConnectionId',
  'EgressOnlyInternetGatewayId',
  'TransitGatewayId',
  'VpcEndpointId',
  'CoreNetworkArn',
  'OdbNetworkArn',
  'InstanceId',
] as const satisfies readonly (keyof CreateRouteRequest)[];

function planRoute(
  ctx: OperationContext,
  table: RouteTableRow,
  operation: string,
  input: CreateRouteRequest | ReplaceRouteRequest,
): RouteSpec {
  refuseMembers(operation, input, ['DestinationIpv6CidrBlock', 'DestinationPrefixListId']);
  const destination = destinationOf(input);
  const asked = targets.filter((member) => input[member] !== undefined);
  if (asked.length !== 1) {
    const names = targets.map((name) => name.slice(0, 1).toLowerCase() + name.slice(1));
    throw awsError(
      'MissingParameter',
      `The request must contain exactly one of ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
    );
  }
  refuseMembers(
    operation,
    input,
    targets.filter((member) => member !== 'GatewayId'),
  );
  const target = requireGateway(ctx, table, input.GatewayId as string);
  if (destination !== anywhere) {
    throw unsupportedOperation(
      `cloudlet does not support routes to an internet gateway for a part of the internet yet, only for ${anywhere}.`,
    );
  }
  return { destinationCidrBlock: destination, target, origin: 'CreateRoute' };
}

function requireGateway(ctx: OperationContext, table: RouteTableRow, id: string): string {
  if (!isIdOf(resourceKinds['internet-gateway'], id)) {
    if (/^(vgw|vpce)-/.test(id)) throw unsupportedOperation(`cloudlet does not support routes to ${id} yet.`);
    throw resourceKinds['internet-gateway'].malformed(id);
  }
  const gateway = ctx.table(internetGateways).get(id);
  if (!gateway) throw awsError('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
  if (!gateway.spec.attachedVpcIds.includes(table.spec.vpcId)) throw differentNetworks(table.id, 'network gateway', id);
  return id;
}

function differentNetworks(routeTableId: string, what: string, id: string) {
  return awsError(
    'InvalidParameterValue',
    `route table ${routeTableId} and ${what} ${id} belong to different networks`,
  );
}

function destinationOf({ DestinationCidrBlock: text }: { readonly DestinationCidrBlock?: string | undefined }): string {
  if (text === undefined) {
    throw awsError(
      'MissingParameter',
      'The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock or destinationPrefixListId',
    );
  }
  const block = parseIpv4Block(text);
  if (block) return formatIpv4Block(block);
  throw awsError(
    'InvalidParameterValue',
    `Value (${text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`,
  );
}

const isTo = (destination: string) => (route: RouteSpec) => route.destinationCidrBlock === destination;
const isNotTo = (destination: string) => (route: RouteSpec) => route.destinationCidrBlock !== destination;

function changeRoutes(ctx: OperationContext, table: RouteTableRow, routes: readonly RouteSpec[]): void {
  ctx.table(routeTables).update(table.id, (spec) => ({ ...spec, routes }));
}

function changeAssociations(
  ctx: OperationContext,
  routeTableId: string,
  change: (present: readonly RouteTableAssociation[]) => readonly RouteTableAssociation[],
): void {
  ctx.table(routeTables).update(routeTableId, (spec) => ({ ...spec, associations: change(spec.associations) }));
}

function associated({ associationId }: RouteTableAssociation) {
  return { AssociationId: associationId, AssociationState: { State: 'associated' as const } };
}

function requireAssociation(
  ctx: OperationContext,
  associationId: string,
): { readonly table: RouteTableRow; readonly association: RouteTableAssociation } {
  for (const table of ctx.table(routeTables).list()) {
    const association = table.spec.associations.find((each) => each.associationId === associationId);
    if (association) return { table, association };
  }
  throw awsError('InvalidAssociationID.NotFound', `The association ID '${associationId}' does not exist`);
}
