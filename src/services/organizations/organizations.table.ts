// Organizations, each kept by its management account, with the root that accounts and units hang from.

import type { OrganizationFeatureSet, Tag } from '../../generated/organizations.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import type { ControlPolicyType } from './policies.table.ts';

/** A root, a unit or an account: what policies are attached to. */
export interface TargetSpec {
  /** In the order in which they were attached. */
  readonly policyIds: readonly string[];
  readonly tags: readonly Tag[];
}

export interface ServiceAccess {
  /** `iam.amazonaws.com` */
  readonly principal: string;
  readonly enabledAtMs: TimestampMs;
}

export interface OrganizationSpec {
  readonly featureSet: OrganizationFeatureSet;
  readonly root: TargetSpec & { readonly id: string };
  readonly enabledPolicyTypes: readonly ControlPolicyType[];
  /** Services that may work across the accounts. */
  readonly serviceAccess?: readonly ServiceAccess[];
}

export type OrganizationRow = Row<OrganizationSpec, null>;

/** By `o-…`. An account has one at most. */
export const organizations = defineSpecTable<OrganizationSpec>({
  name: 'organizations.organizations',
  isGlobal: true,
});
