// How a route table looks in an answer, and what it can be found by.

import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Route, RouteTable } from '../../generated/ec2.types.ts';
import { describeTags, tagsOf } from './tags.table.ts';
import { internetGateways, type RouteSpec } from './vpcs.table.ts';
import type { RouteTableRow } from './vpcs.ts';

const never = () => undefined;

export function routeTableFilters(ctx: OperationContext): FilterFields<RouteTableRow> {
  const associations =
    (member: 'associationId' | 'subnetId') =>
    ({ spec }: RouteTableRow) =>
      spec.associations.flatMap((association) => association[member] ?? []);
  return {
    'association.gateway-id': never,
    'association.main': ({ spec }) => spec.associations.map(({ isMain }) => String(isMain)),
    'association.route-table-association-id': associations('associationId'),
    'association.route-table-id': ({ id, spec }) => (spec.associations.length > 0 ? id : undefined),
    'association.subnet-id': associations('subnetId'),
    'owner-id': ({ account }) => account,
    'route-table-id': ({ id }) => id,
    'route.destination-cidr-block': ({ spec }) => spec.routes.map((route) => route.destinationCidrBlock),
    'route.destination-ipv6-cidr-block': never,
    'route.destination-prefix-list-id': never,
    'route.egress-only-internet-gateway-id': never,
    'route.gateway-id': ({ spec }) => spec.routes.map(({ target }) => target),
    'route.instance-id': never,
    'route.nat-gateway-id': never,
    'route.origin': ({ spec }) => spec.routes.map(({ origin }) => origin),
    'route.state': (row) => row.spec.routes.map((route) => routeState(ctx, row, route)),
    'route.transit-gateway-id': never,
    'route.vpc-peering-connection-id': never,
    'vpc-id': ({ spec }) => spec.vpcId,
  };
}

export function describeRouteTable(ctx: OperationContext, row: RouteTableRow): RouteTable {
  return {
    RouteTableId: row.id,
    VpcId: row.spec.vpcId,
    OwnerId: row.account,
    Associations: row.spec.associations.map(({ associationId, subnetId, isMain }) => ({
      Main: isMain,
      RouteTableAssociationId: associationId,
      RouteTableId: row.id,
      ...(subnetId !== undefined && { SubnetId: subnetId }),
      AssociationState: { State: 'associated' },
    })),
    PropagatingVgws: [],
    Routes: row.spec.routes.map(
      (route): Route => ({
        DestinationCidrBlock: route.destinationCidrBlock,
        GatewayId: route.target,
        Origin: route.origin,
        State: routeState(ctx, row, route),
      }),
    ),
    Tags: describeTags(tagsOf(ctx, row.id)),
  };
}

/** A route whose gateway went away leads nowhere. */
function routeState(ctx: OperationContext, row: RouteTableRow, { target }: RouteSpec): 'active' | 'blackhole' {
  if (target === 'local') return 'active';
  const isAttached = ctx.table(internetGateways).get(target)?.spec.attachedVpcIds.includes(row.spec.vpcId);
  return isAttached ? 'active' : 'blackhole';
}
