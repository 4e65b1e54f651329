// Access keys that this cloud knows: those that IAM made for users, and the temporary ones that STS handed out.

import type { TimestampMs } from '../kernel/clock.ts';
import { defineSpecTable } from '../kernel/table.ts';
import type { Principal } from './principal.ts';

export interface CredentialSpec {
  readonly secretAccessKey: string;
  readonly principal: Principal;
  /** Present on temporary credentials only. */
  readonly sessionToken?: string;
  readonly expiresAtMs?: TimestampMs;
  readonly status: 'Active' | 'Inactive';
}

/** Rows by access key id. Found across accounts: the key is what tells the account. */
export const credentials = defineSpecTable<CredentialSpec>({
  name: 'aws.credentials',
  isGlobal: true,
  // Of keys that stay: whose they are, by the principal's unique id.
  indexes: { byOwner: ({ spec }) => (spec.sessionToken === undefined ? [spec.principal.userId] : []) },
});
