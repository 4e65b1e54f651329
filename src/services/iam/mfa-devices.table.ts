// MFA devices: the virtual ones of this account, whose seeds are known and whose codes can therefore be verified.

import type { Tag } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface MfaDeviceSpec {
  /** Its ARN. */
  readonly serialNumber: string;
  readonly name: string;
  readonly path: string;
  /** In base32. */
  readonly seed: string;
  readonly tags: readonly Tag[];
  /** Whose it is: a user's id, or the account's number for root. Absent until it is enabled. */
  readonly ownerId?: string;
  readonly enabledAtMs?: TimestampMs;
  /** By how many steps of 30 seconds its clock is ahead of ours. */
  readonly driftSteps: number;
  /** The step of the code that was used last: no code is good twice. */
  readonly lastStep: number;
}

export type MfaDeviceRow = Row<MfaDeviceSpec, null>;

/** By `mfaDeviceKey(serialNumber)`. */
export const mfaDevices = defineSpecTable<MfaDeviceSpec>({
  name: 'iam.mfaDevices',
  isGlobal: true,
  indexes: { byUser: ({ spec }) => (spec.ownerId === undefined ? [] : [spec.ownerId]) },
});
