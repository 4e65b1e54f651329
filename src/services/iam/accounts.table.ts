// What an account has only one of: its alias and its password policy, and what it prefers. The row is as old as the account.

import type { FeatureType, globalEndpointTokenVersion, PasswordPolicy } from '../../generated/iam.types.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface AccountSpec {
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicySpec;
  readonly tokenVersion?: globalEndpointTokenVersion;
  /** Of the management account of an organization. */
  readonly rootAccess?: readonly FeatureType[];
}

export type PasswordPolicySpec = Omit<PasswordPolicy, 'ExpirePasswords'>;

/** There is one row, under `accountKey`. */
export const accounts = defineSpecTable<AccountSpec>({ name: 'iam.accounts', isGlobal: true });

export const accountKey = 'account';
