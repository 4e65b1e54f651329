// DHCP option sets: the domain and the resolver that guests are told of. All VPCs of a region share the one AWS makes.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { DhcpOptions, Ec2Api } from '../../generated/ec2.types.ts';
import type { Row } from '../../kernel/table.ts';
import { describeRows } from './describe.ts';
import { vpcPaging } from './describe-paging.ts';
import { resourceKinds } from './resources.ts';
import { describeTags, tagsOf } from './tags.table.ts';
import type { DhcpOptionsSpec } from './vpcs.table.ts';

export const dhcpOptionsOperations = {
  DescribeDhcpOptions(ctx, input) {
    const { described: DhcpOptions, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeDhcpOptions',
      kind: resourceKinds['dhcp-options'],
      input,
      ids: input.DhcpOptionsIds,
      fields: {
        'dhcp-options-id': ({ id }) => id,
        key: ({ spec }) => spec.configurations.map(({ key }) => key),
        'owner-id': ({ account }) => account,
        value: ({ spec }) => spec.configurations.flatMap(({ values }) => values),
      },
      paging: vpcPaging('DhcpOptionsIds'),
      describe: (row) => describeDhcpOptions(ctx, row),
    });
    return { DhcpOptions, NextToken };
  },
} satisfies Operations<Ec2Api>;

function describeDhcpOptions(ctx: OperationContext, { id, account, spec }: Row<DhcpOptionsSpec, null>): DhcpOptions {
  return {
    DhcpOptionsId: id,
    OwnerId: account,
    DhcpConfigurations: spec.configurations.map(({ key, values }) => ({
      Key: key,
      Values: values.map((Value) => ({ Value })),
    })),
    Tags: describeTags(tagsOf(ctx, id)),
  };
}
