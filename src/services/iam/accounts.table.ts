// What an account has only one of: its alias and its password policy, and what it prefers. The row is as old as the account.

import type { FeatureType, globalEndpointTokenVersion, PasswordPolicy } from '../../generated/iam.types.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface AccountSpec {
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicySpec;
  readonly tokenVersion?: globalEndpointTokenVersion;
  /** Of the management account of an organization. */
  readonly rootAccess?: readonly FeatureType[];
  readonly outboundFederation?: OutboundFederation;
}

/** Who signs the tokens that say who somebody in this account is. */
export interface OutboundFederation {
  readonly issuerId: string;
  /** Its URL, where its keys are. */
  readonly issuer: string;
  readonly isEnabled: boolean;
}

/** Below it an issuer describes itself to everybody. */
export const issuersPath = '/_aws/sts/issuers/';

export type PasswordPolicySpec = Omit<PasswordPolicy, 'ExpirePasswords'>;

/** There is one row, under `accountKey`. */
export const accounts = defineSpecTable<AccountSpec>({ name: 'iam.accounts', isGlobal: true });

export const accountKey = 'account';
