// What an account has only one of: its alias and its password policy, and what it prefers. The row is as old as the account.

import type { globalEndpointTokenVersion, PasswordPolicy } from '../../generated/iam.types.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface AccountSpec {
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicySpec;
  readonly tokenVersion?: globalEndpointTokenVersion;
}

export type PasswordPolicySpec = Omit<PasswordPolicy, 'ExpirePasswords'>;

/** There is one row, under `accountKey`. */
export const accounts = defineSpecTable<AccountSpec>({ name: 'iam.accounts', isGlobal: true });

export const accountKey = 'account';
