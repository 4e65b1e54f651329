// Network ACLs. Every VPC has the one that AWS makes, which allows everything; it cannot be changed here yet, since
// packets would not be judged by it.

import type { FilterFields } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api, NetworkAcl } from '../../generated/ec2.types.ts';
import type { Row } from '../../kernel/table.ts';
import { describeRows } from './describe.ts';
import { vpcPaging } from './describe-paging.ts';
import { resourceKinds } from './resources.ts';
import { describeTags, tagsOf } from './tags.table.ts';
import type { NetworkAclEntrySpec, NetworkAclSpec } from './vpcs.table.ts';

type NetworkAclRow = Row<NetworkAclSpec, null>;

export const networkAclOperations = {
  DescribeNetworkAcls(ctx, input) {
    const { described: NetworkAcls, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeNetworkAcls',
      kind: resourceKinds['network-acl'],
      input,
      ids: input.NetworkAclIds,
      fields: networkAclFilters,
      paging: vpcPaging('NetworkAclIds'),
      describe: (row) => describeNetworkAcl(ctx, row),
    });
    return { NetworkAcls, NextToken };
  },
} satisfies Operations<Ec2Api>;

const never = () => undefined;

const ofEntries =
  (value: (entry: NetworkAclEntrySpec) => string | number | boolean | undefined) =>
  ({ spec }: NetworkAclRow): readonly string[] =>
    spec.entries.flatMap((entry) => {
      const found = value(entry);
      return found === undefined ? [] : String(found);
    });

const networkAclFilters: FilterFields<NetworkAclRow> = {
  'association.association-id': ({ spec }) => spec.associations.map(({ associationId }) => associationId),
  'association.network-acl-id': ({ id, spec }) => (spec.associations.length > 0 ? id : undefined),
  'association.subnet-id': ({ spec }) => spec.associations.map(({ subnetId }) => subnetId),
  default: ({ spec }) => String(spec.isDefault),
  'entry.cidr': ofEntries(({ cidrBlock }) => cidrBlock),
  'entry.egress': ofEntries(({ egress }) => egress),
  'entry.icmp.code': never,
  'entry.icmp.type': never,
  'entry.ipv6-cidr': never,
  'entry.port-range.from': ofEntries(({ fromPort }) => fromPort),
  'entry.port-range.to': ofEntries(({ toPort }) => toPort),
  'entry.protocol': ofEntries(({ protocol }) => protocol),
  'entry.rule-action': ofEntries(({ ruleAction }) => ruleAction),
  'entry.rule-number': ofEntries(({ ruleNumber }) => ruleNumber),
  'network-acl-id': ({ id }) => id,
  'owner-id': ({ account }) => account,
  'vpc-id': ({ spec }) => spec.vpcId,
};

function describeNetworkAcl(ctx: OperationContext, { id, account, spec }: NetworkAclRow): NetworkAcl {
  return {
    NetworkAclId: id,
    VpcId: spec.vpcId,
    OwnerId: account,
    IsDefault: spec.isDefault,
    Associations: spec.associations.map(({ associationId, subnetId }) => ({
      NetworkAclAssociationId: associationId,
      NetworkAclId: id,
      SubnetId: subnetId,
    })),
    Entries: spec.entries.map((entry) => ({
      RuleNumber: entry.ruleNumber,
      Egress: entry.egress,
      Protocol: entry.protocol,
      RuleAction: entry.ruleAction,
      CidrBlock: entry.cidrBlock,
      ...(entry.fromPort !== undefined && { PortRange: { From: entry.fromPort, To: entry.toPort } }),
    })),
    Tags: describeTags(tagsOf(ctx, id)),
  };
}
