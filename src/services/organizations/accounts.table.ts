// Accounts that are in an organization, the management account included. A row belongs to the management account and is
// found by the account's number, since an account is in one organization at most.

import type { AccountJoinedMethod } from '../../generated/organizations.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import type { TargetSpec } from './organizations.table.ts';

export interface AccountSpec extends TargetSpec {
  readonly organizationId: string;
  readonly name: string;
  readonly email: string;
  readonly joinedMethod: AccountJoinedMethod;
  readonly joinedAtMs: TimestampMs;
  /** The root's id or a unit's. */
  readonly parentId: string;
  readonly closedAtMs?: TimestampMs;
}

export type AccountRow = Row<AccountSpec, null>;

export const accounts = defineSpecTable<AccountSpec>({
  name: 'organizations.accounts',
  isGlobal: true,
  indexes: {
    byParent: ({ spec }) => [spec.parentId],
    byPolicy: ({ spec }) => spec.policyIds,
  },
});
