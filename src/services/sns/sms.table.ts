// Settings and phone numbers of an account's text messages.

import { defineSpecTable } from '../../kernel/table.ts';

/** One row, `current`. */
export const smsSettings = defineSpecTable<{ readonly attributes: Readonly<Record<string, string>> }>({
  name: 'sns.smsSettings',
});

export interface SandboxNumberSpec {
  readonly oneTimePassword: string;
  readonly isVerified: boolean;
}

/** By number. */
export const sandboxNumbers = defineSpecTable<SandboxNumberSpec>({ name: 'sns.sandboxNumbers' });
