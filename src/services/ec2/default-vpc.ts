// What AWS has in every account and region from the start: a default VPC with a subnet in each of three zones, all of
// which lead to the internet. https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html

import type { OperationContext } from '../../aws/operation.ts';
import { newResourceId } from '../../kernel/ids.ts';
import type { Row } from '../../kernel/table.ts';
import { formatIpv4Block, type Ipv4Block, overlaps, parseIpv4Block, splitBlock } from './cidr.ts';
import { regionFacts, type ZoneFacts } from './regions.facts.ts';
import { internetGateways, type RouteTableSpec, routeTables, subnets } from './vpcs.table.ts';
import { anywhere, createSubnet, createVpc, type SubnetRow, type VpcRow } from './vpcs.ts';

const defaultVpcCidr = '172.31.0.0/16';
const defaultSubnetPrefix = 20;
export const defaultSubnetCount = 3;

/** For the manifest: runs before the first operation in an account and region. */
export function openEc2Scope(ctx: OperationContext): void {
  createDefaultVpc(ctx);
}

export function createDefaultVpc(ctx: OperationContext): VpcRow {
  const vpc = createVpc(ctx, { cidrBlock: defaultVpcCidr, isDefault: true });
  const internetGatewayId = newResourceId(ctx.random, 'igw');
  ctx.table(internetGateways).insert(internetGatewayId, { attachedVpcIds: [vpc.id] });
  for (const table of ctx.table(routeTables).by('byVpc', vpc.id)) leadOut(ctx, table, internetGatewayId);
  for (const zone of regionFacts(ctx.region).zones.slice(0, defaultSubnetCount)) createDefaultSubnet(ctx, vpc, zone);
  return vpc;
}

function leadOut(ctx: OperationContext, { id }: Row<RouteTableSpec, null>, internetGatewayId: string): void {
  const route = { destinationCidrBlock: anywhere, target: internetGatewayId, origin: 'CreateRoute' } as const;
  ctx.table(routeTables).update(id, (spec) => ({ ...spec, routes: [...spec.routes, route] }));
}

/** The next free /20 of the VPC; undefined when none is left. */
export function createDefaultSubnet(ctx: OperationContext, vpc: VpcRow, zone: ZoneFacts): SubnetRow | undefined {
  const taken = [...ctx.table(subnets).by('byVpc', vpc.id)].map(({ spec }) => block(spec.cidrBlock));
  const candidates = vpc.spec.cidrBlocks.flatMap(({ cidrBlock }) =>
    splitBlock(block(cidrBlock), defaultSubnetPrefix, 2 ** defaultSubnetPrefix),
  );
  const free = candidates.find((candidate) => !taken.some((other) => overlaps(candidate, other)));
  return free && createSubnet(ctx, vpc, { cidrBlock: formatIpv4Block(free), zone, isDefault: true });
}

function block(cidrBlock: string): Ipv4Block {
  const parsed = parseIpv4Block(cidrBlock);
  if (!parsed) throw new Error(`not a CIDR block: ${cidrBlock}`);
  return parsed;
}
