// Security groups and their rules. A rule has an id of its own (`sgr-…`) and one peer.

import { defineSpecTable } from '../../kernel/table.ts';

export interface SecurityGroupSpec {
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
}

export const securityGroups = defineSpecTable<SecurityGroupSpec>({
  name: 'ec2.securityGroups',
  indexes: { byVpc: (row) => [row.spec.vpcId], byVpcAndName: (row) => [`${row.spec.vpcId}/${row.spec.name}`] },
});

export type SecurityGroupRulePeer =
  | { readonly cidrIpv4: string }
  | { readonly cidrIpv6: string }
  | { readonly prefixListId: string }
  | { readonly securityGroupId: string; readonly userId: string };

export interface SecurityGroupRuleSpec {
  readonly groupId: string;
  readonly isEgress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1`, or an IANA number. */
  readonly ipProtocol: string;
  /** First port or ICMP type; absent with protocol -1. */
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly peer: SecurityGroupRulePeer;
  readonly description?: string;
}

export const securityGroupRules = defineSpecTable<SecurityGroupRuleSpec>({
  name: 'ec2.securityGroupRules',
  indexes: {
    byGroup: (row) => [row.spec.groupId],
    byReferencedGroup: (row) => ('securityGroupId' in row.spec.peer ? [row.spec.peer.securityGroupId] : []),
  },
});
