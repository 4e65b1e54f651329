// Credentials that are good for one service only: Git passwords, Keyspaces passwords, API keys.

import type { statusType } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface ServiceCredentialSpec {
  readonly userId: string;
  readonly serviceName: string;
  /** Of a service that takes user names and passwords. */
  readonly serviceUserName?: string;
  /** Of a service that takes API keys: the part of the key that may be shown again. */
  readonly alias?: string;
  /** Of the password or the key, which is shown once. */
  readonly secretHash: string;
  readonly status: statusType;
  readonly expiresAtMs?: TimestampMs;
}

export type ServiceCredentialRow = Row<ServiceCredentialSpec, null>;

/** By id: `ACCA…`. */
export const serviceCredentials = defineSpecTable<ServiceCredentialSpec>({
  name: 'iam.serviceCredentials',
  isGlobal: true,
  indexes: { byUser: ({ spec }) => [spec.userId] },
});
