// Managed policies of an account's own.

import type { Tag } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { iamArn } from './names.ts';

export interface PolicyVersionSpec {
  readonly versionId: string;
  readonly document: string;
  readonly createdAtMs: TimestampMs;
}

export interface PolicySpec {
  readonly name: string;
  readonly path: string;
  /** `ANPA…` */
  readonly policyId: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
  /** The oldest first. */
  readonly versions: readonly PolicyVersionSpec[];
  readonly defaultVersionId: string;
  /** Numbers are not used again. */
  readonly lastVersion: number;
  readonly updatedAtMs: TimestampMs;
}

export type PolicyRow = Row<PolicySpec, null>;

/** By `keyOf(name)`: names are unique across paths. */
export const policies = defineSpecTable<PolicySpec>({ name: 'iam.policies', isGlobal: true });

export const policyArnOf = ({ account, spec }: PolicyRow): string => iamArn(account, 'policy', spec.path, spec.name);

export const mostVersions = 5;
