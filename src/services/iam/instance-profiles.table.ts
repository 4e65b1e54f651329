// Instance profiles: what hands a role to instances.

import type { Tag } from '../../generated/iam.types.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { iamArn } from './names.ts';

export interface InstanceProfileSpec {
  readonly name: string;
  readonly path: string;
  /** `AIPA…` */
  readonly instanceProfileId: string;
  /** Id of the role's row. There can be one at most. */
  readonly role?: string;
  readonly tags: readonly Tag[];
}

export type InstanceProfileRow = Row<InstanceProfileSpec, null>;

/** By `keyOf(name)`. */
export const instanceProfiles = defineSpecTable<InstanceProfileSpec>({
  name: 'iam.instanceProfiles',
  isGlobal: true,
  indexes: { byRole: ({ spec }) => (spec.role === undefined ? [] : [spec.role]) },
});

export const instanceProfileArnOf = ({ account, spec }: InstanceProfileRow): string =>
  iamArn(account, 'instance-profile', spec.path, spec.name);
