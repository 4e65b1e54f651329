// Service control policies that an organization wrote, and the one that AWS has for everybody.

import type { PolicyType, Tag } from '../../generated/organizations.types.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

/** The types that this cloud enforces. */
export type ControlPolicyType = 'SERVICE_CONTROL_POLICY';

export const isControlPolicyType = (type: PolicyType): type is ControlPolicyType => type === 'SERVICE_CONTROL_POLICY';

export interface PolicySpec {
  readonly name: string;
  readonly description: string;
  readonly type: ControlPolicyType;
  readonly content: string;
  readonly tags: readonly Tag[];
}

export type PolicyRow = Row<PolicySpec, null>;

/** By `p-…`. */
export const policies = defineSpecTable<PolicySpec>({ name: 'organizations.policies', isGlobal: true });

/** Attached to everything as soon as the type is enabled, so that nothing is denied at first. */
export const fullAccessId = 'p-FullAWSAccess';

export const fullAccess: PolicySpec = {
  name: 'FullAWSAccess',
  description: 'Allows access to every operation',
  type: 'SERVICE_CONTROL_POLICY',
  content: JSON.stringify(
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    undefined,
    2,
  ),
  tags: [],
};
