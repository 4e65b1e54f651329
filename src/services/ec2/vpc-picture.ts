// What a VPC's network must look like, rendered from rows: the one place where routes, security groups and addresses
// become what packets meet. Pure but for reading.

import type { InterfacePicture, RulePicture, SecurityGroupPicture, VpcPicture } from '../../drivers/network/network.ts';
import type { Store } from '../../kernel/store.ts';
import { instances, isOnNetwork } from './instances.table.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import type { NetworkInterfaceRow } from './network-interfaces.ts';
import { securityGroupRules } from './security-groups.table.ts';
import type { SecurityGroupRuleRow } from './security-groups.ts';
import { internetGateways, routeTables, vpcs } from './vpcs.table.ts';
import { effectiveRouteTable, leadsToInternet } from './vpcs.ts';

export type PictureStore = Pick<Store, 'find' | 'read'>;

/** undefined for a VPC that does not exist. Rows are read in the order of their ids, so equal rows give equal pictures. */
export function vpcPicture(store: PictureStore, vpcId: string): VpcPicture | undefined {
  const vpc = store.find(vpcs, vpcId);
  if (!vpc) return undefined;
  const tables = [...store.read(routeTables, vpc).by('byVpc', vpcId)];
  const gateways = store.read(internetGateways, vpc);
  const isPublicSubnet = once((subnetId: string) => leadsToInternet(effectiveRouteTable(tables, subnetId), gateways));
  const interfaces = [...store.read(networkInterfaces, vpc).by('byVpc', vpcId)].filter((row) => isLive(store, row));
  const groupIds = [...new Set(interfaces.flatMap(({ spec }) => spec.securityGroupIds))].sort();
  const rules = store.read(securityGroupRules, vpc);
  return {
    id: vpcId,
    cidrBlocks: vpc.spec.cidrBlocks.map(({ cidrBlock }) => cidrBlock),
    interfaces: interfaces.map((row) => interfacePicture(row, isPublicSubnet(row.spec.subnetId))),
    securityGroups: groupIds.map((id) => securityGroupPicture(id, [...rules.by('byGroup', id)])),
  };
}

/** A VPC has many interfaces, and few subnets. */
function once<Answer>(find: (id: string) => Answer): (id: string) => Answer {
  const known = new Map<string, Answer>();
  return (id) => {
    let answer = known.get(id);
    if (answer === undefined) {
      answer = find(id);
      known.set(id, answer);
    }
    return answer;
  };
}

/** Only the interfaces of instances that run, or are about to, carry packets. */
function isLive(store: PictureStore, row: NetworkInterfaceRow): boolean {
  const instanceId = row.spec.attachment?.instanceId;
  const instance = instanceId === undefined ? undefined : store.read(instances, row).get(instanceId);
  return instance !== undefined && isOnNetwork(instance);
}

/** Without a way out of its subnet, an interface's public address is not reached, and reaches nothing. */
function interfacePicture({ id, spec }: NetworkInterfaceRow, isPublicSubnet: boolean): InterfacePicture {
  return {
    id,
    macAddress: spec.macAddress,
    privateAddress: spec.privateAddress,
    ...(isPublicSubnet && spec.publicAddress !== undefined && { publicAddress: spec.publicAddress }),
    securityGroupIds: spec.securityGroupIds,
    sourceDestinationCheck: spec.sourceDestCheck,
  };
}

function securityGroupPicture(id: string, rules: readonly SecurityGroupRuleRow[]): SecurityGroupPicture {
  const towards = (isEgress: boolean) =>
    rules.filter(({ spec }) => spec.isEgress === isEgress).flatMap((rule) => rulePicture(rule) ?? []);
  return { id, ingress: towards(false), egress: towards(true) };
}

/** undefined for a rule that no packet can match: VPCs carry IPv4 only. */
function rulePicture({ spec }: SecurityGroupRuleRow): RulePicture | undefined {
  const { ipProtocol: protocol, fromPort, toPort, peer } = spec;
  const ports = { ...(fromPort !== undefined && { fromPort }), ...(toPort !== undefined && { toPort }) };
  if ('cidrIpv4' in peer) return { protocol, ...ports, peer: { cidr: peer.cidrIpv4 } };
  if ('securityGroupId' in peer) return { protocol, ...ports, peer: { securityGroupId: peer.securityGroupId } };
  return undefined;
}
