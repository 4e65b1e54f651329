// When keys, roles, passwords and services were used last, as far as anybody asks.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface UseSpec {
  readonly usedAtMs: TimestampMs;
  /** As it is signed for: `s3`. */
  readonly service: string;
  readonly region: string;
}

/** By access key id. */
export const keyUses = defineSpecTable<UseSpec>({ name: 'iam.keyUses', isGlobal: true });

/** By the role's id. */
export const roleUses = defineSpecTable<UseSpec>({ name: 'iam.roleUses', isGlobal: true });

export interface ServiceUseSpec extends UseSpec {
  /** The user's or the role's id. */
  readonly identityId: string;
  /** ARN of the user, or of the role. */
  readonly identityArn: string;
  /** The last of its actions: `GetObject`. */
  readonly action: string;
}

/** By identity and service: `AIDA… s3`. */
export const serviceUses = defineSpecTable<ServiceUseSpec>({
  name: 'iam.serviceUses',
  isGlobal: true,
  indexes: { byService: ({ spec }) => [spec.service], byIdentity: ({ spec }) => [spec.identityId] },
});
