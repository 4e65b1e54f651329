// What became of requests to create accounts.

import type { CreateAccountFailureReason } from '../../generated/organizations.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface AccountRequestSpec {
  readonly accountName: string;
  readonly requestedAtMs: TimestampMs;
  /** Of a request that succeeded. */
  readonly accountId?: string;
  readonly failureReason?: CreateAccountFailureReason;
}

export type AccountRequestRow = Row<AccountRequestSpec, null>;

/** By `car-…`. */
export const accountRequests = defineSpecTable<AccountRequestSpec>({
  name: 'organizations.accountRequests',
  isGlobal: true,
});
