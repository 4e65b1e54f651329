// Users.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { byBoundary, byPolicy, type Identity } from './identities.ts';
import { iamArn } from './names.ts';

export interface UserSpec extends Identity {
  /** `AIDA…` */
  readonly userId: string;
  /** Ids of the groups' rows, in the order in which it joined. */
  readonly groups: readonly string[];
  readonly loginProfile?: LoginProfileSpec;
}

export interface LoginProfileSpec {
  /** As `hashPassword` makes it; the earlier ones, the newest first, may not be used again for a while. */
  readonly passwordHash: string;
  readonly earlierHashes: readonly string[];
  readonly createdAtMs: TimestampMs;
  readonly changedAtMs: TimestampMs;
  readonly mustChange: boolean;
}

export type UserRow = Row<UserSpec, null>;

/** By `keyOf(name)`. */
export const users = defineSpecTable<UserSpec>({
  name: 'iam.users',
  isGlobal: true,
  indexes: { byPolicy, byBoundary, byGroup: ({ spec }) => spec.groups, byUserId: ({ spec }) => [spec.userId] },
});

export const userArnOf = ({ account, spec }: UserRow): string => iamArn(account, 'user', spec.path, spec.name);
