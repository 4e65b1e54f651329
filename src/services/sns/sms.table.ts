// Settings and phone numbers of an account's text messages.

import { defineSpecTable, type Scope } from '../../kernel/table.ts';

/** One row, `current`. */
export const smsSettings = defineSpecTable<{ readonly attributes: Readonly<Record<string, string>> }>({
  name: 'sns.smsSettings',
});

/** By number. */
export const optedOutNumbers = defineSpecTable<Record<never, never>>({ name: 'sns.optedOutNumbers' });

/** An account has one list for all its regions. */
export const optOutScope = ({ account }: Pick<Scope, 'account'>): Scope => ({ account, region: 'us-east-1' });

export interface SandboxNumberSpec {
  readonly oneTimePassword: string;
  readonly isVerified: boolean;
}

/** By number. */
export const sandboxNumbers = defineSpecTable<SandboxNumberSpec>({ name: 'sns.sandboxNumbers' });
