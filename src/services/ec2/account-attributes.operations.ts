// DescribeAccountAttributes: what an account may have in a region, and its default VPC.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api } from '../../generated/ec2.types.ts';
import { invalidParameterValue } from './ec2.errors.ts';
import { vpcs } from './vpcs.table.ts';

export const accountAttributeOperations = {
  DescribeAccountAttributes(ctx, { AttributeNames }) {
    const values: Readonly<Record<string, string>> = { ...limits, 'default-vpc': defaultVpcId(ctx) ?? 'none' };
    const names = AttributeNames?.length ? [...new Set<string>(AttributeNames)] : Object.keys(values);
    const unknown = names.find((name) => !Object.hasOwn(values, name));
    if (unknown !== undefined) {
      throw invalidParameterValue(`Value (${unknown}) for parameter attributeName is invalid. Unknown attribute name.`);
    }
    return {
      AccountAttributes: names.map((AttributeName) => ({
        AttributeName,
        AttributeValues: [{ AttributeValue: values[AttributeName] }],
      })),
    };
  },
} satisfies Operations<Ec2Api>;

/** AWS's, of a new account; the quotas proper are Service Quotas'. */
const limits = {
  'supported-platforms': 'VPC',
  'vpc-max-security-groups-per-interface': '5',
  'max-elastic-ips': '5',
  'max-instances': '20',
  'vpc-max-elastic-ips': '5',
} as const;

function defaultVpcId(ctx: OperationContext): string | undefined {
  for (const { id, spec } of ctx.table(vpcs).list()) if (spec.isDefault) return id;
  return undefined;
}
